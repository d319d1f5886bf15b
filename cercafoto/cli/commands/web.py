"""The command `web`: serve the archive as a page for the browser."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from cercafoto.cli import click_italian
from cercafoto.cli.app import DONE
from cercafoto.cli.common import common, tell
from cercafoto.cli.console import notice, write
from cercafoto.cli.options import flag, option
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.web.proxy_guard import ProxyUsers
    from cercafoto.web.server import Access

app = click_italian.Typer()


Port = Annotated[
    int | None,
    option("--porta", "N", "Porta della pagina; di norma 8420, o la prima libera dopo."),
]
Listen = Annotated[
    str | None,
    option(
        "--ascolta",
        "INDIRIZZO[:PORTA]",
        "Indirizzo su cui rispondere; di norma 127.0.0.1, cioè solo a questo computer. "
        "Gli altri indirizzi vogliono --utente-da.",
    ),
]
Header = Annotated[
    str | None,
    option(
        "--utente-da",
        "INTESTAZIONE",
        "Per più persone, dietro un proxy: l'intestazione HTTP in cui il proxy scrive il "
        "nome di chi chiede. Vuole anche --proxy.",
    ),
]
Names = Annotated[
    list[str],
    option(
        "--nome-pubblico",
        "NOME",
        "Con --utente-da, il nome che il proxy dà alla pagina; ripetibile.",
    ),
]
Proxies = Annotated[
    list[str],
    option(
        "--proxy",
        "INDIRIZZO",
        "Con --utente-da, l'indirizzo IP del proxy: la pagina risponde soltanto a lui; ripetibile.",
    ),
]
Labellers = Annotated[
    str | None,
    option(
        "--etichettano",
        "NOMI",
        "Con --utente-da, chi può anche etichettare: nomi separati da virgole. Di norma nessuno.",
    ),
]
People = Annotated[
    bool,
    flag(
        "--persone",
        "Con --utente-da, mostra anche i nomi delle persone nelle foto; di norma li vede "
        "soltanto chi è a questo computer.",
    ),
]
Browser = Annotated[bool, flag("--apri", "Apre subito la pagina nel browser.")]


@app.command("web", epilog="Esempio: cercafoto web --apri")
def web(
    port: Port = None,
    listen: Listen = None,
    header: Header = None,
    names: Names = [],
    proxies: Proxies = [],
    labellers: Labellers = None,
    people: People = False,
    browser: Browser = False,
) -> int:
    """Apre l'archivio in una pagina del browser. La vede chi è a questo computer o, con
    --utente-da, chi entra da un proxy."""
    from cercafoto.library import Library
    from cercafoto.web.server import serve

    access = _access(port, listen, _users(header, proxies, names, labellers), names)
    if browser and access.users:
        raise UsageError(
            "Con --utente-da la pagina risponde soltanto al proxy, e --apri non serve.",
            "Apri nel browser l'indirizzo del proxy.",
        )

    settings, quiet = common().settings(), common().quiet
    is_own = access.place.is_loopback and not access.users
    settings = replace(settings, people=is_own or people)
    library = Library(settings)
    library.archive.expect_model()
    if settings.shared is None and not settings.people:
        library.bring_metadata_up_to_date()

    def ready(address: str) -> None:
        write(f"{address}\n")
        sys.stdout.flush()  # a program may be waiting for the address
        what = "Qui risponde al proxy" if access.users else "Apri questo indirizzo nel browser"
        tell(f"{what}. Per chiudere: Ctrl-C.")
        if not access.place.is_loopback:
            tell(_NO_TLS)
        if browser:
            import threading
            import webbrowser

            # In a thread: a browser in the terminal returns only when the person leaves it.
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    def closed() -> None:  # perhaps in another thread, which knows no command line
        if not quiet:
            notice("Pagina chiusa.")

    try:
        serve(settings, access, ready, closed)
    except KeyboardInterrupt:
        # Ctrl-C is the usual way to close the page.
        closed()
    return DONE


_NO_TLS = (
    "Attenzione: fra il proxy e questo computer la connessione non è cifrata, e chi è sulla stessa "
    "rete potrebbe leggerla. Vedi docs/ufficio.md."
)


def _users(
    header: str | None, proxies: list[str], names: list[str], labellers: str | None
) -> "ProxyUsers | None":
    """Return how the proxy names its users; None if the page is for one person.

    header, proxies, names, labellers: values of --utente-da, --proxy, --nome-pubblico,
        --etichettano.

    Raises UsageError if they do not go together or one is not valid.
    """
    from cercafoto.web.hosts import address_of_proxy
    from cercafoto.web.proxy_guard import ProxyUsers, header_name, label_names

    if header is None:
        if proxies or names or labellers is not None:
            raise UsageError(
                "--proxy, --nome-pubblico e --etichettano vogliono anche --utente-da.",
                "Per esempio: --utente-da X-Remote-User --proxy 127.0.0.1",
            )
        return None
    name = header_name(header)
    if not proxies:
        raise UsageError(
            f"Di «{name}» ci si può fidare soltanto se viene dal proxy, e manca il suo indirizzo.",
            "Aggiungi --proxy INDIRIZZO; se il proxy è su questo computer: --proxy 127.0.0.1",
        )
    return ProxyUsers(
        name,
        frozenset(address_of_proxy(proxy) for proxy in proxies),
        frozenset() if labellers is None else label_names(labellers),
    )


def _access(
    port: int | None, listen: str | None, users: "ProxyUsers | None", names: list[str]
) -> "Access":
    """Return where the page answers and to whom. Raises UsageError for a wrong port or public name,
    or an address that would be open to everybody.

    users: None if the page is for one person.
    names: names under which the proxy publishes the page.
    """
    from cercafoto.web.hosts import Place, public_name
    from cercafoto.web.server import Access

    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"--porta vuole un numero da 0 a 65535, non {port}.")
    place = Place.read(listen) if listen is not None else Place()
    if None not in (port, place.port):
        raise UsageError("La porta è indicata due volte.", "Scegli fra --porta e --ascolta.")
    if users is None and not place.is_loopback:
        raise UsageError(
            f"Su {place.address} la pagina la vedrebbe chiunque sulla rete.",
            "Per più persone ci vuole un proxy che dica chi chiede: --utente-da INTESTAZIONE "
            "--proxy INDIRIZZO (vedi docs/ufficio.md).",
        )
    return Access(
        place if port is None else replace(place, port=port),
        users,
        tuple(public_name(name) for name in names),
    )
