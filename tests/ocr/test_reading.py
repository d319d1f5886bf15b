"""Reading one picture: the engine's input and the resulting text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from cercafoto.ocr import reading
from cercafoto.ocr.reading import read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cercafoto.ocr.engine import Pixels, Quads


class Marks:
    """An engine that finds red bars and reads their length; a white end means upside down."""

    name = "marchi 1"

    def __init__(self, least: int = 0) -> None:
        self.least = least  # pixels of height below which a bar is not seen
        self.sizes: list[tuple[int, int]] = []
        self.asked = 0

    def find(self, picture: Pixels) -> Quads:
        height, width = picture.shape[:2]
        self.sizes.append((width, height))
        red = (picture[..., 0] > 150) & (picture[..., 1] < 100)
        quads = []
        for rows in _runs(red.any(axis=1)):
            for columns in _runs(red[rows].any(axis=0)):
                top, bottom = (rows.start + end for end in _ends(red[rows, columns].any(axis=1)))
                left, right = columns.start, columns.stop
                if min(bottom - top, right - left) > self.least:
                    quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
        return np.array(quads, np.float32).reshape(-1, 4, 2)

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        cut = []
        for quad in quads:
            (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
            piece = picture[int(top) : int(bottom), int(left) : int(right)]
            cut.append(piece if quad[1][0] > quad[0][0] else np.rot90(piece))
        return cut

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        return [self._headlong(strip) for strip in strips]

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        self.asked += len(strips)
        return [(f"{strip.shape[1]}", 0.3 if self._headlong(strip) else 0.9) for strip in strips]

    def _headlong(self, strip: Pixels) -> bool:
        return bool(strip[:, : strip.shape[1] // 4, 2].mean() > 60)


def _runs(marked: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches in which all values are true."""
    edges = np.flatnonzero(np.diff(marked.astype(int), prepend=0, append=0))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _ends(marked: NDArray[np.bool_]) -> tuple[int, int]:
    where = np.flatnonzero(marked)
    return int(where[0]), int(where[-1]) + 1


def page(size: tuple[int, int], *bars: tuple[int, int, int, int]) -> Image.Image:
    """Draw a white page with red bars (left, top, right, bottom), their last quarter bluish."""
    picture = Image.new("RGB", size, "white")
    for left, top, right, bottom in bars:
        picture.paste((200, 0, 0), (left, top, right, bottom))
        picture.paste((200, 0, 90), (right - (right - left) // 4, top, right, bottom))
    return picture


def test_boxes_are_shares_of_the_picture() -> None:
    picture = page((736, 400), (73, 40, 365, 80), (73, 200, 657, 240))
    text = read(Marks(), picture)
    assert (text.engine, text.turned) == ("marchi 1", 0)
    assert [line.text for line in text.lines] == ["292", "584"]
    assert text.lines[0].box == pytest.approx((0.1, 0.1, 0.5, 0.1, 0.5, 0.2, 0.1, 0.2), abs=0.01)
    assert text.lines[0].confidence == 0.9


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_says_by_how_much(turn: int) -> None:
    upright = page((736, 400), (73, 40, 365, 80), (73, 200, 657, 240))
    text = read(Marks(), upright.rotate(turn, expand=True))  # counterclockwise
    assert text.turned == turn
    assert [line.text for line in text.lines] == ["292", "584"]
    first = {90: (0.1, 0.9), 180: (0.9, 0.9), 270: (0.9, 0.1)}
    assert text.lines[0].box[:2] == pytest.approx(first[turn], abs=0.01)


def test_a_page_on_its_side_is_looked_at_as_it_is_read() -> None:
    class OneWay(Marks):
        """An engine that misses every other vertical bar, as real detectors do."""

        def find(self, picture: Pixels) -> Quads:
            quads = super().find(picture)
            tall = np.ptp(quads[..., 1], axis=1) > np.ptp(quads[..., 0], axis=1)
            return np.concatenate([quads[~tall], quads[tall][::2]])

    bars = [(73, 40 + 60 * at, 365 + 10 * at, 70 + 60 * at) for at in range(5)]
    upright = page((736, 400), *bars)
    for turn in (90, 270):
        text = read(OneWay(), upright.rotate(turn, expand=True))
        assert [line.text for line in text.lines] == ["292", "302", "312", "322", "332"]
        assert text.turned == turn


def test_large_words_are_found_at_a_glance() -> None:
    engine = Marks()
    read(engine, page((2000, 1500), (100, 100, 900, 180)))
    assert engine.sizes == [(736, 552)]


def test_small_words_are_looked_for_at_a_larger_size() -> None:
    engine = Marks()
    text = read(engine, page((2000, 1500), (100, 100, 900, 124), (100, 300, 900, 324)))
    assert engine.sizes[0] == (736, 552)
    assert len(engine.sizes) == 2 and 736 < engine.sizes[1][0] < 2000
    assert [int(line.text) for line in text.lines] == pytest.approx([800, 800], abs=2)


def test_a_quick_search_without_lines_is_not_followed_by_a_closer_one() -> None:
    engine = Marks()
    assert read(engine, page((2000, 1500))).lines == ()
    assert (len(engine.sizes), engine.asked) == (1, 0)


def test_small_print_is_found_by_a_closer_look() -> None:
    small = page((2000, 1500), (100, 100, 900, 130))
    assert read(Marks(least=12), small).lines == ()
    engine = Marks(least=12)
    assert [line.text for line in read(engine, small, closely=True).lines] == ["800"]
    assert engine.sizes[:2] == [(736, 552), (1280, 960)]


def test_a_block_is_looked_at_closely_too() -> None:
    engine = Marks()
    read(engine, page((2000, 1500), (100, 100, 1900, 900)), closely=True)
    assert engine.sizes == [(736, 552), (1280, 960)]


def test_a_small_picture_is_shown_larger() -> None:
    engine = Marks()
    text = read(engine, page((200, 100), (20, 20, 100, 40)))
    assert engine.sizes == [(736, 368)]
    assert [line.text for line in text.lines] == ["80"]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_a_picture_of_a_pixel_or_a_line_is_read(size: tuple[int, int]) -> None:
    assert read(Marks(), page(size)).lines == ()


def test_of_thousands_of_boxes_the_largest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LINES", 2)
    engine = Marks()
    bars = [(50, 60 * n, 150 + 50 * n, 60 * n + 20 + 4 * n) for n in range(1, 6)]
    text = read(engine, page((736, 400), *bars))
    assert [line.text for line in text.lines] == ["300", "350"]


def test_words_of_little_confidence_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Marks, "words", lambda self, strips: [("x", 0.4) for _ in strips])
    assert read(Marks(), page((736, 400), (80, 40, 400, 80))).lines == ()
