"""«Da inviare…»: the photos of an answer as a gallery, in a ZIP file."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from cercafoto.errors import CercafotoError
from cercafoto.web.gallery import MARK
from cercafoto.web.pages import gallery
from tests.conftest import PAINT, paint
from tests.support.web_client import visitor
from tests.support.web_server import running
from tests.web.conftest import let_in

Files = dict[str, bytes]


def sent(client: TestClient, **form: str) -> httpx.Response:
    return client.post("/galleria", data={"lato": "2048", **form})


def files(answer: httpx.Response) -> Files:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        return {entry.filename: found.read(entry) for entry in found.infolist()}


def colours(found: Files) -> list[str]:
    """Return the names of the colours of the large copies."""
    named = []
    for name, data in found.items():
        if name.endswith(".jpg"):
            pixel = Image.open(io.BytesIO(data)).getpixel((9, 9))
            named += [
                name
                for name, colour in PAINT.items()
                if max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) < 15  # type: ignore[arg-type]
            ]
    return named


def test_the_photos_of_the_answer_with_a_title_in_the_size_asked(
    library: Library, client: TestClient, photos: Path
) -> None:
    paint(photos / "rosso.png", PAINT["rosso"], (3000, 2000))
    library.index([photos])
    found = files(answer := sent(client, q="rosso", titolo=" Gita: al\n«mare» ", lato="1024"))
    assert colours(found) == ["rosso"]
    assert "Gita_%20al%20%C2%ABmare%C2%BB.zip" in answer.headers["content-disposition"]
    folder = "Gita_ al «mare»"
    names = ("foto/0001.jpg", "miniature/0001.webp", "index.html")
    assert list(found) == [f"{folder}/{name}" for name in names]
    page = found[f"{folder}/index.html"].decode()
    assert MARK in page and "<h1>Gita: al «mare»</h1>" in page and 'src="foto/0001.jpg"' in page
    assert Image.open(io.BytesIO(found[f"{folder}/foto/0001.jpg"])).size == (1024, 683)
    # Nothing says where the photos are, or what they are called.
    for data in (*found.values(), *(name.encode() for name in found)):
        assert b"rosso" not in data and str(photos.parent).encode() not in data
    # Without a question these are all photos; "tutte" asks for the unlikely ones too.
    assert len(colours(files(sent(client)))) == len(PAINT)
    assert "Foto.zip" in sent(client).headers["content-disposition"]
    assert len(colours(files(sent(client, q="rosso", tutte="1")))) == len(PAINT)


def test_it_has_a_maximum_of_photos_which_the_page_tells(
    library: Library, client: TestClient, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    monkeypatch.setattr(gallery, "MOST_PHOTOS", 2)
    latest = re.findall(r'alt="(\w+)\.png"', client.get("/").text)[:2]
    assert colours(files(sent(client))) == latest
    assert "le prime 2 se sono di più" in client.get("/").text


def test_the_pages_of_an_answer_follow_each_other(
    library: Library, client: TestClient, tmp_path: Path
) -> None:
    folder = tmp_path / "molte"
    for number in range(45):  # more than a page
        paint(folder / f"{number}.png", PAINT["rosso"], (40 + number, 40))
    library.index([folder])
    found = files(sent(client))
    widths = {Image.open(io.BytesIO(d)).width for n, d in found.items() if n.endswith(".jpg")}
    assert widths == set(range(40, 85))


def test_what_is_missing_is_told(library: Library, client: TestClient, photos: Path) -> None:
    library.index([photos])
    (photos / "rosso.png").unlink()
    page = files(sent(client))["Foto/index.html"].decode()
    assert "Manca una foto che non si poteva leggere." in page
    assert page.count("<li ") == len(PAINT) - 1
    paint(photos / "verde.png", (1, 2, 3))
    found = files(sent(client))
    assert "Mancano 2 foto" in found["Foto/index.html"].decode()
    assert "verde" not in colours(found)


def test_what_cannot_be_sent_is_refused_in_words(
    library: Library, client: TestClient, photos: Path
) -> None:
    library.index([photos])
    for form, status, said in (
        ({"q": "rosso", "lato": "99999"}, 400, "La richiesta non è completa."),
        ({"q": "nero"}, 400, "Qui non c’è nessuna foto da inviare."),
        ({"da": "2050"}, 400, "Qui non c’è nessuna foto da inviare."),
    ):
        answer = sent(client, **form)  # type: ignore[arg-type]
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert 'action="/galleria"' not in client.get("/?q=nero").text
    assert client.get("/galleria").status_code == 405


def test_few_are_made_at_a_time_and_each_frees_its_place(
    settings: Settings, library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])

    def broken(*given: Any, **named: Any) -> Iterator[Any]:
        raise CercafotoError("La lettura delle foto è stata interrotta.")
        yield

    with visitor(settings) as client:
        for _ in range(gallery.MOST_AT_ONCE + 1):
            assert sent(client, q="rosso").status_code == 200
        with monkeypatch.context() as context:
            context.setattr(gallery, "copies_of", broken)
            for _ in range(gallery.MOST_AT_ONCE + 1):
                assert sent(client, q="rosso").content == b""  # it breaks off
        for _ in range(gallery.MOST_AT_ONCE):
            assert gallery._making.acquire(blocking=False)
        answer = sent(client, q="rosso")
        assert answer.status_code == 503 and "troppe richieste" in answer.text
        for _ in range(gallery.MOST_AT_ONCE):
            gallery._making.release()
        assert sent(client, q="rosso").status_code == 200


def test_a_client_that_leaves_does_not_stop_the_others(
    settings: Settings, library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What still decodes a photo is waited for in a thread."""
    library.index([photos])
    made, in_loop = gallery.copies_of, list[bool]()

    def watched(*given: Any, **named: Any) -> Iterator[Any]:
        try:
            yield from made(*given, **named)
        finally:
            in_loop.append(asyncio._get_running_loop() is not None)

    async def leave(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await run_in_threadpool(next, self.pieces)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body"})

    monkeypatch.setattr(gallery, "copies_of", watched)
    monkeypatch.setattr(StreamingResponse, "__call__", leave)
    with visitor(settings) as client:
        sent(client, q="rosso")
    assert in_loop == [False]
    assert gallery._making._value == gallery.MOST_AT_ONCE  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_saves_the_gallery_of_the_question(
    browser: Any, library: Library, settings: Settings, photos: Path, tmp_path: Path, width: int
) -> None:
    library.index([photos])
    with (
        running(settings) as address,
        let_in(browser, address, accept_downloads=True) as page,
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address.split('?')[0]}?q=rosso")
        page.get_by_text("Da inviare…").click()
        page.get_by_label("Titolo").fill("Una gita")
        page.get_by_label("Lato lungo delle foto").select_option("1024")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        with page.expect_download() as download:
            page.get_by_role("button", name="Scarica la galleria").click()
        assert download.value.suggested_filename == "Una gita.zip"
        download.value.save_as(tmp_path / "g.zip")
        if width < 700:  # a sheet over the photos, which closes as the others do
            page.keyboard.press("Escape")
            page.locator(".invia:not([open])").wait_for()
    with zipfile.ZipFile(tmp_path / "g.zip") as found:
        assert "Una gita/foto/0001.jpg" in found.namelist()
