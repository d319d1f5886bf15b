"""Cut a short excerpt out of a text, around the passages that a search found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Span = tuple[int, int]  # start, end (exclusive)


class Excerpt(NamedTuple):
    """A piece of a text, on one line. marks: spans of the found passages in this piece."""

    text: str
    marks: tuple[Span, ...]


def excerpt(text: str, found: Sequence[Span], max_length: int) -> Excerpt:
    """Return a piece of a text, `max_length` letters at most, with as many found passages as fit.

    The piece has whole words from the lines of these passages; a single passage that is longer than
    `max_length` is cut. One more letter, "…", marks an end that was cut off. The piece is empty if
    `found` is empty.

    found: spans of passages in `text`.
    """
    if not found:
        return Excerpt("", ())
    found = sorted(found)
    # The run of passages that fit together, of all runs the one with the most passages.
    runs = [
        [span for span in found[at:] if span[1] <= begin + max_length]
        for at, (begin, _) in enumerate(found)
    ]
    marks = max(runs, key=len) or [found[0]]
    start, end = marks[0][0], min(marks[-1][1], marks[0][0] + max_length)
    free = max_length - (end - start)
    line_start = text.rfind("\n", 0, start) + 1
    start -= min(start - line_start, max(free // 2, free - _line_after(text, end)))
    end += min(_line_after(text, end), max_length - (end - start))
    while start < marks[0][0] and (text[start].isspace() or _is_within_word(text, start)):
        start += 1
    while end > marks[-1][1] and (text[end - 1].isspace() or _is_within_word(text, end)):
        end -= 1
    head, tail = "…" if text[:start].strip() else "", "…" if text[end:].strip() else ""
    piece = text[start:end].replace("\n", " ")
    moved = len(head) - start
    return Excerpt(
        f"{head}{piece}{tail}",
        tuple((a + moved, min(b, end) + moved) for a, b in marks),
    )


def _line_after(text: str, at: int) -> int:
    """Return how many letters follow position `at` on its line."""
    end = text.find("\n", at)
    return (len(text) if end < 0 else end) - at


def _is_within_word(text: str, at: int) -> bool:
    """Return True if a cut at position `at` would split a word."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
