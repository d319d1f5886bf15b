"""`web`: the archive as a page in the browser."""

import sys
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, write
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("web", epilog="Esempio: cercafoto web --apri")
def web(
    ctx: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(
            "--porta", metavar="N", help="Su quale porta; di norma 8420, o la prima libera dopo."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--apri", help="Apre subito la pagina nel browser.")
    ] = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Apre l'archivio in una pagina del browser, visibile solo da questo computer."""
    from cercafoto.library import Library
    from cercafoto.web.server import serve

    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"--porta vuole un numero da 0 a 65535, non {port}.")
    common = Common.of(ctx)
    quiet = quiet or common.quiet

    settings = common.settings(archive)
    Library(settings).session.expect_model()

    def ready(address: str) -> None:
        write(f"{address}\n")
        sys.stdout.flush()  # whoever reads it through a pipe waits for it
        if not quiet:
            notice("Apri questo indirizzo nel browser. Per chiudere: Ctrl-C.")
        if browser:
            import threading
            import webbrowser

            # Beside the server: a browser of the terminal returns only when it is left.
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    try:
        serve(settings, port, ready)
    except KeyboardInterrupt:
        # The usual way to close the page, not an interruption.
        if not quiet:
            notice("Pagina chiusa.")
    return DONE
