"""Photos that only may show the person asked for come last in every order, and are marked."""

from __future__ import annotations

import html
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library, Question
from cercafoto.browse.answer_page import FoundTile
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.question.filters.filter import Filters
from cercafoto.results.photos import Tile
from cercafoto.terminal.answer_wording import caption
from cercafoto.terminal.browse_state import Browsing
from tests.conftest import Cli
from tests.faces.conftest import EACH, doubt, name_one
from tests.support.clips import make_clip
from tests.support.optional_packages import needs
from tests.support.web_client import visitor

SURE, DOUBTFUL = {f"rosa{n}" for n in range(EACH)}, {"pina0", "pina3"}
WITH_ROSA = Filters(people=("rosa",))


@pytest.fixture
def doubtful(family: Library, tmp_path: Path) -> Library:
    """Rosa is in four photos; the latest and the oldest photo only may show her."""
    in_order = ("pina0", "rosa0", "rosa1", "rosa2", "rosa3", "pina3")
    for hour, name in enumerate(in_order, start=1):
        os.utime(tmp_path / "foto" / f"{name}.png", (hour * 3600, hour * 3600))
    family.index([tmp_path / "foto"])
    family.faces.find()
    name_one(family, "rosa")
    doubt(family, DOUBTFUL, "rosa")
    return family


def stem(path: str | bytes) -> str:
    return Path(os.fsdecode(path)).stem


@pytest.mark.parametrize("words", ["", "rosso", "blu"])
@pytest.mark.parametrize("order", [None, "data", "vecchie", "nome", "fiducia"])
def test_doubtful_photos_are_behind_the_cut(
    doubtful: Library, cli: Cli, words: str, order: str | None
) -> None:
    def hits(number: int) -> list[dict[str, Any]]:
        asked = [*([words] if words else []), "--persona", "rosa", "--tutte", "--json"]
        asked += ["-n", str(number), *(["--ordina", order] if order else [])]
        found: list[dict[str, Any]] = json.loads(cli("cerca", *asked)[1])["hits"]
        return found

    every = hits(50)
    assert {stem(hit["path"]) for hit in every[:EACH]} == SURE
    assert {stem(hit["path"]) for hit in every[EACH:]} == DOUBTFUL
    assert [hit.get("doubtful") for hit in every] == [None] * EACH + [["rosa"]] * 2
    assert all(hit["confidence"] <= 0.15 for hit in every[EACH:])
    assert {stem(hit["path"]) for hit in hits(EACH)} == SURE
    assert [hit.get("doubtful") for hit in hits(EACH + 1)] == [None] * EACH + [["rosa"]]


def test_pages_by_date_end_with_doubtful_photos(doubtful: Library) -> None:
    query = doubtful.parse(Question(typed=WITH_ROSA))
    for size in range(1, EACH + 3):
        tiles: list[Tile] = []
        after, totals = "", []
        while True:
            page = doubtful.photos.page(query, size, after)
            tiles += page.tiles
            totals.append(page.total)
            if not (after := page.after):
                break
        assert [stem(tile.path) for tile in tiles] == [
            *("rosa3", "rosa2", "rosa1", "rosa0"), *("pina3", "pina0")
        ]  # fmt: skip
        assert [tile.doubtful for tile in tiles] == [()] * EACH + [("rosa",)] * 2
        assert totals[0] == EACH + 2


def test_a_photo_s_own_page_says_whom_it_only_may_show(doubtful: Library) -> None:
    tiles = doubtful.photos.page(doubtful.parse(Question(typed=WITH_ROSA)), 9).tiles
    assert len(tiles) == EACH + len(DOUBTFUL)
    with visitor(doubtful.settings) as client:
        for tile in tiles:
            who = "forse rosa" if stem(tile.path) in DOUBTFUL else "rosa"
            page = client.get(f"/foto/{tile.photo_id}").text
            assert f"<dt>Persone</dt><dd>{who}</dd>" in page
    with visitor(replace(doubtful.settings, people=False)) as client:
        assert not any("<dt>Persone" in client.get(f"/foto/{tile.photo_id}").text for tile in tiles)


def test_pages_of_a_search_end_with_doubtful_photos(doubtful: Library) -> None:
    archive = BrowsedArchive(doubtful.settings, page=2)
    asked, after = Asked(words="rosso", typed=WITH_ROSA, everything=True), ""
    found: list[FoundTile] = []
    while True:
        answer = archive.answer(asked, after)
        found += answer.found
        if not (after := answer.after):
            break
    archive.close()
    assert {stem(each.tile.path) for each in found[:EACH]} == SURE
    assert [each.tile.doubtful for each in found] == [()] * EACH + [("rosa",)] * 2


@pytest.mark.parametrize("words", ["", "rosso"])
def test_every_surface_marks_them(doubtful: Library, cli: Cli, words: str, tmp_path: Path) -> None:
    asked = [*([words] if words else []), "--persona", "rosa", "--tutte"]
    rows = cli("cerca", *asked)[1].splitlines()
    assert [("forse rosa" in row) for row in rows if ".png" in row] == [False] * EACH + [True] * 2
    assert cli("cerca", *asked, "--html", str(tmp_path / "rosa.html"), "--con-percorsi")[0] == 0
    kept = (tmp_path / "rosa.html").read_text().split("<li ")[1:]
    assert ["forse rosa</p>" in each for each in kept] == [False] * EACH + [True] * 2
    with visitor(doubtful.settings) as client:
        grid = client.get("/", params={"q": words, "persona": "rosa", "tutte": "1"}).text
        tiles = re.findall(r'<li class="tessera.*?</li>', grid, re.S)
        assert ["forse rosa" in html.unescape(tile) for tile in tiles] == [False] * EACH + [
            True
        ] * 2
    browsed = BrowsedArchive(doubtful.settings)
    answer = browsed.answer(Asked(words=words, typed=WITH_ROSA, everything=True))
    screen = Browsing(Asked(words=words), answer, found=list(answer.found))
    captions = [caption(screen, place, False).plain for place in range(len(answer.found))]
    assert ["forse rosa" in each for each in captions] == [False] * EACH + [True] * 2
    browsed.close()


def test_a_collection_puts_them_last_unless_the_person_put_them_there(doubtful: Library) -> None:
    doubtful.collections.keep("Rosa", Question(typed=WITH_ROSA))
    query = doubtful.parse(Question(typed=Filters(collections=("Rosa",))))
    tiles = doubtful.photos.page(query, 50).tiles
    assert [tile.doubtful for tile in tiles] == [()] * EACH + [("rosa",)] * 2
    hits = doubtful.search(query, 50).hits
    assert [hit.doubtful for hit in hits] == [()] * EACH + [("rosa",)] * 2
    doubtful.collections.say("Rosa", [Path(os.fsdecode(tiles[-1].path))], "always")
    tiles = doubtful.photos.page(query, 50).tiles
    assert [tile.doubtful for tile in tiles] == [()] * (EACH + 1) + [("rosa",)]


def test_folder_playlist_and_lists_of_a_collection_mark_them(
    doubtful: Library, cli: Cli, tmp_path: Path
) -> None:
    doubtful.collections.keep("Rosa", Question(typed=WITH_ROSA))
    listed = json.loads(cli("raccolte", "Rosa", "--json")[1])[0]
    assert [stem(path) in DOUBTFUL for path in listed["paths"]] == [False] * EACH + [True] * 2
    assert listed["doubtful"] == listed["paths"][EACH:]
    assert "(2 in dubbio)" in cli("raccolte", "Rosa")[1]
    folder = tmp_path / "Raccolte"
    assert cli("raccolte", "--cartella", str(folder))[0] == 0
    names = sorted(path.name for path in (folder / "Rosa").iterdir() if path.suffix == ".png")
    marks = [name.startswith("volto in dubbio, forse rosa, ") for name in names]
    assert marks == [False] * EACH + [True] * 2
    played = (folder / "Rosa.m3u8").read_text().splitlines()[1:]
    assert [Path(line).name for line in played] == names
    assert doubtful.collections.refresh_folder() is None
    sidecars = doubtful.collections.write_xmp(confirmed=True).changed
    assert {Path(os.fsdecode(path)).stem.removesuffix(".png") for path in sidecars} == SURE
    rows = cli("cerca", "--persona", "rosa", "--formato-riga", "{nome}: {dubbio}")[1].splitlines()
    assert [row.endswith(": forse rosa") for row in rows] == [False] * EACH + [True] * 2
    # An answer changes the folder, although the catalogue stays as it was.
    faces = [each.face_id for each in doubtful.faces.faces_of("rosa") if each.is_doubtful]
    doubtful.faces.name(faces, "rosa")
    assert doubtful.collections.refresh_folder() is not None
    said = [path.name for path in (folder / "Rosa").glob("*.png") if path.stem[-5:] in DOUBTFUL]
    assert len(said) == 2 and not any("forse" in name for name in said)


def test_which_copies_are_doubtful_is_told(doubtful: Library, cli: Cli, tmp_path: Path) -> None:
    asked = ("cerca", "--persona", "rosa", "--copia-in", str(tmp_path / "copie"))
    told = cli(*asked)[2]
    assert "sono in dubbio: pina3.png (forse rosa), pina0.png (forse rosa).\n" in told
    assert "queste è in dubbio: pina3.png (forse rosa).\n" in cli(*asked, "-n", str(EACH + 1))[2]
    assert "dubbio" not in cli(*asked, "-n", str(EACH))[2]


def test_new_photos_of_a_collection_are_marked(family: Library, cli: Cli, tmp_path: Path) -> None:
    family.faces.find()
    name_one(family, "rosa")
    family.collections.keep("Rosa", Question(typed=WITH_ROSA))
    doubt(family, {"pina0"}, "rosa")
    assert "pina0.png  (forse rosa)" in cli("raccolte", "--nuove")[1]


def test_of_people_of_whom_one_is_enough_the_doubtful_one_is_named(doubtful: Library) -> None:
    name_one(doubtful, "ugo")
    doubt(doubtful, {"pina0"}, "rosa")
    doubt(doubtful, {"pina3"}, "ugo")
    hits = doubtful.search(doubtful.parse(Question(("con rosa o ugo",))), 50).hits
    assert not any(hit.doubtful for hit in hits[: 2 * EACH])
    marks = {stem(hit.path): hit.doubtful for hit in hits[2 * EACH :]}
    assert marks == {"pina0": ("rosa",), "pina3": ("ugo",)}


@needs("av")
def test_a_video_is_doubtful_if_all_its_moments_are(doubtful: Library, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "foto" / "film.mp4", [(10, 20, 240), (10, 240, 20)], 2)
    os.utime(film, (10**6, 10**6))
    doubtful.index([tmp_path / "foto"])
    doubtful.faces.find()
    doubt(doubtful, DOUBTFUL | {"film"}, "rosa")
    query = doubtful.parse(Question(typed=WITH_ROSA))
    tiles = doubtful.photos.page(query, 50).tiles
    marks = [()] * EACH + [("rosa",)] * 3
    assert [tile.doubtful for tile in tiles] == marks
    assert [hit.doubtful for hit in doubtful.search(query, 50).hits] == marks
    doubtful.collections.keep("Rosa", Question(typed=WITH_ROSA))
    query = doubtful.parse(Question(typed=Filters(collections=("Rosa",))))
    assert [tile.doubtful for tile in doubtful.photos.page(query, 50).tiles] == marks
    assert [hit.doubtful for hit in doubtful.search(query, 50).hits] == marks
    query = doubtful.parse(Question(("rosso",), typed=Filters(collections=("Rosa",))))
    assert [hit.doubtful for hit in doubtful.search(query, 50).hits] == marks
    (kept,) = doubtful.collections.photos()
    assert {stem(path) for path in kept.doubtful} == DOUBTFUL | {"film"}
