"""Find photos that look like given ones (`simili`)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cercafoto.archive.archive import Archive
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.photos.moves import digest_of
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.results import SearchResult
from cercafoto.search.answer import answer, verdict_on
from cercafoto.search.order import in_order


def similar(
    archive: Archive,
    photos: Sequence[Path | PipedPicture],
    limit: int,
    typed: Filters = NO_FILTERS,
    order: str | None = None,
) -> SearchResult:
    """Find the `limit` photos that look most like `photos`; see `Library.similar`."""
    query = Query.of(Question(like=tuple(photos), typed=typed, order=order))
    with archive.reading():
        # Other files of the same shot are alike above all: each has a row of its own.
        result = answer(archive, query, limit + len(photos), apart=True)
        contents = {archive.photos.content_of(_digest(photo)) for photo in photos}
        own = {row.path for c in contents if c is not None for row in archive.photos.of_content(c)}
        hits = tuple(hit for hit in result.hits if hit.path not in own)
        total = result.total and result.total - (len(result.hits) - len(hits))
        verdict = verdict_on(archive, hits[:limit])
        found = replace(result, hits=hits[:limit], verdict=verdict, total=total)
        return in_order(found, query.order)


def _digest(photo: Path | PipedPicture) -> bytes:
    if isinstance(photo, PipedPicture):
        return hashlib.sha256(photo.content).digest()
    return bytes.fromhex(digest_of(os.fsencode(photo)))
