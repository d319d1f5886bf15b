"""Looking after the archive: is it sound, and what can it forget."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, FAILED, Common, app
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.progress import TerminalReporter


@app.command(epilog="Esempio: cercafoto controlla --ripara")
@click.option("--ripara", is_flag=True, help="Rimette a posto quello che si può.")
@click.option(
    "--completo", is_flag=True, help="Rilegge anche ogni foto e ne confronta il contenuto."
)
@options.json
@options.archive
@options.quiet
@click.pass_obj
def controlla(
    common: Common, ripara: bool, completo: bool, json: bool, archivio: Path | None, quieto: bool
) -> int:
    """Controlla che l'archivio sia sano e che le foto ci siano."""
    from cercafoto.cli.render import care as render

    quiet = quieto or common.quiet
    library = open_library(common.settings(archivio))
    with TerminalReporter(quiet) as reporter:
        report = library.check(mend=ripara, full=completo, reporter=reporter)
    if json:
        write(render.check_json(report))
    else:
        write(render.check_text(report))
    return DONE if report.sound else FAILED


@app.command(epilog="Esempio: cercafoto pulisci --conferma")
@click.option(
    "--dimentica",
    type=options.PATH,
    multiple=True,
    metavar="CARTELLA",
    help="Dimentica anche tutto quello che sa di questa cartella; ripetibile.",
)
@click.option("--conferma", is_flag=True, help="Lo fa davvero; senza, dice solo che cosa farebbe.")
@options.json
@options.archive
@options.quiet
@click.pass_obj
def pulisci(
    common: Common,
    dimentica: tuple[Path, ...],
    conferma: bool,
    json: bool,
    archivio: Path | None,
    quieto: bool,
) -> int:
    """Dimentica le foto che non ci sono più; i file non li tocca."""
    from cercafoto.cli.render import care as render

    library = open_library(common.settings(archivio))
    report = library.clean(dimentica, confirmed=conferma)
    if json:
        write(render.clean_json(report))
        return DONE
    if not conferma:
        write(render.clean_paths(report))
    if not (quieto or common.quiet):
        notice("\n".join(render.clean_summary(report)))
    return DONE
