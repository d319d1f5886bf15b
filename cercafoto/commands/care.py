"""Looking after the archive: is it sound, and what can it forget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.commands.app import DONE, FAILED, app, command
from cercafoto.commands.options import Archive, Json, Quiet
from cercafoto.commands.output import notice, open_library, progress, write


@command(app, "controlla", "cercafoto controlla --ripara")
def controlla(
    ctx: typer.Context,
    ripara: Annotated[
        bool, typer.Option("--ripara", help="Rimette a posto quello che si può.")
    ] = False,
    completo: Annotated[
        bool,
        typer.Option("--completo", help="Rilegge anche ogni foto e ne confronta il contenuto."),
    ] = False,
    json: Json = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Controlla che l'archivio sia sano e che le foto ci siano."""
    from cercafoto.render import care as render

    quiet = quieto or ctx.obj.quiet
    library = open_library(ctx.obj.settings(archivio))
    with progress(quiet) as bars:
        report = library.check(mend=ripara, full=completo, progress=bars.photos)
    if json:
        write(render.check_json(report))
    else:
        write(render.check_text(report))
    return DONE if report.sound else FAILED


@command(app, "pulisci", "cercafoto pulisci --conferma")
def pulisci(
    ctx: typer.Context,
    dimentica: Annotated[
        list[Path] | None,
        typer.Option(
            "--dimentica",
            metavar="CARTELLA",
            help="Dimentica anche tutto quello che sa di questa cartella; ripetibile.",
        ),
    ] = None,
    conferma: Annotated[
        bool, typer.Option("--conferma", help="Lo fa davvero; senza, dice solo che cosa farebbe.")
    ] = False,
    json: Json = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Dimentica le foto che non ci sono più; i file non li tocca."""
    from cercafoto.render import care as render

    library = open_library(ctx.obj.settings(archivio))
    report = library.clean(dimentica or (), confirmed=conferma)
    if json:
        write(render.clean_json(report))
        return DONE
    if not conferma:
        write(render.clean_paths(report))
    if not (quieto or ctx.obj.quiet):
        notice("\n".join(render.clean_summary(report)))
    return DONE
