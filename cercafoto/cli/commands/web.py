"""The page in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, Common, app
from cercafoto.cli.console import notice, write
from cercafoto.errors import UsageError


@app.command(epilog="Esempio: cercafoto web --apri")
@click.option(
    "--porta",
    type=int,
    metavar="N",
    help="Su quale porta; di norma 8420, o la prima libera dopo.",
)
@click.option("--apri", is_flag=True, help="Apre subito la pagina nel browser.")
@options.archive
@options.quiet
@click.pass_obj
def web(common: Common, porta: int | None, apri: bool, archivio: Path | None, quieto: bool) -> int:
    """Apre l'archivio in una pagina del browser, visibile solo da questo computer."""
    from cercafoto.web.server import serve

    if porta is not None and not 0 <= porta <= 65535:
        raise UsageError(f"--porta vuole un numero da 0 a 65535, non {porta}.")
    quiet = quieto or common.quiet

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
        serve(common.settings(archivio), porta, ready)
    except KeyboardInterrupt:
        # Here it is how one ends, not how one breaks off.
        if not quiet:
            notice("Pagina chiusa.")
    return DONE
