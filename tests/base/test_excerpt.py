"""A short piece of a text around what was found in it."""

from __future__ import annotations

import pytest

from cercafoto.base.excerpt import excerpt

TEXT = "Benvenuti\nTRATTORIA DA GIGI di Rossi Luigi e figli s.n.c.\nVia Roma 12\nTOTALE EURO 23,50"


def shown(found: list[str], room: int, text: str = TEXT) -> tuple[str, list[str]]:
    spans = [(text.index(words), text.index(words) + len(words)) for words in found]
    piece = excerpt(text, spans, room)
    return piece.text, [piece.text[start:end] for start, end in piece.marks]


@pytest.mark.parametrize(
    ("found", "room", "piece"),
    [
        (["TRATTORIA", "GIGI"], 40, "…TRATTORIA DA GIGI di Rossi Luigi e figli…"),
        (["TRATTORIA", "GIGI"], 18, "…TRATTORIA DA GIGI…"),
        (["Luigi"], 20, "…Rossi Luigi e figli…"),
        (["12"], 30, "…Via Roma 12…"),
        (["Benvenuti"], 30, "Benvenuti…"),
        (["23,50"], 30, "…TOTALE EURO 23,50"),
    ],
)
def test_the_excerpt_has_whole_words_of_the_line(found: list[str], room: int, piece: str) -> None:
    assert shown(found, room) == (piece, found)


def test_as_many_passages_as_possible_are_shown() -> None:
    piece, marks = shown(["Benvenuti", "Via", "Roma"], 20)
    assert (piece, marks) == ("…Via Roma 12…", ["Via", "Roma"])


def test_a_passage_across_lines_is_put_on_one_line() -> None:
    piece, marks = shown(["Via Roma 12\nTOTALE"], 40)
    assert "\n" not in piece
    assert marks == ["Via Roma 12 TOTALE"]


def test_a_long_passage_is_cut() -> None:
    piece, marks = shown(["x" * 100], 20, "x" * 100)
    assert piece == "x" * 20 + "…" and marks == ["x" * 20]


def test_without_passages_the_excerpt_is_empty() -> None:
    assert excerpt(TEXT, [], 20) == ("", ())
