"""The screen of one photo: details, neighbours, heat map, labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("textual")

from textual.widgets import Input, OptionList

from cercafoto import Library, Settings
from cercafoto.archive.local.lock import archive_lock
from cercafoto.question.filters.names import LABELS
from cercafoto.terminal.screens.detail import DetailScreen
from cercafoto.terminal.screens.give_label import LabelsScreen
from cercafoto.terminal.screens.search import SearchScreen
from cercafoto.terminal.widgets.film_strip import FilmStrip
from cercafoto.terminal.widgets.grid import PhotoGrid
from cercafoto.terminal.widgets.tile import PhotoTile
from tests.terminal.screen import Visit, visit


def test_it_tells_what_is_known_and_goes_from_photo_to_photo(
    settings: Settings, library: Library, indexed: Path
) -> None:
    library.labels.give([indexed / "2019"], ["tramonto"])

    async def look(screen: Visit) -> None:
        await screen.press("t", "enter")
        assert isinstance(screen.app.screen, DetailScreen)
        facts = screen.text("#fatti")
        for said in (
            "img0r.png",
            "Data: 2019",
            "PNG, 60 × 40 pixel",
            "Etichette: tramonto",
            "etichetta tua",
        ):
            assert said in facts
        assert str(indexed / "2019" / "img0r.png") in screen.text("#stato")
        large = screen.app.screen.query_one("#grande", PhotoTile)
        assert large.drawing is not None and large.drawing.columns > 30
        strip = [t for t in screen.app.screen.query_one(FilmStrip).query(PhotoTile) if t.photo]
        assert [tile.caption.plain for tile in strip][:2] == ["▸ 1", "2"]
        assert all(tile.drawing for tile in strip)
        await screen.press("right")
        assert screen.names[1] in screen.text("#fatti")
        await screen.press("end", "escape")
        assert isinstance(screen.app.screen, SearchScreen)
        grid = screen.app.screen.query_one(PhotoGrid)
        assert grid.cursor == len(screen.names) - 1  # where one was last

    visit(settings, look, "tramonto", size=(100, 30))


def test_where_words_are_seen_is_painted_over_the_photo(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    picture = Image.new("RGB", (64, 64), (10, 10, 250))
    picture.paste((250, 10, 10), (0, 0, 32, 32))
    (tmp_path / "foto").mkdir()
    picture.save(tmp_path / "foto" / "a.png")
    library.index([tmp_path / "foto"])

    async def look(screen: Visit) -> None:
        await screen.press("escape", "enter")
        large = screen.app.screen.query_one("#grande", PhotoTile)
        await screen.until(lambda: large.drawing is not None)
        plain = large.drawing
        await screen.press("d")
        await screen.until(lambda: isinstance(screen.app.focused, Input))
        await screen.press(*"rosso", "enter")
        await screen.until(lambda: "«rosso»" in screen.text("#stato"))
        await screen.until(lambda: large.drawing not in (None, plain))
        painted = large.drawing
        assert painted is not None
        columns, rows = screen.app.size
        await screen.pilot.resize_terminal(columns - 20, rows)
        await screen.until(lambda: large.drawing is not painted)
        await screen.pilot.resize_terminal(columns, rows)  # it stays when the window changes
        await screen.until(lambda: large.drawing and large.drawing.lines == painted.lines)
        await screen.press("d")  # without the heat map again
        await screen.until(lambda: large.drawing is plain)
        await screen.press("d", "escape")
        assert isinstance(screen.app.screen, DetailScreen) and screen.app.focused is None

    visit(settings, look)


def test_labels_are_given_and_taken_by_hand(
    settings: Settings, library: Library, indexed: Path
) -> None:
    library.labels.give([indexed / "2021"], ["montagna"])

    async def look(screen: Visit) -> None:
        await screen.press("enter", "e")
        assert isinstance(screen.app.screen, LabelsScreen)
        await screen.press(*"mare", "enter")
        options = screen.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in options.options] == ["mare ×"]
        await screen.press(*"mont", "right", "enter")  # completed by the archive's own
        assert {str(option.prompt) for option in options.options} == {"mare ×", "montagna ×"}
        await screen.press("escape")
        assert "mare" in screen.text("#fatti")
        await screen.press("e")
        await screen.press("down", "enter", "escape")
        assert "mare" not in screen.text("#fatti")

    visit(settings, look, "rosso")
    detail = library.photos.detail(library.search(library.parse(_question()), 1).hits[0].photo_id)
    assert detail is not None and [label for label, *_ in detail.labels] == ["montagna"]


def test_labels_go_to_all_that_are_marked(
    settings: Settings, library: Library, indexed: Path
) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "space", "right", "space", "e", *"gita", "enter", "escape")

    visit(settings, look)
    assert dict(library.photos.facets(None).of(LABELS)) == {"gita": 2}


def test_an_archive_that_is_busy_is_told(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        with archive_lock(settings.archive, wait=False):
            await screen.press("escape", "e", *"gita", "enter")
            assert "archivio" in screen.text("#detto")

    visit(settings, look)


def _question() -> object:
    from cercafoto import Question

    return Question(("rosso",))
