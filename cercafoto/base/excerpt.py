"""A short piece of a longer text around what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Span = tuple[int, int]  # from, up to but not including


class Excerpt(NamedTuple):
    """A piece of a text, on one line, and where in it what was found stands."""

    text: str
    marks: tuple[Span, ...]


def excerpt(text: str, found: Sequence[Span], room: int) -> Excerpt:
    """Cut out of a text at most about `room` letters around most of what was found, from whole
    words of the same lines; dots stand where it goes on."""
    if not found:
        return Excerpt("", ())
    found = sorted(found)
    # Of the runs that begin with each of them and have room, the fullest.
    runs = [
        [span for span in found[at:] if span[1] <= begin + room]
        for at, (begin, _) in enumerate(found)
    ]
    marks = max(runs, key=len) or [found[0]]
    start, end = marks[0][0], min(marks[-1][1], marks[0][0] + room)
    free = room - (end - start)
    start -= min(_line_before(text, start), max(free // 2, free - _line_after(text, end)))
    end += min(_line_after(text, end), room - (end - start))
    while start < marks[0][0] and (text[start].isspace() or _splits(text, start)):
        start += 1
    while end > marks[-1][1] and (text[end - 1].isspace() or _splits(text, end)):
        end -= 1
    head, tail = "…" if text[:start].strip() else "", "…" if text[end:].strip() else ""
    piece = text[start:end].replace("\n", " ")
    moved = len(head) - start
    return Excerpt(
        f"{head}{piece}{tail}",
        tuple((a + moved, min(b, end) + moved) for a, b in marks),
    )


def _line_before(text: str, at: int) -> int:
    """Count the letters of a line before a place."""
    return at - (text.rfind("\n", 0, at) + 1)


def _line_after(text: str, at: int) -> int:
    """Count the letters of a line from a place on."""
    end = text.find("\n", at)
    return (len(text) if end < 0 else end) - at


def _splits(text: str, at: int) -> bool:
    """Tell whether a cut here would go through a word."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
