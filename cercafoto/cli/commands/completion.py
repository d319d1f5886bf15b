"""The command `completamento`: teach a shell to complete with the Tab key."""

from typing import Annotated

import typer

from cercafoto.cli import click_italian, options, shell_completion
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, write
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("completamento", epilog="Esempio: cercafoto completamento bash")
def complete(
    ctx: typer.Context,
    shell: Annotated[
        str | None,
        typer.Argument(
            click_type=shell_completion.SHELL,
            metavar="[bash|zsh|fish]",
            help="Quale shell; se non la indichi, la tua.",
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--mostra", help="Scrive soltanto lo script da dare alla shell.")
    ] = False,
    quiet: options.Quiet = False,
) -> int:
    """Insegna alla shell a completare con il tasto Tab. Completa comandi, opzioni, etichette,
    modelli."""
    if (common := Common.of(ctx)).model:  # it is not used, but a wrong name is an error
        open_library(common.settings(), any_model=True)
    name = shell or shell_completion.this_shell()
    if name not in shell_completion.SHELLS:
        raise UsageError(
            f"Per {name} non c'è un completamento.",
            f"Una di: {', '.join(shell_completion.SHELLS)}.",
        )
    if show:
        write(shell_completion.script(name))
        return DONE
    path, start = shell_completion.install(name)
    if not (quiet or common.quiet):
        notice(f"Ho scritto {path}.")
        if start is not None:
            notice(f"Lo carica una riga in fondo a {start}.")
        notice("Funziona dal prossimo terminale che apri.")
    return DONE
