"""Test that own words are heard in the alternatives of a question: "(Zorba o Birba) rosso"."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Question
from cercafoto.question.wording import say_query
from cercafoto.results.answer import SearchResult
from tests.photos.test_metadata import bag, packet

RED, BLUE, GREEN = (220, 0, 10), (10, 0, 220), (10, 180, 10)
# file, colour, keyword
PHOTOS = [
    ("z1", RED, "Zorba"), ("z2", BLUE, "Zorba"), ("b1", RED, "Birba"), ("b2", GREEN, "Birba"),
    *((f"r{number}", RED, "") for number in range(40)),
    *((f"g{number}", GREEN, "") for number in range(40)),
]  # fmt: skip


@pytest.fixture
def album(library: Library, tmp_path: Path) -> Library:
    for number, (name, (red, green, blue), keyword) in enumerate(PHOTOS):
        path = tmp_path / "Foto" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (24, 24), (red, green + number // 2, blue)).save(path)
        if keyword:
            path.with_name(f"{path.name}.xmp").write_bytes(packet(bag("dc:subject", keyword)))
    library.index([tmp_path / "Foto"])
    return library


def ask(library: Library, words: str) -> tuple[SearchResult, list[str]]:
    result = library.search(library.parse(Question((words,))), 100)
    return result, [Path(hit.path.decode()).stem for hit in result.hits]


def test_names_that_o_joins_come_first_and_are_not_seen(album: Library) -> None:
    result, order = ask(album, "(Zorba o Birba) rosso")
    assert result.query.alternatives == ("Zorba rosso", "Birba rosso")
    assert result.query.sights == ("rosso", "rosso")
    assert {*order[:2]} == {"z1", "b1"} and {*order[2:4]} == {"z2", "b2"}
    assert "prima con «Zorba» e «Birba» fra le tue parole" in say_query(result.query)
    assert [phrase.what for phrase in album.explain(result).phrases] == ["rosso"]


def test_a_name_or_something_seen(album: Library) -> None:
    result, order = ask(album, "Zorba o (un prato verde)")
    assert result.query.alternatives == ("Zorba", "un prato verde")
    assert {*order[:2]} == {"z1", "z2"} and order[2][0] in "gb"
