"""cercafoto web: the options it refuses, and those it passes to the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.word_stems import stems
from cercafoto.settings import Settings
from cercafoto.web.server import Access
from tests.conftest import Cli
from tests.support.named_people import TULLIA, write_named_photos
from tests.support.open_catalogue import open_catalogue

USERS = ["--utente-da", "X-Remote-User", "--proxy", "127.0.0.1"]


def test_names_that_an_older_version_took_for_keywords_are_none_before_others_look(
    cli: Cli, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_named_photos(tmp_path / "Foto", TULLIA)
    assert cli("index", tmp_path / "Foto")[0] == 0
    with open_catalogue(settings.catalog) as db:
        db.execute("INSERT INTO keywords SELECT ?, id FROM photos", (stems(TULLIA),))
        db.execute("UPDATE photos SET facts_version = 4")
    db.close()
    keywords: list[str] = []

    def serve(settings: Settings, access: Access, *_: object) -> None:
        with Catalog.open(settings.catalog) as catalog:
            keywords.extend(row[0] for row in catalog.rows("SELECT keyword FROM keywords"))

    monkeypatch.setattr("cercafoto.web.server.serve", serve)
    assert cli("web", *USERS)[0] == 0
    assert "tort" in keywords and stems(TULLIA) not in keywords


def test_what_web_refuses(cli: Cli, indexed: Path) -> None:
    for words, why in (
        (["--ascolta", "192.168.1.10:8420"], "la vedrebbe chiunque sulla rete"),
        (["--ascolta", "[::]:8420"], "la vedrebbe chiunque sulla rete"),
        (["--ascolta", "foto.ufficio.it"], "indirizzo IP di questo computer"),
        (["--ascolta", "127.0.0.1:9000", "--porta", "9001"], "indicata due volte"),
        (["--nome-pubblico", "foto.ufficio.it"], "vogliono anche --utente-da"),
        (["--proxy", "192.168.1.2"], "vogliono anche --utente-da"),
        (["--etichettano", "anna"], "vogliono anche --utente-da"),
        (["--utente-da", "X-Remote-User"], "manca il suo indirizzo"),
        (["--utente-da", "X-Remote-User", "--ascolta", "0.0.0.0"], "manca il suo indirizzo"),
        (["--utente-da", "X_Remote_User", "--proxy", "127.0.0.1"], "un'intestazione HTTP"),
        (["--utente-da", "X-User:", "--proxy", "127.0.0.1"], "un'intestazione HTTP"),
        (["--utente-da", "X-User", "--proxy", "proxy"], "indirizzo IP del proxy"),
        ([*USERS, "--etichettano", ","], "nomi separati da virgole"),
        ([*USERS, "--etichettano", "anna,,bruno"], "nomi separati da virgole"),
        ([*USERS, "--etichettano", "anna\x1b[31m"], "nomi separati da virgole"),
        ([*USERS, "--nome-pubblico", "https://x.it"], "il nome del sito"),
        ([*USERS, "--apri"], "l'indirizzo del proxy"),
        ([*USERS, "--ascolta", "192.0.2.1"], "non è un indirizzo di questo computer"),
    ):
        code, out, err = cli("web", *words)
        assert (code, out) == (2, "") and why in err, words
        assert "\x1b[31m" not in err


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
