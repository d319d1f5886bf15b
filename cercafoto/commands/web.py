"""The page in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from cercafoto.commands.app import DONE, app, command
from cercafoto.commands.options import Archive, Quiet
from cercafoto.commands.output import notice, write
from cercafoto.errors import UsageError


@command(app, "web", "cercafoto web --apri")
def web(
    ctx: typer.Context,
    porta: Annotated[
        int | None,
        typer.Option(
            "--porta",
            metavar="N",
            help="Su quale porta; di norma 8420, o la prima libera dopo.",
            show_default=False,
        ),
    ] = None,
    apri: Annotated[
        bool, typer.Option("--apri", help="Apre subito la pagina nel browser.")
    ] = False,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Apre l'archivio in una pagina del browser, visibile solo da questo computer."""
    from cercafoto.web.serving import serve

    if porta is not None and not 0 <= porta <= 65535:
        raise UsageError(f"--porta vuole un numero da 0 a 65535, non {porta}.")
    quiet = quieto or ctx.obj.quiet

    def ready(address: str) -> None:
        write(f"{address}\n")
        if not quiet:
            notice("Apri questo indirizzo nel browser. Per chiudere: Ctrl-C.")
        if apri:
            import threading
            import webbrowser

            # Beside the server: a browser of the terminal returns only when it is left.
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    try:
        serve(ctx.obj.settings(archivio), porta, ready)
    except KeyboardInterrupt:
        # Here it is how one ends, not how one breaks off.
        if not quiet:
            notice("Pagina chiusa.")
    return DONE
