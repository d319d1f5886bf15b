"""The Tab key."""

from __future__ import annotations

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, Common, app
from cercafoto.cli.completion import SHELLS, install, script, shells, this_shell
from cercafoto.cli.console import notice, write
from cercafoto.errors import UsageError


@app.command(epilog="Esempio: cercafoto completamento bash")
@click.argument(
    "shell",
    required=False,
    metavar="[bash|zsh|fish]",
    help="Quale shell; nessuna: la tua.",
    shell_complete=shells,
)
@click.option("--mostra", is_flag=True, help="Scrive solo il testo da dare alla shell.")
@options.quiet
@click.pass_obj
def completamento(common: Common, shell: str | None, mostra: bool, quieto: bool) -> int:
    """Insegna alla shell a completare comandi, opzioni, etichette e modelli con il tasto Tab."""
    wanted = shell or this_shell()
    if wanted not in SHELLS:
        raise UsageError(f"Per {wanted} non c'è un completamento.", f"Una di: {', '.join(SHELLS)}.")
    if mostra:
        write(script(wanted))
        return DONE
    path, start = install(wanted)
    if not (quieto or common.quiet):
        notice(f"Scritto {path}.")
        if start is not None:
            notice(f"Lo legge una riga in fondo a {start}.")
        notice("Vale dalla prossima shell che apri.")
    return DONE
