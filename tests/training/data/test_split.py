"""Training and validation never share a photo, and validation has its share of each source."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.split import by_content, split

SIZES = {"wit": 1000, "mscoco": 333, "conceptual": 71, "foto": 9, "one": 1}


def pairs_of(sizes: dict[str, int]) -> list[Pair]:
    return [
        Pair(f"{source}/{number}.jpg", (f"foto {number}",), source)
        for source, size in sizes.items()
        for number in range(size)
    ]


@pytest.mark.parametrize("share", [0.05, 0.2, 0.0])
def test_each_source_gives_its_share(share: float) -> None:
    pairs = pairs_of(SIZES)
    parts = split(pairs, share, seed=3)
    for source, size in SIZES.items():
        assert abs(sum(p.source == source for p in parts.valid) - share * size) <= 0.5
    assert not {p.image_path for p in parts.train} & {p.image_path for p in parts.valid}
    assert sorted(map(repr, parts.train + parts.valid)) == sorted(map(repr, pairs))


def test_sources_stay_one_after_the_other_in_their_order() -> None:
    pairs = pairs_of(SIZES)
    parts = split(pairs)
    places = {pair: place for place, pair in enumerate(pairs)}
    for part in (parts.train, parts.valid):
        assert [places[p] for p in part] == sorted(places[p] for p in part)


def test_the_seed_alone_decides() -> None:
    pairs = pairs_of({"wit": 400})
    valid = {p.image_path for p in split(pairs, seed=1).valid}
    assert valid == {p.image_path for p in split(pairs[::-1], seed=1).valid}
    assert valid != {p.image_path for p in split(pairs, seed=2).valid}


def test_photos_added_later_hardly_move_the_others() -> None:
    before = {p.image_path for p in split(pairs_of({"wit": 1000})).valid}
    after = {p.image_path for p in split(pairs_of({"wit": 1100})).valid}
    old = {f"wit/{n}.jpg" for n in range(1000)}
    # Of 55 validation photos about 50 are old: nearly all were among the 50 before.
    assert len(before & after) >= 40
    assert len((after & old) - before) <= 10


def test_pairs_of_one_photo_become_one() -> None:
    pairs = pairs_of({"wit": 40})
    again = [Pair(f"wit/./{n}.jpg", (f"foto {n}", "ancora"), "conceptual") for n in range(40)]
    parts = split(pairs + again, share=0.5)
    assert parts.joined == 40
    assert len(parts.train) == len(parts.valid) == 20
    assert all(p.source == "wit" and p.captions[1:] == ("ancora",) for p in parts.train)
    assert "joined to an earlier pair of the same photo: 40" in parts.table()


def test_copies_under_other_names_are_found_by_their_bytes(tmp_path: Path) -> None:
    for number in range(20):
        for name in ("a", "b"):
            (tmp_path / f"{name}{number}.jpg").write_bytes(b"photo %d" % number)
    pairs = [Pair(f"{name}{n}.jpg", (name,), name) for name in "ab" for n in range(20)]
    assert split(pairs).joined == 0
    parts = split(pairs, share=0.5, identity=by_content(PhotoStore(tmp_path)))
    assert parts.joined == 20
    assert {p.captions for p in parts.train + parts.valid} == {("a", "b")}


def test_the_table_has_a_line_a_source() -> None:
    table = split(pairs_of({"wit": 1000, "foto": 20})).table().splitlines()
    assert [line.split() for line in table] == [
        ["train", "valid"],
        ["wit", "950", "50"],
        ["foto", "19", "1"],
        ["total", "969", "51"],
    ]
