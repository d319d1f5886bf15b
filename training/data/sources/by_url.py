"""Pairs from rows of URL and captions: one pair a photo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION, Tally


def pairs_by_url(
    rows: Iterable[tuple[str, Iterable[str]]], photos: Downloaded, source: str
) -> tuple[list[Pair], Tally]:
    """Make pairs of rows, in their order, with paths relative to the folder of `photos`.

    A photo that several rows show (an article's picture is used by others too) makes one pair
    with the captions of all: it must not fall into training and validation both.
    """
    tally = Tally(source)
    pairs: dict[str, Pair] = {}
    for url, texts in rows:
        tally.read += 1
        captions = distinct(texts)
        path = photos.find(url) if captions else None
        if not captions:
            tally.leave_out(NO_CAPTION)
        elif path is None:
            tally.leave_out(MISSING)
        elif path in pairs:
            tally.leave_out(JOINED)
            pairs[path] = replace(pairs[path], captions=distinct(pairs[path].captions + captions))
        else:
            pairs[path] = Pair(path, captions, source)
    return list(pairs.values()), tally
