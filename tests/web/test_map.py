"""The page "Mappa" without a browser: the list of places, groups as JSON, what it tells."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cercafoto import Library, Settings
from cercafoto.places.gazetteer import Gazetteer
from cercafoto.question.values import Rectangle
from tests.search.test_own_words import Photos
from tests.web.test_pages import chips

# Folder -> where its photos were taken, and how many they are; the fourth has no position.
TAKEN = {"siena": (43.318, 11.331, 4), "roma": (41.9, 12.49, 2), "elba": (42.76, 10.24, 1)}
WHOLE = {"vista": "-85,-180,85,180", "passo": "40"}


@pytest.fixture
def travels(library: Library, tmp_path: Path) -> Library:
    photos = Photos(tmp_path / "foto")
    for folder, (latitude, longitude, number) in TAKEN.items():
        for i in range(number):
            at = (latitude + i / 1000, longitude)
            photos.add(f"{folder}/{i}.jpg", f"2019:0{i + 1}:01", at=at)
    photos.add("casa/0.jpg", "2018:01:01")
    photos.add("casa/1.jpg", "2018:01:02")
    library.index([photos.root])
    return library


@pytest.fixture
def client(travels: Library, settings: Settings) -> Iterator[TestClient]:
    from tests.support.web_client import visitor

    with visitor(settings) as found:
        yield found


def listed(text: str) -> list[tuple[str, int, str]]:
    """Return (place, photos, address) of the list."""
    section = text.partition('<section class="luoghi"')[2].partition("</section>")[0]
    return [
        (" ".join(re.sub("<[^>]+>", "", name).split()), int(number), html.unescape(address))
        for address, name, number in re.findall(
            r'<li><a href="([^"]+)"><span>(.*?)</span> <span class="numero">(\d+)<', section
        )
    ]


def test_the_list_says_the_places_and_leads_to_their_photos(client: TestClient) -> None:
    text = client.get("/mappa").text
    assert "7 foto sulla mappa" in text and "Altre 2 non hanno posizione" in text
    places = listed(text)
    assert [(name, number) for name, number, _ in places] == [
        ("Siena Toscana, Italia", 4),
        ("Roma Lazio, Italia", 2),
        ("Campo nell’Elba Livorno, Toscana, Italia", 1),
    ]
    for _, number, address in places:
        assert f'<p class="quante">{number} foto' in client.get(address).text
    narrowed = client.get("/mappa?da=2019-02&q=").text
    assert [number for _, number, _ in listed(narrowed)] == [3, 1]


def test_the_map_is_of_the_photos_of_the_answer(client: TestClient) -> None:
    text = client.get("/mappa?q=a+Roma").text
    assert "2 foto sulla mappa" in text
    ((chip, rest),) = chips(text).items()
    assert chip.startswith("dove Roma") and rest == "/mappa"
    found = client.get("/mappa/gruppi", params={"q": "a Roma", **WHOLE}).json()["gruppi"]
    assert [group["foto"] for group in found] == [2]
    assert 'href="/mappa?q=a+Roma"' in client.get("/?q=a+Roma").text  # "Sulla mappa"
    # An answer that was searched has only its nearest photos.
    found = client.get("/mappa/gruppi", params={"q": "rosso", **WHOLE}).json()["gruppi"]
    assert 0 < sum(group["foto"] for group in found) <= 7


def test_groups_have_a_picture_and_a_rectangle_that_asks_for_them(client: TestClient) -> None:
    answer = client.get("/mappa/gruppi", params={"vista": "41,9,44,13", "passo": "0.5"}).json()
    assert [group["foto"] for group in answer["gruppi"]] == [4, 2, 1]
    assert {"Roma", "Siena"} <= {name for name, *_ in answer["paesi"]}
    for group in answer["gruppi"]:
        assert client.get(group["miniatura"]).headers["content-type"] == "image/webp"
        (south, west, north, east) = group["area"]
        assert south <= group["punto"][0] <= north and west <= group["punto"][1] <= east
        corners = f"{south - 1e-5},{west - 1e-5},{north + 1e-5},{east + 1e-5}"
        text = client.get("/", params={"riquadro": corners}).text
        assert f'<p class="quante">{group["foto"]} foto' in text
        assert next(iter(chips(text))).startswith("in questo riquadro da ")
    one = client.get("/mappa/gruppi", params={"vista": "41,9,44,13", "passo": "40"}).json()
    assert [group["foto"] for group in one["gruppi"]] == [7]


def test_what_is_no_view_or_no_rectangle_is_told(client: TestClient) -> None:
    for view, step in (("", "1"), ("1,2,3", "1"), ("1,2,3,nan", "1"), ("0,0,1,1", "inf")):
        answer = client.get("/mappa/gruppi", params={"vista": view, "passo": step})
        assert answer.status_code == 400 and "non è completo" in answer.text
    assert client.get("/mappa/gruppi", params={"vista": "9,9,0,0", "passo": "0"}).json()[
        "gruppi"
    ] == []  # fmt: skip
    answer = client.get("/mappa?riquadro=boh")
    assert answer.status_code == 400
    assert "«In un riquadro» vuole due angoli" in answer.text


def test_without_positions_the_page_says_so(library: Library, photos: Path) -> None:
    from tests.support.web_client import visitor

    library.index([photos])
    with visitor(library.settings) as client:
        text = client.get("/mappa").text
        assert "Nessuna foto ha una posizione" in text and not listed(text)


def test_towns_come_with_the_largest_first_and_over_the_180th_meridian() -> None:
    towns = Gazetteer().towns_in(Rectangle(43, 11, 43.5, 11.6), 3)
    assert [name for name, *_ in towns] == ["Siena", "Poggibonsi", "Colle di Val d'Elsa"]
    assert "Suva" in [name for name, *_ in Gazetteer().towns_in(Rectangle(-20, 170, -10, -170), 9)]
    assert len(Gazetteer().towns_in(Rectangle(-90, -180, 90, 180), 50)) == 50
    assert Gazetteer().towns_in(Rectangle(30, -40, 35, -38), 9) == []
