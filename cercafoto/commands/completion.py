"""The Tab key."""

from __future__ import annotations

from typing import Annotated

import typer

from cercafoto.commands.app import DONE, app, command
from cercafoto.commands.options import Quiet
from cercafoto.commands.output import notice, write
from cercafoto.completing import SHELLS, install, script, shells, this_shell
from cercafoto.errors import UsageError


@command(app, "completamento", "cercafoto completamento bash")
def completamento(
    ctx: typer.Context,
    shell: Annotated[
        str | None,
        typer.Argument(
            metavar="[bash|zsh|fish]", help="Quale shell; nessuna: la tua.", autocompletion=shells
        ),
    ] = None,
    mostra: Annotated[
        bool, typer.Option("--mostra", help="Scrive solo il testo da dare alla shell.")
    ] = False,
    quieto: Quiet = False,
) -> int:
    """Insegna alla shell a completare comandi, opzioni, etichette e modelli con il tasto Tab."""
    wanted = shell or this_shell()
    if wanted not in SHELLS:
        raise UsageError(f"Per {wanted} non c'è un completamento.", f"Una di: {', '.join(SHELLS)}.")
    if mostra:
        write(script(wanted))
        return DONE
    path, start = install(wanted)
    if not (quieto or ctx.obj.quiet):
        notice(f"Scritto {path}.")
        if start is not None:
            notice(f"Lo legge una riga in fondo a {start}.")
        notice("Vale dalla prossima shell che apri.")
    return DONE
