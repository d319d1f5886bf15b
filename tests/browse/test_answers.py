"""Test answers that are shown one page at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.browse.answer_page import Answer, FoundTile, how_many
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked, Picture
from cercafoto.results.photos import Tile


@pytest.mark.parametrize("asked", [Asked(), Asked(words="rosso", everything=True)])
@pytest.mark.parametrize("page", [1, 2, 4, 5, 6])
def test_there_is_a_next_page_only_if_it_has_photos(
    settings: Settings, library: Library, photos: Path, asked: Asked, page: int
) -> None:
    library.index([photos])
    archive, whole = BrowsedArchive(settings, page=page), BrowsedArchive(settings, page=60)
    for one in (asked, asked.but(like=(Picture(1),)) if asked else asked):
        pages = [archive.answer(one)]
        while pages[-1].after:
            pages.append(archive.answer(one, pages[-1].after))
        assert all(each.found for each in pages), one
        shown = [found.tile.photo_id for each in pages for found in each.found]
        assert sorted(shown) == sorted(found.tile.photo_id for found in whole.answer(one).found)
    archive.close()
    whole.close()


@pytest.mark.parametrize(
    ("paths", "total", "said"),
    [
        ("a.jpg b.jpg", 2, "2 foto"),
        ("a.mp4", 1, "1 video"),
        ("a.mp4 b.jpg c.jpg", 3, "2 foto e 1 video"),
        ("a.jpg b.jpg", 1678, "1.678 foto"),
        ("a.mp4 b.jpg", 1678, "1.678 fra foto e video"),
        ("a.jpg b.jpg", None, "Più di 2 foto"),
    ],
)
def test_the_number_of_an_answer_tells_videos_apart(
    paths: str, total: int | None, said: str
) -> None:
    tiles = [
        Tile(number, path.encode(), b"", 1, 1, None, 0, 0)
        for number, path in enumerate(paths.split())
    ]
    found = tuple(map(FoundTile, tiles))
    assert how_many(Answer(None, "", found, "", total), found) == said


@pytest.mark.parametrize("counted", [4, 5, 6])
def test_the_nearest_photos_are_counted_only_if_there_are_others(
    settings: Settings,
    library: Library,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    counted: int,
) -> None:
    library.index([photos])
    monkeypatch.setattr("cercafoto.browse.answers.COUNTED", counted)
    archive = BrowsedArchive(settings)
    counts, only_nearest = archive.facets(Asked(words="rosso", everything=True))
    assert (counts.photos, only_nearest) == (min(counted, 5), counted < 5)
    archive.close()


def test_a_later_page_leaves_out_photos_that_are_gone(
    settings: Settings, library: Library, photos: Path
) -> None:
    library.index([photos])
    archive = BrowsedArchive(settings, page=2)
    asked = Asked(words="rosso", everything=True)
    first = archive.answer(asked)
    later = [found.tile.path for found in archive.answer(asked, first.after).found]
    assert len(later) == 2
    Path(os.fsdecode(later[0])).unlink()
    library.index([photos])
    assert [found.tile.path for found in archive.answer(asked, first.after).found] == later[1:]
    archive.close()
