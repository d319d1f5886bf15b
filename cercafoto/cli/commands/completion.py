"""The command `completamento`: teach a shell to complete with the Tab key."""

from typing import Annotated

from cercafoto.cli import click_italian, shell_completion
from cercafoto.cli.app import DONE
from cercafoto.cli.common import common, open_library, tell
from cercafoto.cli.console import write
from cercafoto.cli.options import argument, flag
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("completamento", epilog="Esempio: cercafoto completamento bash")
def complete(
    shell: Annotated[
        str | None,
        argument(
            "[bash|zsh|fish]", "Quale shell; se non la indichi, la tua.", shell_completion.SHELL
        ),
    ] = None,
    show: Annotated[
        bool, flag("--mostra", "Scrive soltanto lo script da dare alla shell.")
    ] = False,
) -> int:
    """Insegna alla shell a completare con il tasto Tab. Completa comandi, opzioni, etichette,
    modelli."""
    if common().model:  # it is not used, but a wrong name is an error
        open_library(any_model=True)
    name = shell or shell_completion.this_shell()
    if name not in shell_completion.SHELLS:
        from cercafoto.cli.render.formatting import listed

        raise UsageError(
            f"Per {name} non c'è un completamento.",
            f"Scegli fra {listed(shell_completion.SHELLS)}.",
        )
    if show:
        write(shell_completion.script(name))
        return DONE
    path, start = shell_completion.install(name)
    tell(f"Ho scritto {path}.")
    if start is not None:
        tell(f"Lo carica una riga in fondo a {start}.")
    tell("Funziona dal prossimo terminale che apri.")
    return DONE
