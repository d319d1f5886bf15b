"""A shared page: who gets in, what each may do, and what no trick gets."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cercafoto import Library
from cercafoto.web.answers import PageArchive
from cercafoto.web.attempts import MOST_OF_BOTH, WINDOW
from cercafoto.web.hosts import Place
from cercafoto.web.reception import LASTS, Reception
from cercafoto.web.server import configuration, user_app
from cercafoto.web.users import UserFile
from tests.support.office import (
    NAME,
    PASSWORD,
    SECURE,
    SECURE_OWN,
    Clock,
    enter,
    hashed,
    office,
    write_users,
)
from tests.support.web_client import HOME, OWN, PORT

EVERY_PAGE = ("/", "/foto/1", "/originale/1", "/etichetta", "/dove", "/faccette", "/altre",
              "/dove/mappa.png?foto=f1&q=x", "/foto/1/etichette?testo=r")  # fmt: skip
EVERY_WRITE = ("/foto/1/etichette", "/carica", "/etichetta", "/scarica")


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write_users(tmp_path / "utenti.txt")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(library: Library, photos: Path, users: Path, clock: Clock) -> Iterator[TestClient]:
    library.index([photos])
    with office(library.settings, users, clock) as found:
        yield found


def is_in(client: TestClient) -> bool:
    return client.get("/").status_code == 200


# -- strangers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_strangers_are_shown_the_way_in(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/entra?verso={quote(page, safe='')}"
    for accept in ("*/*", "image/webp"):  # what scripts and pictures ask for
        answer = client.get(page, headers={"Accept": accept})
        assert answer.status_code == 403 and "rosso" not in answer.text


@pytest.mark.parametrize("address", EVERY_WRITE)
def test_strangers_change_and_get_nothing(client: TestClient, address: str) -> None:
    answer = client.post(address, content=b"foto=1", headers=OWN)  # a form
    assert answer.status_code == 303 and answer.headers["location"] == "/entra?verso=%2F"
    answer = client.post(address, content=b"{}", headers=OWN | {"Accept": "*/*"})
    assert answer.status_code == 403
    assert answer.json()["errore"] == "Per continuare bisogna entrare."


def test_the_way_in_tells_nothing_of_the_archive(client: TestClient, photos: Path) -> None:
    answer = client.get("/entra")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "<h1>Entra</h1>" in answer.text and 'autocomplete="current-password"' in answer.text
    for told in ("anna", "bruno", "rosso", str(photos), "Esci", 'href="/dove"'):
        assert told not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert client.get("/risorse/stile.css").status_code == 200  # what it looks like
    assert client.get("/risorse/../foto/1").status_code in (303, 404)


# -- the way in ----------------------------------------------------------------------------------


def test_the_password_lets_in(client: TestClient) -> None:
    answer = enter(client, towards="/foto/1?x=%C3%A8")
    assert answer.status_code == 303 and answer.headers["location"] == "/foto/1?x=%C3%A8"
    (cookie,) = answer.headers.get_list("set-cookie")
    assert re.match(rf"cercafoto-{PORT}=[\w-]{{43}};", cookie)
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie and "Domain" not in cookie and "expires" not in cookie.lower()
    page = client.get("/")
    assert page.status_code == 200 and "<span>anna</span>" in page.text and "Esci" in page.text
    assert client.get("/entra?verso=/dove").headers["location"] == "/dove"  # already in


def test_where_the_proxy_speaks_tls_the_cookie_is_for_tls_alone(
    library: Library, photos: Path, users: Path
) -> None:
    library.index([photos])
    with office(library.settings, users, secure=True) as client:
        assert "non è cifrata" not in client.get("/entra").text
        answer = enter(client, headers=SECURE_OWN)
        assert answer.status_code == 303 and "; Secure" in answer.headers["set-cookie"]
        assert is_in(client)
        # What a page of plain HTTP sends is of another origin.
        plain = {"Origin": f"http://{NAME}", "Sec-Fetch-Site": "same-origin"}
        assert client.post("/esci", headers=plain).status_code == 403


def test_names_are_taken_as_people_type_them(client: TestClient) -> None:
    assert enter(client, " Anna ").status_code == 303
    assert "<span>anna</span>" in client.get("/").text


@pytest.mark.parametrize(
    ("name", "password"),
    [("anna", "sbagliata"), ("nessuno", PASSWORD), ("", ""), ("anna", ""), ("anna", "x" * 10_000),
     ("anna\x00", PASSWORD), ("anna", PASSWORD.upper())],
)  # fmt: skip
def test_anything_else_does_not_and_tells_not_why(
    client: TestClient, name: str, password: str
) -> None:
    answer = enter(client, name, password)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert "Nome o password sbagliati. Controllali e riprova." in answer.text
    assert not password or password not in answer.text
    assert not is_in(client)


def test_a_name_that_nobody_has_costs_a_password_all_the_same(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def is_right(hash_: str, password: str) -> bool:
        looked.append(hash_)
        return False

    monkeypatch.setattr("cercafoto.web.reception.is_right", is_right)
    for name in ("anna", "nessuno"):
        assert enter(client, name).status_code == 403
    assert looked[0] == hashed() and len(looked) == 2
    # Of the same cost: kind, version, memory, time, lanes.
    assert looked[1].rsplit("$", 2)[0] == looked[0].rsplit("$", 2)[0]


def test_nobodys_password_lets_nobody_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.web.reception.is_right", lambda hash_, password: True)
    assert enter(client, "nessuno").status_code == 403


def test_after_a_few_attempts_one_waits(client: TestClient, clock: Clock) -> None:
    for _ in range(MOST_OF_BOTH):
        assert enter(client, password="sbagliata").status_code == 403
    answer = enter(client)  # the right one is not looked at either
    assert answer.status_code == 429 and answer.headers["retry-after"] == str(WINDOW + 1)
    assert "Troppi tentativi. Riprova fra 15 minuti." in answer.text
    assert not is_in(client)
    assert enter(client, "bruno").status_code == 303
    clock.now = WINDOW
    assert enter(client).status_code == 303


def test_many_attempts_at_once_are_as_many(client: TestClient) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda at: enter(client, password=f"sbagliata{at}"), range(12)))
    codes = [answer.status_code for answer in answers]
    assert codes.count(403) == MOST_OF_BOTH and codes.count(429) == 12 - MOST_OF_BOTH


@pytest.mark.parametrize(
    "towards",
    ["//esempio.it", "https://esempio.it", "/\\esempio.it", "\\\\esempio.it", "javascript:alert(1)",
     "/\t/esempio.it", "/\r\nSet-Cookie: a=b", "esempio.it", "", "/entra?verso=/", "/esci",
     "/%0d%0a" + "x" * 5000, " //esempio.it"],
)  # fmt: skip
def test_one_goes_on_within_the_page_alone(client: TestClient, towards: str) -> None:
    shown = client.get("/entra", params={"verso": towards}).text
    assert 'name="verso" value="/"' in shown
    assert enter(client, towards=towards).headers["location"] == "/"
    assert client.get("/entra", params={"verso": towards}).headers["location"] == "/"


def test_a_click_on_another_site_asks_once_more_with_the_cookie(client: TestClient) -> None:
    """The browser keeps a SameSite=Strict cookie back then: who is in would seem to be out."""
    asked = {"Sec-Fetch-Site": "cross-site"}
    answer = client.get('/foto/1?q="><b>', headers=asked)
    assert answer.status_code == 200 and "set-cookie" not in answer.headers
    assert 'content="0; url=/foto/1?q=' in answer.text and "<b>" not in answer.text
    assert client.get("/entra", headers=asked).status_code == 200
    for address in ("//esempio.it/x", "///esempio.it", "/%5Cesempio.it"):
        answer = client.get(f"{HOME}{address}", headers=asked)
        assert re.search(r'url=/(%5Cesempio.it)?"', answer.text), answer.text
    enter(client)
    assert "<span>anna</span>" in client.get("/", headers=asked).text


def test_a_new_session_replaces_the_old_one(client: TestClient) -> None:
    enter(client)
    old = dict(client.cookies)
    enter(client, "bruno")
    assert "<span>bruno</span>" in client.get("/").text
    client.cookies.clear()
    client.cookies.update(old)
    assert not is_in(client)


def test_searches_go_on_while_passwords_are_looked_at(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(client)
    begun, go_on = threading.Semaphore(0), threading.Event()

    def is_right(hash_: str, password: str) -> bool:
        begun.release()
        return not go_on.wait(60)

    monkeypatch.setattr("cercafoto.web.reception.is_right", is_right)
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(enter, client, "bruno", "sbagliata") for _ in range(4)]
        try:
            assert begun.acquire(timeout=60) and begun.acquire(timeout=60)
            assert "rosso.png" in client.get("/?q=rosso").text
            assert not begun.acquire(blocking=False)  # of 64 MB each, two at a time
        finally:
            go_on.set()
        assert [one.result().status_code for one in tries] == [403] * 4


# -- sessions ------------------------------------------------------------------------------------


def test_an_invented_or_changed_cookie_is_none(client: TestClient) -> None:
    enter(client)
    (value,) = dict(client.cookies).values()
    client.cookies.clear()
    for wrong in ("x", "", value[:-1], f"{value}a", value.swapcase(), hashed(), "anna"):
        answer = client.get("/", headers={"Cookie": f"cercafoto-{PORT}={wrong}"})
        assert answer.status_code == 303, wrong
    assert client.get("/", headers={"Cookie": 'a="\x01; ;;=='}).status_code == 303
    assert client.get("/", headers={"Cookie": f"cercafoto-{PORT}={value}"}).status_code == 200


def test_leaving_ends_the_session(client: TestClient) -> None:
    enter(client)
    cookies = dict(client.cookies)
    answer = client.post("/esci", headers=OWN)
    assert answer.status_code == 303 and answer.headers["location"] == "/entra"
    assert 'cercafoto-8420=""' in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache"'
    client.cookies.update(cookies)  # who kept it has nothing
    assert not is_in(client)
    assert client.post("/esci", headers=OWN).status_code == 303
    assert client.get("/esci").status_code == 405 or not is_in(client)


def test_a_session_ends_by_itself(client: TestClient, clock: Clock) -> None:
    enter(client)
    clock.now = LASTS - 1
    assert is_in(client)
    clock.now = LASTS
    assert not is_in(client)


def test_who_is_removed_is_out_at_once(client: TestClient, users: Path) -> None:
    enter(client)
    assert is_in(client)
    write_users(users, f"bruno:cerca:{hashed()}")
    assert not is_in(client)
    assert client.get("/foto/1", headers={"Accept": "*/*"}).status_code == 403
    script = OWN | {"Accept": "*/*"}
    answer = client.post("/foto/1/etichette", json={"aggiungi": ["dopo"]}, headers=script)
    assert answer.status_code == 403
    assert enter(client).status_code == 403
    write_users(users)  # who comes back enters anew
    assert not is_in(client)


def test_a_new_password_ends_sessions(client: TestClient, users: Path) -> None:
    enter(client)
    new = hashed("tutt'altra cosa")
    write_users(users, f"anna:cerca+etichetta:{new}")
    assert not is_in(client)
    assert enter(client, password="tutt'altra cosa").status_code == 303


def test_a_damaged_file_lets_nobody_in_until_it_is_mended(
    client: TestClient, users: Path, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client)
    write_users(users, "rovinata")
    for _ in range(2):
        answer = client.get("/")
        assert answer.status_code == 503 and "errore nell&#39;elenco degli utenti" in answer.text
        assert str(users) not in answer.text
        assert enter(client).status_code == 503
        stranger = OWN | {"Cookie": ""}
        assert client.get("/entra", headers=stranger).status_code == 503
        assert enter(client, headers=stranger).status_code == 503
    told = [record.getMessage() for record in caplog.records if "riga 1" in record.getMessage()]
    assert len(told) == 1 and str(users) in told[0]
    write_users(users)
    assert is_in(client)
    caplog.clear()
    write_users(users, "rovinata")
    assert not is_in(client) and "riga 1" in caplog.text


def test_an_old_hash_is_renewed_when_the_password_is_at_hand(
    client: TestClient, users: Path
) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    write_users(users, "# ufficio", f"anna:cerca:{old}")
    assert enter(client).status_code == 303
    comment, line = users.read_text("utf-8").splitlines()
    assert comment == "# ufficio" and line.startswith("anna:cerca:$argon2id$")
    assert "m=1024,t=1" not in line
    assert is_in(client) and enter(client).status_code == 303


def test_what_goes_wrong_at_the_door_is_in_the_log(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, password="sbagliata")
    enter(client, "la mia password")
    told = [record.getMessage() for record in caplog.records if "rifiutato" in record.getMessage()]
    assert told[0] == "Accesso rifiutato da testclient: anna."
    assert told[1] == "Accesso rifiutato da testclient: nome sconosciuto."


# -- rights --------------------------------------------------------------------------------------


def test_who_may_only_search_is_shown_no_form_and_changes_nothing(client: TestClient) -> None:
    enter(client)
    client.post("/foto/1/etichette", json={"aggiungi": ["nonna"]}, headers=OWN)
    shown = client.get("/foto/1").text
    assert 'id="aggiungi"' in shown and 'data-togli="nonna"' in shown
    enter(client, "bruno")
    shown = client.get("/foto/1").text
    assert "nonna" in shown and 'id="aggiungi"' not in shown and "data-togli" not in shown
    for change in ({"aggiungi": ["intrusa"]}, {"togli": ["nonna"]}):
        answer = client.post("/foto/1/etichette", json=change, headers=OWN)
        assert answer.status_code == 403
        assert answer.json()["errore"] == "«bruno» può cercare, ma non etichettare."
    assert "nonna" in client.get("/foto/1").text and "intrusa" not in client.get("/foto/1").text


def test_who_may_only_search_may_do_all_the_rest(client: TestClient) -> None:
    enter(client, "bruno")
    for page in ("/", "/?q=rosso", "/foto/1", "/originale/1", "/dove", "/etichetta", "/faccette"):
        assert client.get(page).status_code == 200, page
    assert client.post("/scarica", data={"foto": ["1", "2"]}, headers=OWN).status_code == 200
    given = {"foto": "f1", "testo": "rosso\nblu"}
    assert client.post("/etichetta", json=given, headers=OWN).status_code == 200


def test_a_right_taken_away_is_gone_at_once(client: TestClient, users: Path) -> None:
    enter(client)
    write_users(users, f"anna:cerca:{hashed()}")
    assert is_in(client)
    answer = client.post("/foto/1/etichette", json={"aggiungi": ["x"]}, headers=OWN)
    assert answer.status_code == 403


# -- other sites ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://esempio.it"}, {"Origin": "null"}, {"Origin": SECURE}, {},
     OWN | {"Sec-Fetch-Site": "cross-site"}, OWN | {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_another_site_cannot_write_nor_enter_nor_leave(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert enter(client, headers=headers).status_code == 403
    assert enter(client).status_code == 303
    for address in (*EVERY_WRITE, "/esci"):
        assert client.post(address, content=b"{}", headers=headers).status_code == 403
    assert is_in(client)


@pytest.mark.parametrize(
    "host", ["esempio.it", f"{NAME}.esempio.it", "192.168.1.1:8420", f"{NAME}:1"]
)
def test_a_name_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    enter(client)
    assert client.get("/", headers={"Host": host}).status_code == 421


def test_the_public_name_is_ours(client: TestClient) -> None:
    for host in (NAME, NAME.upper(), f"127.0.0.1:{PORT}"):
        assert client.get("/entra", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("address", "believed"),
    [("127.0.0.1", True), ("::1", True), ("192.168.1.2", True), ("192.168.1.3", False)],
)
def test_only_a_known_proxy_is_believed(
    library: Library,
    photos: Path,
    users: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
    believed: bool,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # what uvicorn else goes by
    library.index([photos])
    app = user_app(
        PageArchive(library.settings), Place(), PORT, (NAME,), Reception(UserFile(users))
    )
    config = configuration(app, ("192.168.1.2",))
    config.load()
    told = {"X-Forwarded-For": "10.0.0.7", "X-Forwarded-Proto": "https", "Accept": "text/html"}
    with TestClient(
        config.loaded_app,  # type: ignore[arg-type]
        base_url=f"http://{NAME}",
        client=(address, 1),
        follow_redirects=False,
        headers=told,
    ) as client:
        assert ("non è cifrata" in client.get("/entra").text) is not believed
        own = {"Origin": SECURE if believed else f"http://{NAME}"}
        assert enter(client, password="sbagliata", headers=own).status_code == 403
        assert f"da {'10.0.0.7' if believed else address}: anna" in caplog.text
        answer = enter(client, headers=own)
        assert answer.status_code == 303
        assert ("; Secure" in answer.headers["set-cookie"]) is believed
