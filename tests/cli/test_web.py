"""cercafoto web: the options it refuses, and those it passes to the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto.settings import Settings
from cercafoto.web.server import Access

Cli = Callable[..., tuple[int, str, str]]
USERS = ["--utente-da", "X-Remote-User", "--proxy", "127.0.0.1"]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.10:8420", "::", "[::]:8420"])
def test_other_addresses_need_a_proxy(cli: Cli, address: str) -> None:
    code, out, err = cli("web", "--ascolta", address)
    assert (code, out) == (2, "")
    assert "la vedrebbe chiunque sulla rete" in err and "--utente-da" in err and "--proxy" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--ascolta", "foto.ufficio.it"], "indirizzo IP di questo computer"),
        (["--ascolta", "127.0.0.1:9000", "--porta", "9001"], "indicata due volte"),
        (["--nome-pubblico", "foto.ufficio.it"], "vogliono anche --utente-da"),
        (["--proxy", "192.168.1.2"], "vogliono anche --utente-da"),
        (["--etichettano", "anna"], "vogliono anche --utente-da"),
        (["--etichettano", ""], "vogliono anche --utente-da"),
        (["--utente-da", "X-Remote-User"], "manca il suo indirizzo"),
        (["--utente-da", "X-Remote-User", "--ascolta", "0.0.0.0"], "manca il suo indirizzo"),
        (["--utente-da", "X_Remote_User", "--proxy", "127.0.0.1"], "un'intestazione HTTP"),
        (["--utente-da", "", "--proxy", "127.0.0.1"], "un'intestazione HTTP"),
        (["--utente-da", "X-User:", "--proxy", "127.0.0.1"], "un'intestazione HTTP"),
        (["--utente-da", "X-User", "--proxy", "proxy"], "indirizzo IP del proxy"),
        (["--utente-da", "X-User", "--proxy", "0.0.0.0/0"], "indirizzo IP del proxy"),
        ([*USERS, "--etichettano", ""], "nomi separati da virgole"),
        ([*USERS, "--etichettano", "anna,,bruno"], "nomi separati da virgole"),
        ([*USERS, "--etichettano", "anna\x1b[31m"], "nomi separati da virgole"),
        ([*USERS, "--nome-pubblico", "https://x.it"], "il nome del sito"),
        ([*USERS, "--apri"], "l'indirizzo del proxy"),
    ],
)
def test_what_web_refuses(cli: Cli, indexed: Path, words: list[str], why: str) -> None:
    code, out, err = cli("web", *words)
    assert (code, out) == (2, "") and why in err
    assert "\x1b[31m" not in err


def test_an_address_that_is_not_of_this_machine(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("web", *USERS, "--ascolta", "192.0.2.1")
    assert (code, out) == (2, "") and "non è un indirizzo di questo computer" in err


@pytest.mark.parametrize(
    ("words", "labellers", "said"),
    [
        ([*USERS], set(), "Qui risponde al proxy"),
        ([*USERS, "--etichettano", "anna, b.rossi@ufficio.it"], {"anna", "b.rossi@ufficio.it"},
         "Qui risponde al proxy"),
        ([*USERS, "--ascolta", "0.0.0.0"], set(), "la connessione non è cifrata"),
        ([*USERS, "--persone"], set(), "Qui risponde al proxy"),
        ([], None, "Apri questo indirizzo nel browser"),
    ],
)  # fmt: skip
def test_options_reach_the_server(
    cli: Cli,
    indexed: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    labellers: set[str] | None,
    said: str,
) -> None:
    found: list[Access] = []
    shows_people: list[bool] = []

    def serve(
        settings: Settings,
        access: Access,
        ready: Callable[[str], None],
        closed: Callable[[], None],
    ) -> None:
        found.append(access)
        shows_people.append(settings.people)
        ready("http://127.0.0.1:8420/")

    monkeypatch.setattr("cercafoto.web.server.serve", serve)
    code, out, err = cli("web", *words)
    assert (code, out) == (0, "http://127.0.0.1:8420/\n") and said in err
    (access,) = found
    users = access.users
    assert shows_people == [users is None or "--persone" in words]
    assert (users and users.labellers) == labellers
    if users:
        assert users.header == "X-Remote-User" and {str(one) for one in users.proxies} == {
            "127.0.0.1"
        }
