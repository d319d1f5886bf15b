"""The command `mcp`: let an assistant search the archive, through the Model Context Protocol."""

import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import Annotated

import click

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian
from cercafoto.cli.app import DONE
from cercafoto.cli.common import common, tell
from cercafoto.cli.console import write
from cercafoto.cli.options import flag
from cercafoto.errors import CercafotoError, UsageError

app = click_italian.Typer()


@app.command("mcp", epilog="Esempio: cercafoto mcp --mostra-configurazione")
def assistants(
    people: Annotated[
        bool,
        flag(
            "--persone", "Dice all'assistente anche i nomi delle persone nelle foto; di norma no."
        ),
    ] = False,
    show_settings: Annotated[
        bool,
        flag(
            "--mostra-configurazione",
            "Scrive che cosa va nella configurazione dell'assistente, e dove.",
        ),
    ] = False,
) -> int:
    """Lascia cercare un assistente, come Claude. Lo avvia l'assistente, che riceve percorsi, date e
    luoghi delle foto trovate."""
    settings = replace(common().settings(), people=people)
    if show_settings:
        from cercafoto.assistants.client_settings import client_settings, where_it_goes

        shown = client_settings(settings)
        write(as_json(shown))
        tell(where_it_goes(shown))
        return DONE
    if find_spec("mcp") is None:
        from cercafoto.base.installation import install_command

        raise CercafotoError(
            "Per «cercafoto mcp» manca il pezzo che parla con gli assistenti.",
            f"Si installa con: {install_command('mcp')}",
        )
    if sys.stdin.isatty():
        raise UsageError(
            "«cercafoto mcp» lo avvia l'assistente, e non si usa in un terminale.",
            "Per sapere che cosa scrivere nella sua configurazione: "
            "cercafoto mcp --mostra-configurazione",
        )
    from cercafoto.assistants.tool_server import serve

    program = click.get_current_context().find_root()
    serve(settings, program.get_help)
    return DONE
