"""`web`: the archive as a page in the browser."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, write
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.web.server import Access

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
    listen: Annotated[
        str | None,
        typer.Option(
            "--ascolta",
            metavar="INDIRIZZO[:PORTA]",
            help="Su quale indirizzo; di norma 127.0.0.1. Uno che altri computer raggiungono vuole "
            "--utenti.",
        ),
    ] = None,
    users: Annotated[
        Path | None,
        typer.Option(
            "--utenti",
            click_type=options.PATH,
            metavar="FILE",
            help="Chi può entrare, con nome e password (vedi «utenti aggiungi»).",
        ),
    ] = None,
    names: Annotated[
        list[str],
        typer.Option(
            "--nome-pubblico",
            metavar="NOME",
            help="Con --utenti, il nome che il proxy dà alla pagina; ripetibile.",
        ),
    ] = [],
    proxies: Annotated[
        list[str],
        typer.Option(
            "--proxy",
            metavar="INDIRIZZO",
            help="Con --utenti, un proxy su un altro computer; ripetibile.",
        ),
    ] = [],
    browser: Annotated[
        bool, typer.Option("--apri", help="Apre subito la pagina nel browser.")
    ] = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Apre l'archivio in una pagina del browser, per chi è a questo computer o, con --utenti, per
    chi ha un nome e una password."""
    from cercafoto.library import Library
    from cercafoto.web.server import serve

    access = _access(port, listen, users, names, proxies)
    common = Common.of(ctx)
    quiet = quiet or common.quiet

    settings = common.settings(archive)
    Library(settings).session.expect_model()

    def ready(address: str) -> None:
        write(f"{address}\n")
        sys.stdout.flush()  # whoever reads it through a pipe waits for it
        if not quiet:
            notice("Apri questo indirizzo nel browser. Per chiudere: Ctrl-C.")
            if not access.place.is_loopback:
                notice(_NO_TLS)
        if browser:
            import threading
            import webbrowser

            # Beside the server: a browser of the terminal returns only when it is left.
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    try:
        serve(settings, access, ready)
    except KeyboardInterrupt:
        # The usual way to close the page, not an interruption.
        if not quiet:
            notice("Pagina chiusa.")
    return DONE


_NO_TLS = (
    "Attenzione: qui la connessione non è cifrata, e sulla rete le password si potrebbero leggere. "
    "A cifrarla (TLS) dev'essere un proxy davanti alla pagina: vedi docs/ufficio.md."
)


def _access(
    port: int | None, listen: str | None, users: Path | None, names: list[str], proxies: list[str]
) -> "Access":
    """Put together who may come, and whence. Raises UsageError for what is not to be."""
    from cercafoto.web.hosts import Place, address_of_proxy, public_name
    from cercafoto.web.server import Access

    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"--porta vuole un numero da 0 a 65535, non {port}.")
    place = Place.read(listen) if listen is not None else Place()
    if None not in (port, place.port):
        raise UsageError("La porta è indicata due volte.", "Scegli fra --porta e --ascolta.")
    if users is None:
        if not place.is_loopback:
            raise UsageError(
                f"Su {place.address} la pagina la vedrebbe chiunque sulla rete.",
                "Di' chi può entrare con --utenti FILE; per fare il file: cercafoto utenti "
                "aggiungi FILE NOME",
            )
        if names or proxies:
            raise UsageError("--nome-pubblico e --proxy vogliono anche --utenti FILE.")
    return Access(
        place if port is None else replace(place, port=port),
        users,
        tuple(public_name(name) for name in names),
        tuple(address_of_proxy(proxy) for proxy in proxies),
    )
