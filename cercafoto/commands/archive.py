"""The archive itself: what goes in, what it holds, what is there twice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.commands.app import DONE, SKIPPED, app, command
from cercafoto.commands.options import Archive, Inside, Json, Model, Offline, Quiet
from cercafoto.commands.output import (
    ask_above,
    can_ask,
    notice,
    open_library,
    progress,
    sayer,
    write,
)
from cercafoto.errors import UsageError


@command(app, "index", "cercafoto index ~/Foto")
def index(
    ctx: typer.Context,
    cartelle: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CARTELLA]...", help="Cartelle di foto; nessuna: quelle note."),
    ] = None,
    aspetta: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta il turno.")
    ] = False,
    escludi: Annotated[
        list[str] | None,
        typer.Option(
            "--escludi",
            metavar="GLOB",
            help="Lascia fuori i file e le cartelle con questo nome, come in un .gitignore; "
            "ripetibile, e ricordato.",
        ),
    ] = None,
    riammetti: Annotated[
        list[str] | None,
        typer.Option("--riammetti", metavar="GLOB", help="Toglie un --escludi di prima."),
    ] = None,
    segui_link: Annotated[
        bool | None,
        typer.Option(
            "--segui-link/--non-seguire-link",
            help="Entra anche nei collegamenti simbolici; ricordato. Di norma no.",
            show_default=False,
        ),
    ] = None,
    riprova: Annotated[
        bool, typer.Option("--riprova", help="Riprova anche le foto che non si leggevano.")
    ] = False,
    osserva: Annotated[
        bool,
        typer.Option("--osserva", help="Poi resta in ascolto e aggiorna a ogni modifica."),
    ] = False,
    dispositivo: Annotated[
        str | None,
        typer.Option(
            "--dispositivo",
            metavar="auto|cpu|cuda",
            help="Chi calcola: il processore (cpu), la GPU (cuda), o la GPU se c'è e le foto sono "
            "tante (auto, di norma).",
        ),
    ] = None,
    json: Json = False,
    modello: Model = None,
    archivio: Archive = None,
    offline: Offline = False,
    quieto: Quiet = False,
) -> int:
    """Legge le foto e le aggiunge all'archivio; senza cartelle aggiorna quelle già note."""
    from cercafoto.choices import Choices
    from cercafoto.render import archive as render

    if osserva and json:
        raise UsageError("--osserva e --json si escludono a vicenda.", "Scegline uno solo.")
    quiet = quieto or ctx.obj.quiet
    library = open_library(ctx.obj.settings(archivio, modello, offline, dispositivo))
    with progress(quiet) as bars:
        report = library.index(
            cartelle or (),
            choices=Choices(tuple(escludi or ()), tuple(riammetti or ()), segui_link),
            retry=riprova,
            wait=aspetta or osserva,
            ask=ask_above(bars) if can_ask(quiet) else None,
            say=sayer(quiet),
            progress=bars.photos,
            download=bars.bytes,
        )
    if json:
        write(render.index_json(report))
    elif not quiet:
        notice("\n".join(render.index_summary(report)))
    if osserva:
        from cercafoto.commands.watch import keep_watching

        keep_watching(library, cartelle or (), report, quiet)
    return DONE if report.complete else SKIPPED


@command(app, "doppioni", "cercafoto doppioni --in ~/Foto/2019")
def doppioni(
    ctx: typer.Context,
    in_: Inside = None,
    esatti: Annotated[
        bool, typer.Option("--esatti", help="Solo i file identici, byte per byte.")
    ] = False,
    json: Json = False,
    null: Annotated[
        bool,
        typer.Option("--null", "-0", help="Solo le foto in più, separate da NUL, per «xargs -0»."),
    ] = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Trova le foto che hai più volte e dice quale tenere; non cancella niente."""
    from cercafoto.paths import printable
    from cercafoto.render import duplicates as render

    if json and null:
        raise UsageError("--json e --null si escludono a vicenda.", "Scegline uno solo.")
    quiet = quieto or ctx.obj.quiet
    library = open_library(ctx.obj.settings(archivio))
    with progress(quiet) as bars:
        result = library.duplicates(in_ or (), exact=esatti, progress=bars.photos)
    if json:
        write(render.duplicates_json(result))
    elif null:
        write(render.duplicates_paths(result))
    elif result.groups:
        write(render.duplicates_table(result))
    if not (json or quiet):
        notice(render.duplicates_summary(result))
    if not json:
        for path, why in result.skipped:
            notice(f"{printable(path)}: {why}, lasciata fuori.")
    return SKIPPED if result.skipped else DONE


@command(app, "stato", "cercafoto stato --problemi")
def stato(
    ctx: typer.Context,
    problemi: Annotated[
        bool, typer.Option("--problemi", help="Elenca le foto che non si leggono, e perché.")
    ] = False,
    json: Json = False,
    archivio: Archive = None,
) -> int:
    """Mostra che cosa contiene l'archivio."""
    from cercafoto.render import archive as render

    library = open_library(ctx.obj.settings(archivio))
    if problemi:
        found = library.problems()
        write(render.problems_json(found) if json else render.problems_text(found))
    else:
        status = library.status()
        write(render.status_json(status) if json else render.status_text(status))
    return DONE
