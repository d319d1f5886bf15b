"""Make pairs of rows that name a photo and its captions: one pair a photo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION, Tally

Named = TypeVar("Named")


def pairs_by_url(
    rows: Iterable[tuple[str, Iterable[str]]], photos: Downloaded, source: str
) -> tuple[list[Pair], Tally]:
    """Make pairs of (URL, captions), with paths relative to the folder of `photos`."""
    tally = Tally(source)
    return joined(rows, photos.find, tally), tally


def joined(
    rows: Iterable[tuple[Named, Iterable[str | None]]],
    find: Callable[[Named], str | None],
    tally: Tally,
) -> list[Pair]:
    """Make pairs of rows, in their order, and count what became of each row.

    A photo that several rows show (an article's picture is used by others too) makes one pair
    with the captions of all: it must not fall into training and validation both.
    find: returns the path of the photo that a row names, None if it is not on this machine.
    """
    pairs: dict[str, Pair] = {}
    for named, texts in rows:
        tally.read += 1
        captions = distinct(texts)
        path = find(named) if captions else None
        if not captions:
            tally.leave_out(NO_CAPTION)
        elif path is None:
            tally.leave_out(MISSING)
        elif path in pairs:
            tally.leave_out(JOINED)
            pairs[path] = replace(pairs[path], captions=distinct(pairs[path].captions + captions))
        else:
            pairs[path] = Pair(path, captions, tally.source)
    return list(pairs.values())
