"""The command `stato`: show what the archive contains, and which photos cannot be read."""

from typing import Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE
from cercafoto.cli.common import open_library
from cercafoto.cli.console import write
from cercafoto.cli.options import flag

app = click_italian.Typer()


@app.command("stato", epilog="Esempio: cercafoto stato --problemi")
def status(
    problems: Annotated[bool, flag("--problemi", "Elenca i file illeggibili, e perché.")] = False,
    details: Annotated[
        bool, flag("--dettagli", "Anche come è fatto l'archivio, e con che cosa si calcola.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Mostra che cosa contiene l'archivio."""
    from cercafoto.cli.render import status as render

    library = open_library()
    if problems:
        unreadable = library.problems()
        if json:
            write(as_json([{"path": path, "reason": why} for path, why in unreadable]))
        else:
            write(render.problems_text(unreadable))
    else:
        report = library.status()
        write(render.status_json(report) if json else render.status_text(report, details))
    return DONE
