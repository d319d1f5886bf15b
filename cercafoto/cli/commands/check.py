"""`controlla`: check that the archive is sound and the photos are there."""

from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED, Common
from cercafoto.cli.console import open_library, write
from cercafoto.cli.progress import TerminalReporter

app = click_italian.Typer()


@app.command("controlla", epilog="Esempio: cercafoto controlla --ripara")
def check(
    ctx: typer.Context,
    mend: Annotated[
        bool, typer.Option("--ripara", help="Rimette a posto quello che si può.")
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--completo", help="Rilegge anche ogni foto e ne confronta il contenuto."),
    ] = False,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Controlla che l'archivio sia sano e che le foto ci siano."""
    from cercafoto.cli.render import care as render

    common = Common.of(ctx)
    library = open_library(common.settings(archive))
    with TerminalReporter(quiet or common.quiet) as reporter:
        report = library.check(mend=mend, full=full, reporter=reporter)
    write(render.check_json(report) if json else render.check_text(report))
    return DONE if report.sound else FAILED
