"""The command `controlla`: check that the archive is sound and the photos are there."""

from pathlib import Path
from typing import Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED
from cercafoto.cli.common import open_library
from cercafoto.cli.console import write
from cercafoto.cli.options import flag, option
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("controlla", epilog="Esempio: cercafoto controlla")
def check(
    mend: Annotated[bool, flag("--ripara", "Ripara quello che si può.")] = False,
    full: Annotated[bool, flag("--completo", "Controlla ogni foto byte per byte.")] = False,
    copy: Annotated[
        Path | None,
        option(
            "--copia", "CARTELLA", "Copia l'archivio in una cartella nuova e controlla la copia."
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """Controlla che l'archivio sia sano e che le foto ci siano. Con --copia ne fa una copia
    controllata."""
    from cercafoto.cli.render import care as render

    if copy is not None and (mend or full):
        raise UsageError(
            "--copia non va insieme a --ripara o --completo.", "Lancia un comando dopo l'altro."
        )
    library = open_library()
    if copy is not None:
        copied = library.copy(copy)
        write(as_json(copied) if json else render.copied_text(copied))
        return DONE
    with TerminalReporter() as reporter:
        report = library.check(mend=mend, full=full, reporter=reporter)
    write(as_json(report) if json else render.check_text(report))
    return DONE if report.sound else FAILED
