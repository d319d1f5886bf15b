"""The search screen: question, chips and grid."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("textual")

from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input, OptionList

from cercafoto import Library, Settings
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.errors import CercafotoError
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.terminal.widgets.chips import ChipBar
from cercafoto.terminal.widgets.grid import PhotoGrid
from cercafoto.terminal.widgets.tile import PhotoTile
from tests.conftest import paint
from tests.support.waiting import PATIENCE
from tests.terminal.screen import Visit, visit


def test_without_a_question_the_latest_photos_are_shown(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        assert [name[-1] for name in screen.names[:2]] in (["g", "v"], ["v", "g"])  # of 2021
        assert screen.names[-1] == "img0r"
        assert screen.text("#esito") == "5 foto, dalla più recente"
        assert screen.text("#stato").startswith("1 di 5 · ")
        assert "/ cerca" in screen.text("#tasti")  # and so the first key does
        await screen.press("slash")
        assert isinstance(screen.app.focused, Input)
        assert "Invio cerca" in screen.text("#tasti")
        await screen.press("escape")
        assert "/ cerca" in screen.text("#tasti")
        tiles = [tile for tile in screen.app.screen.query(PhotoTile) if tile.photo is not None]
        assert len(tiles) == 5
        colour = tiles[-1].drawing.lines[0]._segments[0].style.color  # type: ignore[union-attr]
        assert colour is not None and colour.triplet is not None
        red, green, blue = colour.triplet
        assert red > 200 and green < 60 and blue < 60

    visit(settings, look)


def test_a_question_is_answered_and_the_photos_have_the_keys(
    settings: Settings, indexed: Path
) -> None:
    async def look(screen: Visit) -> None:
        await screen.ask("rosso")
        assert screen.names[0] == "img0r"
        assert screen.captions[0] == "▸ fiducia alta"
        few = len(screen.names)
        await screen.press("t")
        assert set(screen.captions[few:]) == {"meno probabile"} and len(screen.names) == 5
        await screen.press("t")
        assert "fiducia alta (" in screen.text("#stato")
        assert isinstance(screen.app.focused, PhotoGrid)

    visit(settings, look)


def test_what_was_understood_is_dropped_piece_by_piece(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        bar = screen.app.screen.query_one(ChipBar)
        assert bar.display and "1 «rosso» ×" in str(bar.render())
        assert "2 quando" in str(bar.render())
        assert set(screen.names) <= {"img1v", "img2b"}
        await screen.press("2")
        assert screen.names[0] == "img0r"
        assert screen.app.screen.query_one("#domanda", Input).value == "rosso"
        assert not bar.display  # alone, the words are in the box already
        await screen.press("backspace")  # back to the question before
        assert screen.app.browsing.asked.words == "rosso nel 2020"

    visit(settings, look, "rosso nel 2020")


def test_own_words_become_a_filter_and_back(
    settings: Settings, library: Library, indexed: Path
) -> None:
    library.labels.give([indexed / "2020"], ["Zorba"])

    async def look(screen: Visit) -> None:
        bar = screen.app.screen.query_one(ChipBar)
        assert "solo queste (m)" in str(bar.render())
        await screen.press("t")
        assert len(screen.names) == 5
        await screen.press("m")
        assert "anche altre (m)" in str(bar.render())
        await screen.press("t")
        assert sorted(screen.names) == ["img1v", "img2b"]
        await screen.press("m")
        assert sorted(screen.app.browsing.asked.words.split()) == ["Zorba", "rosso"]
        assert not screen.app.browsing.asked.typed

    visit(settings, look, "Zorba rosso")


def test_filters_count_and_narrow_down(settings: Settings, library: Library, indexed: Path) -> None:
    library.labels.give([indexed / "2020"], ["gita"])

    async def look(screen: Visit) -> None:
        await screen.press("escape", "f")
        options = screen.app.screen.query_one(OptionList)
        lines = shown_in_panel(screen)
        assert lines[1:3] == [["Quando"], ["2021", "2"]]
        at = lines.index(["gita", "2"]) - 2  # a title, and a line between two groups
        while options.highlighted != at:
            await screen.press("down")
        await screen.press("enter")
        assert sorted(screen.names) == ["img1v", "img2b"]
        assert "etichetta gita" in str(screen.app.screen.query_one(ChipBar).render())
        await screen.press("1")
        assert len(screen.names) == 5

    visit(settings, look)


@pytest.mark.parametrize("size", [(80, 24), (30, 20)])
def test_the_counts_of_filters_stay_on_their_lines(
    settings: Settings, library: Library, indexed: Path, size: tuple[int, int]
) -> None:
    for number in range(20):  # more than fit: the list has a scroll bar
        library.labels.give([indexed / "2020"], [f"una lunga etichetta della gita {number}"])

    async def look(screen: Visit) -> None:
        await screen.press("escape", "f")
        options = screen.app.screen.query_one(OptionList)
        assert options.size.height > 15
        lines = shown_in_panel(screen)
        assert lines[1:5] == [["Quando"], ["2021", "2"], ["2020", "2"], ["2019", "1"]]
        assert {line[-1] for line in lines if line[0] == "una"} == {"2"}
        assert options.virtual_size.height == options.option_count + 3  # and a line between groups

    visit(settings, look, size=size)


def choose(screen: Visit, title: str) -> None:
    """Move to a line of the panel of filters."""
    options = screen.app.screen.query_one(OptionList)
    lines = [str(options.get_option_at_index(i).prompt) for i in range(options.option_count)]
    options.highlighted = next(i for i, line in enumerate(lines) if line.strip(" …") == title)


def test_the_panel_has_every_option_of_every_filter(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "f")
        for option in OPTIONS:
            choose(screen, option.title)
        # A value is chosen among those that photos have,
        choose(screen, "Orientamento")
        await screen.press("enter")
        assert "Orientamento" in "\n".join(screen.lines)
        await screen.press("escape")
        choose(screen, "Nella cartella")
        await screen.press("enter")
        assert "Invio cerca" in screen.text("#detto")
        # or typed. One that means nothing is told at once.
        await screen.press(*"etc", "enter")
        assert "«Nella cartella» vuole un percorso intero" in screen.text("#detto")
        screen.app.screen.query_one(Input).value = str(indexed / "2020")
        await screen.press("enter")
        assert sorted(screen.names) == ["img1v", "img2b"]
        assert "nella cartella foto/2020" in str(screen.app.screen.query_one(ChipBar).render())
        await screen.press("f")
        choose(screen, "Senza video")
        await screen.press("enter")
        assert screen.app.browsing.asked.typed["no_videos"] is True
        assert "senza video" in str(screen.app.screen.query_one(ChipBar).render())
        await screen.press("2", "1")
        assert not screen.app.browsing.asked

    visit(settings, look)


def test_a_value_is_chosen_among_those_counted_for_one_filter(
    settings: Settings, library: Library, indexed: Path
) -> None:
    paint(indexed / "alta.png", (9, 9, 9), (30, 90))
    library.index([indexed])

    async def look(screen: Visit) -> None:
        await screen.press("escape", "f")
        choose(screen, "Orientamento")
        await screen.press("enter")
        found = [line for line in shown_in_panel(screen) if line[0] == "verticale"]
        assert found[-1][-1] == "1"
        await screen.press("down", "down", "enter")
        assert screen.names == ["alta"]
        assert "orientamento verticale" in str(screen.app.screen.query_one(ChipBar).render())

    visit(settings, look)


def shown_in_panel(screen: Visit) -> list[list[str]]:
    """Return the words of each line in the panel of filters that is not empty."""
    rows = [line.partition("│")[2].rstrip(" │▆▄▂▁▇▅▃█").split() for line in screen.lines]
    return [row for row in rows if row]


def test_an_error_loses_no_step_of_the_history(
    settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise CercafotoError("Il disco non risponde.")

    async def look(screen: Visit) -> None:
        for words in ("verde", "blu"):
            await screen.ask(words)
        with monkeypatch.context() as patch:
            patch.setattr(BrowsedArchive, "answer", broken)
            await screen.press("backspace")
            assert "Il disco non risponde." in screen.text("#stato")
            await screen.press("backspace")
            await screen.ask("giallo")
        assert screen.app.browsing.asked.words == "blu"
        await screen.press("escape")
        for words in ("verde", "rosso", "rosso"):
            await screen.press("backspace")
            assert screen.app.browsing.asked.words == words
        # Two steps at once are two steps.
        for words in ("verde", "blu"):
            await screen.ask(words)
        screen.app.screen.action_back()  # type: ignore[attr-defined]
        screen.app.screen.action_back()  # type: ignore[attr-defined]
        await screen.settle()
        assert screen.app.browsing.asked.words == "rosso"
        assert screen.app.browsing.earlier == []

    visit(settings, look, "rosso")


def test_more_like_this_and_not_this(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("t")
        number = next(i for i, name in enumerate(screen.names) if name == "img3g")
        screen.app.screen.query_one(PhotoGrid).action_move_to(number)
        photo = screen.app.browsing.found[number].tile.photo_id
        await screen.press("plus")
        assert screen.app.browsing.asked.more == (photo,)
        assert "più come img3g.png" in str(screen.app.screen.query_one(ChipBar).render())
        screen.app.screen.query_one(PhotoGrid).action_move_to(0)
        first = screen.app.browsing.found[0].tile.photo_id
        await screen.press("minus")
        assert screen.app.browsing.asked.less == (first,)

    visit(settings, look, "rosso")


def test_where_nothing_was_asked_a_photo_is_the_question(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape", "minus")
        assert "Prima cerca qualcosa" in screen.text("#stato")
        photo = screen.app.browsing.found[0].tile.photo_id
        await screen.press("plus")
        assert [picture.photo_id for picture in screen.app.browsing.asked.like] == [photo]
        assert photo not in [found.tile.photo_id for found in screen.app.browsing.found]

    visit(settings, look)


def test_the_screen_says_if_nothing_matches(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        await screen.ask("nero")
        assert screen.text("#esito").startswith("Probabilmente non c'è: queste")
        assert "somigliante" in screen.captions[0]
        few = len(screen.names)
        await screen.press("t")
        assert len(screen.names) > few

    visit(settings, look)


def test_a_slip_of_the_pen_is_put_right_by_a_key(
    settings: Settings, library: Library, indexed: Path
) -> None:
    library.labels.give([indexed / "2019"], ["tramonto"])

    async def look(screen: Visit) -> None:
        await screen.ask("tramomto")
        assert "Ho cercato «tramonto»; L cerca invece «tramomto»" in screen.text("#esito")
        assert screen.names[0] == "img0r"
        await screen.press("L")
        assert "Ho cercato" not in screen.text("#esito")
        await screen.press("L")
        await screen.press("v")
        assert screen.app.browsing.asked.words == "tramonto"
        assert screen.names[0] == "img0r"
        assert screen.captions[0].endswith("etichetta tua")

    visit(settings, look)


def test_a_question_that_cannot_be_asked_is_told_and_the_answer_stays(
    settings: Settings, indexed: Path
) -> None:
    async def look(screen: Visit) -> None:
        before = screen.names
        await screen.ask("...")
        assert "Non c'è niente da cercare" in screen.text("#stato")
        assert screen.names == before
        await screen.ask("un cane " * 126)
        assert "al massimo sono 1.000" in screen.text("#stato")
        assert screen.names == before
        assert screen.text("#esito").startswith("5 foto")

    visit(settings, look)


def test_more_photos_are_fetched_while_scrolling(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    for number in range(30):
        paint(tmp_path / "foto" / f"{number:02}.png", (8 * number, 100, 50))
    library.index([tmp_path / "foto"])

    async def look(screen: Visit) -> None:
        some = len(screen.names)
        assert some < 30
        grid = screen.app.screen.query_one(PhotoGrid)
        await screen.press("escape")
        for _ in range(12):
            await screen.press("pagedown")
        assert len(set(screen.names)) == len(screen.names) == 30
        assert grid.cursor == 29
        assert screen.text("#stato").startswith("30 di 30 · ")
        assert len(screen.app.screen.query(PhotoTile)) == 6  # as many as are seen
        await screen.press("home")
        assert grid.cursor == 0

    visit(settings, look, page=10)


class Slow:
    """A slow answer: when it was asked for, and when it may come."""

    def __init__(self) -> None:
        self.asked, self.comes = threading.Event(), threading.Event()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Let the answer to "rosso" wait until it may come."""
    slow, answer = Slow(), BrowsedArchive.answer

    def waiting(self: BrowsedArchive, asked: Asked, after: str = "") -> Any:
        if asked.words == "rosso":
            slow.asked.set()
            assert slow.comes.wait(PATIENCE)
        return answer(self, asked, after)

    monkeypatch.setattr(BrowsedArchive, "answer", waiting)
    return slow


def test_a_newer_question_wins_and_typing_goes_on_meanwhile(
    settings: Settings, indexed: Path, slow: Slow
) -> None:
    async def look(screen: Visit) -> None:
        await screen.pilot.press("slash", *"rosso", "enter")
        await screen.until(slow.asked.is_set)
        box = screen.app.screen.query_one("#domanda", Input)
        await screen.pilot.press("end", "ctrl+u", *"verde")
        assert box.value == "verde"  # while the first one is being answered
        await screen.pilot.press("enter")
        await screen.until(lambda: screen.app.browsing.asked.words == "verde")
        slow.comes.set()
        await screen.settle()
        assert screen.app.browsing.asked.words == "verde" and screen.names[0] == "img1v"

    visit(settings, look)


def test_a_key_before_the_answer_keeps_the_question(
    settings: Settings, indexed: Path, slow: Slow
) -> None:
    async def look(screen: Visit) -> None:
        await screen.pilot.press("slash", *"rosso", "enter")
        await screen.until(slow.asked.is_set)
        screen.app.screen.query_one(PhotoGrid).focus()
        await screen.until(lambda: screen.app.screen.query_one(PhotoGrid).has_focus)
        await screen.pilot.press("t")
        slow.comes.set()
        await screen.settle()
        asked = screen.app.browsing.asked
        assert asked.words == "rosso" and asked.everything

    visit(settings, look)


@pytest.mark.parametrize("size", [(200, 50), (30, 10)])
def test_it_fits_the_terminal_and_follows_it(
    settings: Settings, indexed: Path, size: tuple[int, int]
) -> None:
    async def look(screen: Visit) -> None:
        await screen.pilot.resize_terminal(*size)
        await screen.settle()
        shown = [t for t in screen.app.screen.query(PhotoTile) if t.photo is not None]
        assert shown and all(
            screen.app.screen.region.contains_region(tile.region) and tile.drawing for tile in shown
        )
        assert screen.app.screen.query_one("#stato").region.bottom == size[1] - 1
        assert {tile.region.x for tile in shown} == {
            tile.region.x for tile in shown[: len({t.region.x for t in shown})]
        }
        await screen.press("z")
        bigger = [t for t in screen.app.screen.query(PhotoTile) if t.photo is not None]
        assert bigger[0].region.width >= shown[0].region.width

    visit(settings, look, "rosso", size=(100, 30))


@pytest.mark.parametrize("size", [(200, 50), (30, 10)])
def test_photos_appear_even_if_no_widget_is_told_its_size(
    settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Something may ask for the place of a new tile before the next layout, which then sends it no
    `Resize`."""
    reflow = Compositor.reflow

    def asked_before(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
        self.root, self.size, self._full_map_invalidated = parent, size, True
        assert self.full_map
        return reflow(self, parent, size)

    monkeypatch.setattr(Compositor, "reflow", asked_before)

    async def look(screen: Visit) -> None:
        await screen.pilot.resize_terminal(*size)
        await screen.settle()
        grid = screen.app.screen.query_one(PhotoGrid)
        assert grid.seen and all(tile.drawing for tile in grid._tiles[: len(grid.seen)])
        tile = grid._tiles[0]
        assert screen.app.screen.region.contains_region(grid._tiles[-1].region)
        assert tile.drawing is not None and tile.drawing.columns <= tile.size.width

    visit(settings, look, "rosso", size=(100, 30))


def test_layouts_at_the_same_time_leave_one_set_of_tiles(settings: Settings, indexed: Path) -> None:
    async def look(screen: Visit) -> None:
        grid = screen.app.screen.query_one(PhotoGrid)
        # A key, while the grid lays itself out for a new size of the terminal.
        await asyncio.gather(
            *(screen.app.run_action(f"zoom({by})", default_namespace=grid) for by in (-1, 1, 1))
        )
        await screen.settle()
        assert list(grid.children) == grid._tiles
        shown = [tile for tile in grid._tiles if tile.photo is not None]
        assert len(shown) == len(grid.seen) and all(tile.drawing for tile in shown)

    visit(settings, look, "rosso", size=(100, 30))


def test_an_unreadable_photo_only_spoils_its_tile(settings: Settings, indexed: Path) -> None:
    (indexed / "2019" / "img0r.png").unlink()

    async def look(screen: Visit) -> None:
        tiles = [tile for tile in screen.app.screen.query(PhotoTile) if tile.photo is not None]
        assert [bool(tile.problem) for tile in tiles] == [False] * 4 + [True]
        assert all(tile.drawing for tile in tiles[:4])

    visit(settings, look)


def test_an_answer_does_not_interrupt_typing(settings: Settings, indexed: Path, slow: Slow) -> None:
    async def look(screen: Visit) -> None:
        await screen.pilot.press("slash", *"rosso", "enter")
        await screen.until(slow.asked.is_set)
        await screen.pilot.press("end", "ctrl+u", *"ver")
        box = screen.app.screen.query_one("#domanda", Input)
        await screen.until(lambda: box.value == "ver")
        slow.comes.set()
        await screen.settle()
        assert screen.names[0] == "img0r"  # answered meanwhile
        await screen.press(*"de", "enter")
        assert screen.app.browsing.asked.words == "verde"

    visit(settings, look)
