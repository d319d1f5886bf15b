"""Pictures on the screen, with every kind of terminal graphics."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("textual")

from cercafoto import Settings
from cercafoto.terminal.app import BrowseApp
from cercafoto.terminal.drawing import Drawing, draw
from cercafoto.terminal.graphics import BLOCKS, ITERM2, KITTY, SHADES, SIXEL, Terminal
from cercafoto.terminal.widgets.tile import PhotoTile
from tests.terminal.screen import Visit, visit

CELL = (8, 15)


@pytest.fixture
def picture() -> Image.Image:
    """Return an image of 3:2, dark on the left and light on the right."""
    ramp = np.linspace(0, 255, 60, dtype=np.uint8)
    return Image.fromarray(np.broadcast_to(ramp[None, :, None], (40, 60, 3)).copy(), "RGB")


def drawn(picture: Image.Image, graphics: str, most: tuple[int, int] = (2000, 2000)) -> Drawing:
    return draw(picture, 24, 9, Terminal(graphics, 80, CELL, most=most))


def test_characters_have_two_pixels_each(picture: Image.Image) -> None:
    drawing = drawn(picture, BLOCKS)
    assert (drawing.columns, drawing.rows) == (24, 8)
    assert [line.cell_length for line in drawing.lines] == [24] * 8
    first, *_, last = drawing.lines[0]
    assert first.style.color.triplet.red < 20 < 230 < last.style.bgcolor.triplet.red  # type: ignore[union-attr]


def test_without_colours_brightness_is_shown_by_density(picture: Image.Image) -> None:
    drawing = drawn(picture, SHADES)
    text = drawing.lines[3].text
    assert text[0] == " " and text[-1] == "█" and sorted(text, key=" ░▒▓█".index) == list(text)
    assert all(segment.style.color is None for segment in drawing.lines[3])  # type: ignore[union-attr]


def test_kitty_gets_the_image_and_shows_it_at_placeholders(picture: Image.Image) -> None:
    drawing = drawn(picture, KITTY)
    number = int(re.search(r"i=(\d+)", drawing.sent)[1])  # type: ignore[index]
    assert f"c={drawing.columns},r={drawing.rows}" in drawing.sent
    colour = drawing.lines[0]._segments[0].style.color.triplet  # type: ignore[union-attr]
    assert (colour.red << 16) + (colour.green << 8) + colour.blue == number
    assert [line.text.count("\U0010eeee") for line in drawing.lines] == [
        drawing.columns
    ] * drawing.rows


def test_sixel_stays_within_its_rows_and_what_the_terminal_takes(picture: Image.Image) -> None:
    width, height = map(int, re.search(r'"1;1;(\d+);(\d+)', drawn(picture, SIXEL).placed).groups())  # type: ignore[union-attr]
    assert width <= 24 * CELL[0] and height <= 9 * CELL[1] and height % 6 == 0
    small = drawn(picture, SIXEL, (100, 50)).placed
    width, height = map(int, re.search(r'"1;1;(\d+);(\d+)', small).groups())  # type: ignore[union-attr]
    assert width <= 100 and height <= 50


@pytest.mark.parametrize("graphics", [SIXEL, ITERM2])
def test_a_picture_is_painted_behind_the_text_at_its_place_and_not_below_a_panel(
    settings: Settings, indexed: Path, graphics: str
) -> None:
    async def look(screen: Visit) -> None:
        await screen.press("escape")
        tile = next(iter(screen.app.screen.query(PhotoTile)))
        assert tile.drawing is not None
        whole = tile.size.region
        last = tile.render_lines(whole)[-1]
        assert last.cell_length == tile.size.width
        place = re.search(r"\x1b7\x1b\[(\d+);(\d+)H", last._segments[-1].text)
        assert place is not None
        row, column = int(place[1]) - 1, int(place[2]) - 1
        assert tile.region.contains(column, row)
        assert row + tile.drawing.rows <= tile.region.bottom - 1  # its words stay
        await screen.press("question_mark")
        assert "\x1b" not in "".join(line.text for line in tile.render_lines(whole))

    visit(settings, look, graphics=graphics)


def test_kitty_is_sent_each_picture_once(
    settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(BrowseApp, "_tell_terminal", lambda self, sequence: sent.append(sequence))

    async def look(screen: Visit) -> None:
        assert len(sent) == 5
        await screen.press("escape", "right", "left")
        assert len(sent) == 5

    visit(settings, look, graphics=KITTY)


def test_no_color_removes_colours_of_words(
    settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def look(screen: Visit) -> None:
        await screen.press("t", "right")
        tile = next(iter(screen.app.screen.query(PhotoTile)))
        assert tile.caption.plain == "fiducia alta"  # green elsewhere
        words = tile.render_lines(tile.size.region)[-1]
        colours = [s.style.color.get_truecolor() for s in words if s.style and s.style.color]
        assert colours and all(red == green == blue for red, green, blue in colours)

    visit(settings, look, "rosso", graphics=SHADES)
