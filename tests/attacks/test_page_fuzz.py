"""The page, asked for nonsense on every route: it reports the error and never crashes."""

from __future__ import annotations

import json
import logging
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from starlette.convertors import IntegerConvertor
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from cercafoto import Library
from cercafoto.question.filters.all_filters import OPTIONS
from tests.support.web_client import HOME, OWN, PORT, TOKEN, stranger
from tests.web.test_pages import picture

EACH = 40  # requests of a route and method
QUERY = ("q", "segue", "conta", "letterale", "come", "piu", "meno", "tutte", "foto", "chiave",
         *(option.name for option in OPTIONS))  # fmt: skip
NUMBERS = ("1", "3", "0", "-1", "01", "9" * 18, "9" * 19, "9" * 26, "9" * 5000, "1e5", "٣", "")
DEEP = "[" * 20_000
RAW = (b"\0", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", "è".encode(), b"%00", b"..", b"../..",
       b"/", b"\\", b"\r\n", b"'\"<>&;", b"a" * 900, "\u202e\ufeff".encode(), b"{}", b"%s%n",
       "𝟙".encode())  # fmt: skip
WORDS = ("rosso", "rosso -blu", "rosso, verde", "-", '"', '""', "ieri", "nel 99999", "2019-02-30",
         "f1", "f999", f"f{'9' * 18}", f"f{'9' * 26}", f"c{'0' * 32}", "rosso:9e999", "a:b:c",
         "/", "/etc", "C:\\", "foto:/x", "1999-13", "2019", "2019-02", "0000", "9999-12",
         "1:2:3", "2019-01-01T00:00:00:1:1", "40", "altro", "[uno: x]", "x @nan", "gatto: micio, "
         "gattino", "a > b > a", "scritta «rosso»", "dopo il 31/02/2020", "prima del 9999",
         "negli anni 00000", "ISO 99999999999999999999", f"con {'9' * 30} stelle")  # fmt: skip
JSON: tuple[Any, ...] = (
        None, True, 1, -1.5, 10**400, float("nan"), "", "x", "\ud800", "a\0b", [], ["x"], [["x"]],
        ["\ud800"], ["a\0"], [1], {}, {"x": {}}, "f1", "rosso\nblu", "x" * 5000,
        *WORDS)  # fmt: skip
FIELDS = ("foto", "testo", "aggiungi", "togli")


def value(chance: random.Random) -> str:
    """Return a random value for an address, escaped."""
    kind = chance.randrange(4)
    if kind == 0:
        return quote(chance.choice(NUMBERS))
    if kind == 1:
        return quote_from_bytes(chance.choice(RAW))
    if kind == 2:
        return quote(" ".join(chance.choices(WORDS, k=2)))
    return quote(chance.choice(WORDS))


def address(chance: random.Random, route: Route | Mount) -> str:
    path = route.path
    for name, convertor in getattr(route, "param_convertors", {}).items():
        is_number = isinstance(convertor, IntegerConvertor)
        given = quote(chance.choice(NUMBERS)) if is_number else value(chance)
        given = "1" if chance.random() < 0.4 else given
        path = re.sub(rf"{{{name}(:\w+)?}}", given.replace("\\", r"\\"), path)
    if isinstance(route, Mount):
        path = f"{route.path}/{value(chance)}"
    names = chance.choices(QUERY, k=chance.randrange(4))
    if names and chance.random() < 0.3:
        names += ["foto", "q"]
    query = "&".join(
        f"{name}={'f1' if name == 'foto' and chance.random() < 0.6 else value(chance)}"
        for name in names
    )
    return f"{path}?{query}" if query else path


def body(chance: random.Random) -> bytes:
    kind = chance.randrange(6)
    if kind == 0:
        return chance.choice(
            [DEEP.encode(), b'{"a":' * 20_000, b"", b"{", b"[]", b"\xff", b'{"foto": "\xff"}',
             b"9" * 5000, b'{"foto": ' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}"]
        )  # fmt: skip
    if kind == 1:
        return urlencode([("foto", chance.choice(NUMBERS)) for _ in range(3)]).encode()
    if kind == 2:
        return b'--x\r\nContent-Disposition: form-data; name="a"\r\n' + chance.choice(RAW)
    if kind == 3:
        whole = picture((200, 10, 10))
        return whole[: chance.randrange(len(whole))] + chance.choice(RAW)
    names = chance.sample(FIELDS, k=chance.randrange(1, len(FIELDS) + 1))
    given: dict[str, Any] = {name: chance.choice(JSON) for name in names}
    if chance.random() < 0.5:
        given["foto"] = "f1"
    return json.dumps(given).encode()


def headers(chance: random.Random) -> list[tuple[str, bytes]]:
    odd = chance.choice(RAW).replace(b"\r\n", b"").replace(b"\0", b"")
    name = chance.choice(["Range", "If-Range", "If-None-Match", "Content-Type", "X-Odd", "Accept"])
    some = [
        b"bytes=0-",
        b"bytes=-0",
        b"bytes=9-1",
        b"bytes=-" + b"9" * 18,
        b"bytes=0-1,3-4",
        b"bytes=" + b"9" * 30 + b"-",
        b"multipart/form-data; boundary=x",
        b"multipart/form-data",
        b"application/x-www-form-urlencoded",
        b"application/json; charset=nonsense",
        odd,
    ]
    return [(name, chance.choice(some))]  # fmt: skip


def wrong(client: TestClient, method: str, target: str, **sent: Any) -> str:
    """Return the fault that a request caused; "" if none."""
    try:
        answer = client.request(method, target, **sent)
    except Exception as error:  # what a server would answer with 500
        return f"{method} {target[:200]} {str(sent)[:200]}: {error!r:.200}"
    if answer.status_code >= 500:
        return f"{method} {target[:200]}: {answer.status_code}"
    return ""


def test_no_route_breaks(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(7)
    problems = []
    for route in client.app.routes:  # type: ignore[attr-defined]
        for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD"}):
            for _ in range(EACH):
                sent: dict[str, Any] = {"headers": headers(chance)}
                if method != "GET":
                    sent["content"] = body(chance)
                    sent["headers"] += [(name, value.encode()) for name, value in OWN.items()]
                problems.append(wrong(client, method, address(chance, route), **sent))
    assert not [problem for problem in problems if problem]
    assert len(problems) > 15 * EACH
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def test_no_number_bytes_or_json_break_a_page(client: TestClient) -> None:
    # No number breaks a page.
    for number in NUMBERS:
        given = quote(number)
        for target in (f"/foto/{given}", f"/foto/{given}/etichette", f"/originale/{given}",
                   f"/miniatura/{given}/0.webp", f"/vista/{given}/0.webp", f"/?segue={given}",
                   f"/altre?segue={given}", f"/?q=rosso&segue={given}",
                   f"/altre?q=rosso&segue={given}",
                   f"/?piu={given}", f"/?come=f{given}",
                   f"/mappa/gruppi?vista={given},{given},{given},{given}&passo={given}",
                   f"/dove?foto=f{given}&q=x", f"/etichetta?foto=f{given}"):  # fmt: skip
            assert not wrong(client, "GET", target)
        assert not wrong(client, "POST", "/scarica", data={"foto": [number]})
        assert not wrong(client, "POST", f"/foto/{given}/etichette", json={"aggiungi": ["x"]})
    # No bytes break a page.
    for raw in RAW:
        given = quote_from_bytes(raw)
        for name in QUERY:
            assert not wrong(client, "GET", f"/?{name}={given}")
        for target in (f"/dove?foto=f1&q={given}", f"/dove/mappa.png?foto=f1&q={given}",
                   f"/caricata/{given}.webp", f"/vista/1/{given}.webp", f"/risorse/{given}",
                   f"/?q=rosso&segue={given}", f"/?in=/{given}",
                       f"/?riquadro={given}", f"/mappa?riquadro={given}",
                       f"/mappa/gruppi?vista={given}&passo=1",
                       f"/mappa/gruppi?vista=0,0,9,9&passo={given}"):  # fmt: skip
            assert not wrong(client, "GET", target)
    # No json breaks a page.
    for given in JSON:
        for content in (
            {"nome": given, "domanda": "q=rosso"},
            {"nome": "Mia", "domanda": given},
            {"nome": given, "foto": given, "detto": given},
        ):
            assert not wrong(client, "POST", "/raccolte", content=json.dumps(content).encode())
        for target in ("/foto/1/etichette", "/etichetta"):
            for content in (
                {"aggiungi": given, "foto": "f1", "testo": given},
                {"togli": given, "foto": given, "testo": "rosso"},
                {"aggiungi": [given], "foto": "f1", "testo": [given]},
                given,
            ):
                assert not wrong(client, "POST", target, content=json.dumps(content).encode())
    # Nested json is refused.
    for target in ("/foto/1/etichette", "/etichetta"):
        for nested in (DEEP, '{"testo":' * 20_000, "9" * 5000):
            assert client.post(target, content=nested).status_code == 400


@pytest.mark.parametrize("raw", [b"\xe8", "è".encode(), b"\xff\xfe", b'"\\377"', b"\\350", b";=;"])
def test_no_key_breaks_the_guard(library: Library, photos: Path, raw: bytes) -> None:
    library.index([photos])
    with stranger(library.settings) as client:
        for name in (b"cercafoto-%d" % PORT, b"altro"):
            answer = client.get("/", headers=[(b"cookie", name + b"=" + raw)])
            assert answer.status_code == 403
        for key in (quote_from_bytes(raw), f"{TOKEN}{quote_from_bytes(raw)}"):
            assert client.get(f"/?chiave={key}").status_code == 403
        for header in (b"origin", b"sec-fetch-site", b"host"):
            answer = client.post("/carica", headers=[(header, raw)])
            assert answer.status_code in (403, 421)
        assert client.get(f"{HOME}/?chiave={TOKEN}").status_code == 200
