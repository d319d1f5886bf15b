"""Rows of (URL, captions) -> one pair a photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION, Counted


def pairs_by_url(
    rows: Iterable[tuple[str, Iterable[str]]], photos: Downloaded, source: str
) -> tuple[list[Pair], Counted]:
    """The photos of the rows, in their order, with paths relative to the folder of `photos`.

    A photo that several rows show (an article's picture is used by others too) makes one pair
    with the captions of all: it must not fall into training and validation both.
    """
    counted = Counted(source)
    found: dict[str, Pair] = {}
    for url, texts in rows:
        counted.read += 1
        captions = distinct(texts)
        path = photos.find(url) if captions else None
        if not captions:
            counted.leave_out(NO_CAPTION)
        elif path is None:
            counted.leave_out(MISSING)
        elif path in found:
            counted.leave_out(JOINED)
            found[path] = replace(found[path], captions=distinct(found[path].captions + captions))
        else:
            found[path] = Pair(path, captions, source)
    return list(found.values()), counted
