"""A shared page: attempts to impersonate a user, bypass the proxy, or write without the right."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cercafoto import Library
from cercafoto.web.proxy_guard import LONGEST_NAME, NOBODY, NOT_HERE, ProxyUsers
from tests.support.office import ACCESS, HEADER, NAME, SECURE, USERS, office
from tests.support.web_client import HOME, OWN
from tests.support.web_server import running_for_users

ANNA, BRUNO = {HEADER: "anna"}, {HEADER: "bruno"}
EVERY_PAGE = ("/", "/foto/1", "/originale/1", "/miniatura/1/0.webp", "/vista/1/0.webp",
              "/caricata/0.webp", "/etichetta", "/dove", "/dove/mappa.png?foto=f1&q=x",
              "/faccette", "/altre", "/mappa", "/mappa/gruppi", "/foto/1/etichette?testo=r",
              "/raccolte", "/doppioni",
              "/risorse/stile.css", "/non-esiste")  # fmt: skip
EVERY_WRITE = ("/foto/1/etichette", "/carica", "/etichetta", "/scarica", "/persone",
               "/persone/chiedi", "/persone/volti", "/raccolte", "/raccolte/cambia",
               "/doppioni")  # fmt: skip


@pytest.fixture
def indexed(library: Library, photos: Path) -> Library:
    library.index([photos])
    return library


@pytest.fixture
def client(indexed: Library) -> Iterator[TestClient]:
    with office(indexed.settings) as found:
        yield found


def named(name: str) -> Any:
    """Return the header with a name, in UTF-8 as proxies send it."""
    return {HEADER: name.encode()}


def refused(client: TestClient, why: str, headers: dict[str, str]) -> None:
    for page in EVERY_PAGE:
        answer = client.get(page, headers=headers)
        assert (answer.status_code, answer.text) == (403, why), page
    for page in EVERY_WRITE:
        answer = client.post(page, json={"aggiungi": ["intrusa"]}, headers=headers | OWN)
        assert (answer.status_code, answer.text) == (403, why), page


# -- not from the proxy --------------------------------------------------------------------------


def test_from_elsewhere_no_header_helps(indexed: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
    }
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # what uvicorn else goes by
    for peer in ("127.0.0.2", "192.168.1.3", "::1", "::ffff:127.0.0.1", "testclient", ""):
        with office(indexed.settings, peer) as client:
            refused(client, NOT_HERE, ANNA | claims)
            for headers in ({}, ANNA | claims | {"Host": NAME}):
                answer = client.get("/", headers=headers)
                assert (answer.status_code, answer.text) == (403, NOT_HERE)


@pytest.mark.parametrize(
    ("proxy", "peer"),
    [("::1", "0:0:0:0:0:0:0:1"), ("fe80::1%eth0", "fe80::1%eth0"), ("192.168.1.2", "192.168.1.2")],
)
def test_a_proxy_is_known_however_its_address_is_written(
    indexed: Library, proxy: str, peer: str
) -> None:
    users = ProxyUsers(HEADER, frozenset([ipaddress.ip_address(proxy)]))
    with office(indexed.settings, peer, users) as client:
        assert client.get("/", headers=ANNA).status_code == 200
    with office(indexed.settings, "127.0.0.1", users) as client:  # only what is named is believed
        refused(client, NOT_HERE, ANNA)


# -- from the proxy, without a name that can be one ----------------------------------------------


def test_who_has_no_name_is_not_let_in(client: TestClient) -> None:
    # Without the header nobody is let in.
    refused(client, NOBODY, {})
    refused(client, NOBODY, {"Cookie": "cercafoto-8420=anna", "Authorization": "Basic YW5uYTp4"})
    assert client.get("/?chiave=").status_code == 403
    # Another header is not the one.
    for header in ("X_Remote_User", "X-Remote_User", "Remote-User", "X-Remote-Users"):
        assert client.get("/", headers={header: "anna"}).text == NOBODY
        answer = client.get("/foto/1", headers=BRUNO | {header: "anna"})
        assert ">bruno<" in answer.text and "anna" not in answer.text, header
    # A header that is there twice names nobody.
    for pair in ("bruno", "anna"), ("anna", "bruno"), ("anna", "anna"), ("", "anna"):
        answer = client.get("/", headers=[(HEADER, pair[0]), (HEADER.lower(), pair[1])])  # type: ignore[arg-type]
        assert (answer.status_code, answer.text) == (403, NOBODY), pair
    # What can be no name is none.
    for value in (
        "", " ", " anna", "anna ", "anna\t", "bruno,anna", "bruno, anna", "a" * (LONGEST_NAME + 1),
        "an\nna", "an\rna", "an\x00na", "an\x1bna", "an\x7fna", "anna\u202e", "an\u200bna",
        "anna\u00a0", "a\u2028b", "\ufeffanna",
    ):  # fmt: skip
        answer = client.get("/", headers=named(value))
        assert (answer.status_code, answer.text) == (403, NOBODY), ascii(value)


def test_names_that_people_have_are_names(client: TestClient) -> None:
    names = ("Anna Rossi", "b.rossi@ufficio.it", "Niccolò", "UFFICIO\\anna", "x" * LONGEST_NAME)
    for name in names:
        page = client.get("/", headers=named(name))
        assert page.status_code == 200 and f">{name}<" in page.text, name
    # A name cannot write the page.
    page = client.get("/foto/1", headers=named('"><script>alert(1)</script>'))
    assert page.status_code == 200
    assert "<script>" not in page.text and "&gt;&lt;script&gt;alert(1)" in page.text
    # What a visitor says of his address shuts nobody out.
    assert client.get("/", headers=ANNA | {"X-Forwarded-For": "192.168.1.3"}).status_code == 200
    # Another site may have a link here.
    headers = ANNA | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (
        client.get("/foto/1", headers=headers | {"Sec-Fetch-Dest": "document"}).status_code == 200
    )
    # A host that is not ours is refused.
    for host in ("esempio.it", f"{NAME}.esempio.it", "192.168.1.1:8420", f"{NAME}:1", ""):
        headers = ANNA | {"Host": host, "X-Forwarded-Host": NAME}
        assert client.get("/", headers=headers).status_code == 421, host
    assert client.get("/", headers=ANNA | {"Host": NAME}).status_code == 200


# -- rights --------------------------------------------------------------------------------------


def test_only_who_is_named_may_label(client: TestClient) -> None:
    label = {"aggiungi": ["nonna"]}
    assert client.post("/foto/1/etichette", json=label, headers=ANNA | OWN).status_code == 200
    shown = client.get("/foto/1", headers=ANNA).text
    assert 'id="aggiungi"' in shown and 'data-togli="nonna"' in shown
    for name in ("bruno", "Anna", "ANNA", "anna.", "ann\u0430"):  # the last a in Cyrillic
        shown = client.get("/foto/1", headers=named(name)).text
        assert "nonna" in shown and 'id="aggiungi"' not in shown and "data-togli" not in shown
        for change in ({"aggiungi": ["intrusa"]}, {"togli": ["nonna"]}):
            answer = client.post("/foto/1/etichette", json=change, headers=named(name) | OWN)
            assert answer.status_code == 403
            assert answer.json()["errore"] == f"«{name}» può cercare, ma non etichettare."
    shown = client.get("/foto/1", headers=ANNA).text
    assert "nonna" in shown and "intrusa" not in shown
    # Only the person at the computer says who people are, whoever may label.
    for name in ("anna", "bruno"):
        form = {"gruppo": "1", "volto": "1", "che": "nome", "nome": "Intrusa", "persona": "Rosa"}
        names = "dare nomi alle persone"
        for address, what in (
            ("/persone", names),
            ("/persone/chiedi", names),
            ("/persone/volti", names),
            ("/raccolte/cambia", "cambiare le raccolte"),
            ("/doppioni", "mettere da parte i doppioni"),
        ):
            answer = client.post(address, data=form, headers=named(name) | OWN)
            assert answer.status_code == 403, address
            assert f"può cercare, ma non {what}" in answer.text
    # Who may not label may do all the rest.
    client.headers.update(BRUNO)
    for page in ("/", "/?q=rosso", "/foto/1", "/originale/1", "/dove", "/etichetta", "/faccette"):
        assert client.get(page).status_code == 200, page
    assert client.post("/scarica", data={"foto": ["1", "2"]}, headers=OWN).status_code == 200
    given = {"foto": "f1", "testo": "rosso\nblu"}
    assert client.post("/etichetta", json=given, headers=OWN).status_code == 200


def test_unless_somebody_is_named_nobody_may_label(indexed: Library) -> None:
    users = ProxyUsers(HEADER, USERS.proxies)
    with office(indexed.settings, users=users) as client:
        for who in (ANNA, BRUNO):
            assert 'id="aggiungi"' not in client.get("/foto/1", headers=who).text
            answer = client.post("/foto/1/etichette", json={"aggiungi": ["x"]}, headers=who | OWN)
            assert answer.status_code == 403


# -- other sites in the same browser -------------------------------------------------------------


def test_another_site_cannot_write(client: TestClient) -> None:
    for headers in (
        {"Origin": "https://esempio.it"}, {"Origin": "null"}, {"Origin": SECURE}, {},
        OWN | {"Sec-Fetch-Site": "cross-site"}, OWN | {"Sec-Fetch-Site": "same-site"},
        {"Origin": HOME.replace("http", "https")}, {"Origin": HOME, "Sec-Fetch-Site": "none"},
    ):  # fmt: skip
        for address in EVERY_WRITE:
            answer = client.post(address, json={"aggiungi": ["intrusa"]}, headers=ANNA | headers)
            assert answer.status_code == 403, (address, headers)
    assert "intrusa" not in client.get("/foto/1", headers=ANNA).text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_load_anything(client: TestClient, site: str) -> None:
    for dest in ("empty", "image", "iframe", None):
        headers = ANNA | {"Sec-Fetch-Site": site} | ({"Sec-Fetch-Dest": dest} if dest else {})
        for page in EVERY_PAGE:
            answer = client.get(page, headers=headers)
            assert answer.status_code == 403 and "rosso" not in answer.text, (page, dest)


def test_the_proxy_says_whether_the_browser_speaks_tls(indexed: Library) -> None:
    for told, origin, may in (
        (["https"], SECURE, True),
        (["https"], f"http://{NAME}", False),
        (["http"], f"http://{NAME}", True),
        ([], f"http://{NAME}", True),
        ([], SECURE, False),
        (["https", "https"], SECURE, False),
        (["http", "https"], SECURE, False),
        (["https, http"], SECURE, False),
        (["HTTPS\t"], SECURE, False),
    ):
        said = [("X-Forwarded-Proto", value) for value in told]
        with office(indexed.settings, home=f"http://{NAME}") as client:
            answer = client.post(
                "/foto/1/etichette",
                json={"aggiungi": ["x"]},
                headers=[(HEADER, "anna"), ("Origin", origin), *said],  # type: ignore[arg-type]
            )
        assert (answer.status_code == 200) is may, (told, origin)


# -- over the wire -------------------------------------------------------------------------------


def asked(port: int, *lines: bytes, source: str = "127.0.0.1") -> bytes:
    """Send these raw lines of a request; return the answer."""
    request = b"\r\n".join(
        [
            b"GET / HTTP/1.1",
            f"Host: 127.0.0.1:{port}".encode(),
            *lines,
            b"Connection: close\r\n\r\n",
        ]
    )
    with socket.create_connection(("127.0.0.1", port), 60, (source, 0)) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_over_the_wire(indexed: Library) -> None:
    """Send bytes that no test client can send, from another address of this machine."""
    with running_for_users(indexed.settings, ACCESS, USERS) as port:
        answer = asked(port, b"X-Remote-User: anna")
        assert answer.startswith(b"HTTP/1.1 200 ") and b">anna<" in answer
        for lines in (
            [b"X-Remote-User: bruno", b"x-remote-user: anna"],
            [b"X-Remote-User: bruno\x00anna"],
            [b"X-Remote-User: bruno\x01anna"],
            [b"X-Remote-User: anna\xff"],  # no UTF-8
            [b"X-Remote-User: Niccol\xf2"],
            [b"X-Remote-User : anna"],
            [b"X_Remote_User: anna"],
            [b"X-Remote-User:"],
            [b"X-Remote-User: " + b"a" * 60_000],
        ):
            answer = asked(port, *lines)
            assert answer.split(b" ", 2)[1:2] in ([b"403"], [b"400"]), (lines, answer[:300])
            assert b"rosso" not in answer
        if sys.platform.startswith("linux"):  # elsewhere it must be set up first
            for claim in (b"X-Forwarded-For: 127.0.0.1", b"X-Real-IP: 127.0.0.1"):
                answer = asked(port, b"X-Remote-User: anna", claim, source="127.0.0.2")
                assert answer.startswith(b"HTTP/1.1 403 ") and NOT_HERE.encode() in answer
