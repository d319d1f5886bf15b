"""Videos on the page: the found frame in the grid, and a player that begins there."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from cercafoto import Library
from tests.support.clips import BLUE, GREEN, RED, make_clip
from tests.support.optional_packages import needs
from tests.support.web_client import visitor

pytestmark = needs("av")


@pytest.fixture
def film(photos: Path) -> Path:
    return make_clip(photos / "film.mp4", [RED, GREEN, BLUE], 2)


@pytest.fixture
def client(library: Library, photos: Path, film: Path) -> Iterator[TestClient]:
    library.index([photos])
    with visitor(library.settings) as found:
        yield found


def test_the_frame_is_shown_and_the_video_plays_from_there(client: TestClient, film: Path) -> None:
    text = client.get("/?q=blu").text
    link, picture = re.search(
        r'href="(/foto/\d+[^"]*)" data-foto="\d+">\s*<img src="([^"]+)" alt="film.mp4"', text
    ).groups()  # type: ignore[union-attr]
    assert picture.endswith(".webp?t=4.000") and link.endswith("&amp;t=4.000")
    assert "a 0:04" in text
    shown = client.get(picture)
    assert shown.status_code == 200
    r, g, b = Image.open(io.BytesIO(shown.content)).convert("RGB").getpixel((2, 60))  # type: ignore[misc]
    assert b > 2 * max(r, g)
    etag = {"If-None-Match": shown.headers["etag"]}
    assert client.get(picture, headers=etag).status_code == 304
    assert client.get(picture.partition("?")[0], headers=etag).status_code == 200
    page = client.get(link.replace("&amp;", "&")).text
    source, poster = re.search(r'<video src="([^"]+)" poster="([^"]+)"', page).groups()  # type: ignore[union-attr]
    assert source.endswith("#t=4.000") and poster.endswith("?t=4.000")
    assert "<dt>Durata</dt><dd>0:06</dd>" in page
    original = source.partition("#")[0]
    part = client.get(original, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.headers["content-type"]) == (206, "video/mp4")
    assert part.content == film.read_bytes()[4:12] == b"ftypisom"
    assert client.get(original).content == film.read_bytes()


def test_videos_have_a_mark_with_their_length_in_the_grid(client: TestClient) -> None:
    for text in (client.get("/").text, client.get("/?q=blu").text, client.get("/altre?q=blu").text):
        tiles = re.findall(r'<a class="apri".*?</a>', text, re.DOTALL)
        marked = [tile for tile in tiles if "filmato" in tile]
        assert len(tiles) > 1 and len(marked) == 1
        assert 'alt="film.mp4"' in marked[0]
        assert re.search(r'<span class="nascosto">video </span>0:06</span>', marked[0])


def test_the_page_calls_a_video_a_video(client: TestClient, photos: Path) -> None:
    number = len(list(photos.iterdir())) - 1
    assert f'<p class="quante">{number} foto e 1 video</p>' in client.get("/").text


def test_an_address_with_a_wrong_time_shows_the_first_frame(client: TestClient) -> None:
    number = re.search(r'data-foto="(\d+)">\s*<img [^>]*alt="film.mp4"', client.get("/").text)[1]  # type: ignore[index]
    plain = client.get(f"/foto/{number}").text
    for wrong in ("-1", "nan", "1e9", "9999999999", "0x1", "<b>"):
        assert client.get(f"/foto/{number}?t={wrong}").text == plain
    assert re.search(rf'<video src="/originale/{number}"', plain)
    photo = re.search(r'data-foto="(\d+)">\s*<img [^>]*alt="rosso.png"', client.get("/").text)[1]  # type: ignore[index]
    assert "<video" not in client.get(f"/foto/{photo}").text


def film_id(client: TestClient) -> str:
    found = re.search(r'data-foto="(\d+)">\s*<img [^>]*alt="film.mp4"', client.get("/").text)
    assert found is not None
    return f"f{found[1]}"


def test_where_shows_the_moment_that_answers_or_the_one_that_was_open(client: TestClient) -> None:
    film = film_id(client)
    for asked, words, when in ((film, "blu", "4.000"), (f"{film}t2.000", "blu", "2.000")):
        text = client.get("/dove", params={"foto": asked, "q": words}).text
        assert f"webp?t={when}" in text and f"/dove/mappa.png?foto={film}t{when}&amp;" in text
        assert f"Nel video, a 0:0{when[0]}." in text
        assert f'name="foto" value="{asked}"' in text  # other words ask anew
        assert ("Probabilmente non c’è" in text) == (when == "2.000")
    assert client.get(f"/dove/mappa.png?foto={film}t4.000&q=blu").status_code == 200
    page = client.get(f"/foto/{film[1:]}?t=4.000").text
    assert all(
        f"{where}={film}t4.000" in page for where in ("/dove?foto", "/etichetta?foto", "come")
    )
    assert "Nel video" not in client.get("/dove?foto=f1&q=rosso").text


def test_labels_are_tried_on_all_moments_or_on_one(client: TestClient) -> None:
    def likely(picture: str) -> dict[str, float]:
        asked = {"foto": picture, "testo": "rosso\nblu\nverde\ngiallo"}
        text = client.post("/etichetta", json=asked).text
        found = re.findall(r'class="nome"[^>]*>(\w+)<.*?value="([\d.]+)"', text, re.S)
        return {label: float(value) for label, value in found}

    whole, moment = likely(film_id(client)), likely(f"{film_id(client)}t4.000")
    assert min(whole["rosso"], whole["verde"], whole["blu"]) > 0.2 > whole["giallo"]
    assert moment["blu"] > 0.2 and moment["rosso"] < 0.02


def test_more_like_a_video_or_like_one_moment(client: TestClient, library: Library) -> None:
    def found(asked: str) -> list[str]:
        return re.findall(r'<img src="[^"]+" alt="(\w+)\.\w+"', client.get(asked).text)

    film = film_id(client)
    like = f'href="/?come={film}t4.000"'
    assert like in client.get(f"/foto/{film[1:]}?t=4.000").text
    assert found(f"/?come={film}t4.000")[0] == "blu" and "film" not in found(f"/?come={film}")
    assert set(found(f"/?come={film}")[:3]) == {"rosso", "verde", "blu"}
    assert "film.mp4 a 0:04" in client.get(f"/?come={film}t4.000").text
    asked = {"nome": "Blu", "domanda": f"come={film}t4.000"}
    assert client.post("/raccolte", json=asked).status_code == 200
    (kept,) = library.collections.photos(["Blu"])
    assert [path.name for path in kept.collection.question.like] == ["film.mp4 0:04"]
