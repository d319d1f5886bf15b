"""The archive itself: what goes in, what it holds, what is there twice."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, SKIPPED, Common, app
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError


@app.command(epilog="Esempio: cercafoto index ~/Foto")
@click.argument(
    "cartelle",
    nargs=-1,
    type=options.PATH,
    metavar="[CARTELLA]...",
    help="Cartelle di foto; nessuna: quelle note.",
)
@click.option("--aspetta", is_flag=True, help="Se l'archivio è occupato, aspetta il turno.")
@click.option(
    "--escludi",
    multiple=True,
    metavar="GLOB",
    help="Lascia fuori i file e le cartelle con questo nome, come in un .gitignore; "
    "ripetibile, e ricordato.",
)
@click.option("--riammetti", multiple=True, metavar="GLOB", help="Toglie un --escludi di prima.")
@click.option(
    "--segui-link/--non-seguire-link",
    default=None,
    help="Entra anche nei collegamenti simbolici; ricordato. Di norma no.",
)
@click.option("--riprova", is_flag=True, help="Riprova anche le foto che non si leggevano.")
@click.option(
    "--miniature",
    is_flag=True,
    help="Poi prepara per «cercafoto web» le miniature delle foto di queste cartelle (nessuna: di "
    "tutte), dalle più recenti, fino a 18.000 o a 450 MB.",
)
@click.option("--osserva", is_flag=True, help="Poi resta in ascolto e aggiorna a ogni modifica.")
@click.option(
    "--dispositivo",
    metavar="auto|cpu|cuda",
    help="Chi calcola: il processore (cpu), la GPU (cuda), o la GPU se c'è e le foto sono tante "
    "(auto, di norma).",
)
@options.json
@options.model
@options.archive
@options.offline
@options.quiet
@click.pass_obj
def index(
    common: Common,
    cartelle: tuple[Path, ...],
    aspetta: bool,
    escludi: tuple[str, ...],
    riammetti: tuple[str, ...],
    segui_link: bool | None,
    riprova: bool,
    miniature: bool,
    osserva: bool,
    dispositivo: str | None,
    json: bool,
    modello: str | None,
    archivio: Path | None,
    offline: bool,
    quieto: bool,
) -> int:
    """Legge le foto e le aggiunge all'archivio; senza cartelle aggiorna quelle già note."""
    from cercafoto.archive.folder_choices import FolderChoices
    from cercafoto.cli.render import archive as render
    from cercafoto.library import Library

    if osserva and json:
        raise UsageError("--osserva e --json si escludono a vicenda.", "Scegline uno solo.")
    quiet = quieto or common.quiet
    # Not held open: a disk with the archive can be taken away while folders are watched.
    library = Library(common.settings(archivio, modello, offline, dispositivo))
    with TerminalReporter(quiet) as reporter:
        report = library.index(
            cartelle,
            choices=FolderChoices(escludi, riammetti, segui_link),
            retry=riprova,
            wait=aspetta or osserva,
            reporter=reporter,
        )
    tell = TerminalReporter(quiet or json).say
    tell("\n".join(render.index_summary(report)))
    made = None
    try:
        if miniature:
            with reporter:
                made = library.prepare_thumbnails(cartelle, reporter=reporter)
            tell(render.thumbnails_summary(made))
    finally:
        if json:  # what was indexed is told even where no copies can be made
            write(render.index_json(report, made))
    if osserva:
        from cercafoto.cli.commands.watch import keep_watching

        keep_watching(library, cartelle, report, quiet, thumbnails=miniature)
    return SKIPPED if not report.complete or (made and made.skipped) else DONE


@app.command(epilog="Esempio: cercafoto doppioni --in ~/Foto/2019")
@options.inside
@click.option("--esatti", is_flag=True, help="Solo i file identici, byte per byte.")
@options.json
@click.option(
    "--null", "-0", is_flag=True, help="Solo le foto in più, separate da NUL, per «xargs -0»."
)
@options.archive
@options.quiet
@click.pass_obj
def doppioni(
    common: Common,
    in_: tuple[Path, ...],
    esatti: bool,
    json: bool,
    null: bool,
    archivio: Path | None,
    quieto: bool,
) -> int:
    """Trova le foto che hai più volte e dice quale tenere; non cancella niente."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import duplicates as render

    if json and null:
        raise UsageError("--json e --null si escludono a vicenda.", "Scegline uno solo.")
    quiet = quieto or common.quiet
    library = open_library(common.settings(archivio))
    with TerminalReporter(quiet) as reporter:
        result = library.duplicates(in_, exact=esatti, reporter=reporter)
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


@app.command(epilog="Esempio: cercafoto stato --problemi")
@click.option("--problemi", is_flag=True, help="Elenca le foto che non si leggono, e perché.")
@options.json
@options.archive
@click.pass_obj
def stato(common: Common, problemi: bool, json: bool, archivio: Path | None) -> int:
    """Mostra che cosa contiene l'archivio."""
    from cercafoto.cli.render import archive as render

    library = open_library(common.settings(archivio))
    if problemi:
        found = library.problems()
        write(render.problems_json(found) if json else render.problems_text(found))
    else:
        status = library.status()
        write(render.status_json(status) if json else render.status_text(status))
    return DONE
