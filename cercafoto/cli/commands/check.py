"""The command `controlla`: check that the archive is sound and the photos are there."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED, Common
from cercafoto.cli.console import open_library, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("controlla", epilog="Esempio: cercafoto controlla")
def check(
    ctx: typer.Context,
    mend: Annotated[bool, typer.Option("--ripara", help="Ripara quello che si può.")] = False,
    full: Annotated[
        bool,
        typer.Option("--completo", help="Controlla ogni foto byte per byte."),
    ] = False,
    copy: Annotated[
        Path | None,
        typer.Option(
            "--copia",
            metavar="CARTELLA",
            show_default=False,
            help="Copia l'archivio in una cartella nuova e controlla la copia.",
        ),
    ] = None,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Controlla che l'archivio sia sano e che le foto ci siano. Con --copia ne fa una copia
    controllata."""
    from cercafoto.cli.render import care as render

    if copy is not None and (mend or full):
        raise UsageError(
            "--copia non va insieme a --ripara o --completo.", "Lancia un comando dopo l'altro."
        )
    common = Common.of(ctx)
    library = open_library(common.settings(archive))
    if copy is not None:
        copied = library.copy(copy)
        write(render.copied_json(copied) if json else render.copied_text(copied))
        return DONE
    with TerminalReporter(quiet or common.quiet) as reporter:
        report = library.check(mend=mend, full=full, reporter=reporter)
    write(render.check_json(report) if json else render.check_text(report))
    return DONE if report.sound else FAILED
