"""Lines are put in the order in which a person reads them."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.ocr.reading_order import in_reading_order, rows, text_rotation
from cercafoto.results.texts import TextLine

SIZE = (1000, 1400)


def line(x: float, y: float, text: str, length: float, height: float = 20.0):  # type: ignore[no-untyped-def]
    quad = [[x, y], [x + length, y], [x + length, y + height], [x, y + height]]
    return np.array(quad, np.float32), text, 0.9


def turned(lines, turn: int, slant: float = 0.0):  # type: ignore[no-untyped-def]
    """Return the same page as if photographed turned and at a slant."""
    result = []
    for quad, text, sure in lines:
        x, y = quad[:, 0], quad[:, 1] + slant * quad[:, 0]
        width, height = SIZE
        for _ in range(turn // 90):  # each counterclockwise, which a clockwise turn undoes
            x, y = y, width - x
            width, height = height, width
        result.append((np.stack([x, y], axis=1), text, sure))
    return result


def texts(lines, turn: int = 0, size=SIZE) -> list[str]:  # type: ignore[no-untyped-def]
    return [text for _, text, _ in in_reading_order(lines, turn, size)]


COLUMNS = [
    line(50, 50, "titolo su tutta la pagina", 900),
    *(line(50, 150 + 40 * n, f"sinistra {n}", 400) for n in range(5)),
    *(line(540, 155 + 40 * n, f"destra {n}", 400) for n in range(5)),
    line(50, 500, "la riga che chiude la pagina", 900),
]
TABLE = [
    line(100, 50, "TRATTORIA DA GIGI", 300),
    *(line(60, 150 + 40 * n, f"voce {n}", 150) for n in range(6)),
    *(line(800, 152 + 40 * n, f"{n},50", 60) for n in range(6)),
]
AS_READ = ["TRATTORIA DA GIGI", *(word for n in range(6) for word in (f"voce {n}", f"{n},50"))]


def test_columns_are_read_one_after_the_other() -> None:
    expected = [
        "titolo su tutta la pagina",
        *(f"sinistra {n}" for n in range(5)),
        *(f"destra {n}" for n in range(5)),
        "la riga che chiude la pagina",
    ]
    assert texts(COLUMNS) == expected
    assert texts(COLUMNS[::-1]) == expected


@pytest.mark.parametrize("slant", [-0.08, 0.0, 0.08])
def test_a_table_is_read_row_by_row(slant: float) -> None:
    assert texts(turned(TABLE, 0, slant)) == AS_READ


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_stands(turn: int) -> None:
    lines = turned(TABLE, turn)
    assert text_rotation([(quad, text) for quad, text, _ in lines]) == turn
    assert texts(lines, turn, SIZE if turn == 180 else SIZE[::-1]) == AS_READ


def test_rows_gather_what_stands_side_by_side() -> None:
    ordered = in_reading_order(turned(TABLE, 0, 0.05), 0, SIZE)
    stored = [
        TextLine(text, tuple((quad / np.array(SIZE)).reshape(-1).tolist()), sure)
        for quad, text, sure in ordered
    ]
    gathered = [[one.text for one in row] for row in rows(stored, 0)]
    assert gathered == [["TRATTORIA DA GIGI"], *([f"voce {n}", f"{n},50"] for n in range(6))]


def test_nothing_has_no_order() -> None:
    assert in_reading_order([], 0, SIZE) == []
    assert rows([], 0) == []
    assert text_rotation([]) == 0


def test_a_single_point_is_a_line_too() -> None:
    assert texts([line(5, 5, "a", 0, 0), line(5, 5, "b", 0, 0)]) in (["a", "b"], ["b", "a"])


def test_thousands_of_scattered_boxes_are_all_there() -> None:
    random = np.random.default_rng(1)
    lines = [
        line(float(x), float(y), str(n), float(length), 8)
        for n, (x, y, length) in enumerate(random.uniform(1, 900, (1000, 3)))
    ]
    assert sorted(texts(lines), key=int) == [str(n) for n in range(1000)]
