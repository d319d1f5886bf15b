"""Answer a query, with misspelt words corrected, the reason for an empty answer, and in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cercafoto.archive.archive import Archive
from cercafoto.question.query import Query
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST
from cercafoto.results.answer import FILE_NAME, FOUND, NONE, WEAK, WRITTEN, Hit, SearchResult
from cercafoto.search.answer import answer

VERDICTS = (NONE, WEAK, FOUND)  # the worst first
COUNTED = 1000  # hits of an answer of which only the number is asked


def search(
    archive: Archive, query: Query, limit: int, *, tagged: bool = True, **options: Any
) -> SearchResult:
    """Return the photos that answer a query best; see `Library.search`, also for `options`."""
    # The first in an order may be the least likely of all photos that answer.
    every = query.order is not None and bool(query.text or query.like)
    with archive.reading():
        result = _found(archive, query, limit=limit, tagged=tagged, every=every, **options)
        hits = in_order(result.hits, query.order)[:limit]
        return replace(result, hits=_with_details(archive, result.query, hits, tagged))


def with_labels(archive: Archive, query: Query, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return hits of `search_all` with what `search` fills in: labels, words read, and people."""
    with archive.reading():
        labels = archive.photos.labels_of({hit.content_id for hit in hits})
        named = [replace(hit, tags=labels.get(hit.content_id, ())) for hit in hits]
        return _with_details(archive, query, named, True)


def search_all(
    archive: Archive, query: Query, *, every: bool = False, **options: Any
) -> SearchResult:
    """Return an answer in which every matching photo is counted; see `Library.search_all`.

    every: whether it has all hits; otherwise perhaps only the first ones.
    """
    found = partial(_found, archive, query, limit=COUNTED, tagged=False, **options)
    result = found(every=every or bool(query.text or query.like))
    if result.total is None:
        result = found(every=True)
    return replace(result, hits=in_order(result.hits, query.order))


def _found(archive: Archive, query: Query, **options: Any) -> SearchResult:
    """Return the answer to a query, or to its corrected words, and why it is empty."""
    result = answer(archive, query, **options)
    # What sight finds for several misspelt words is found by chance; what has them written is not.
    found_by = result.hits[0].evidence if result.hits else ""
    several = len(query.corrections) > 1 and found_by not in (WRITTEN, FILE_NAME)
    if query.meant is not None and (several or result.verdict != FOUND):
        meant = answer(archive, replace(query.meant, limit=query.limit), **options)
        least = VERDICTS.index(result.verdict) + (0 if several else 1)
        if meant.verdict != NONE and VERDICTS.index(meant.verdict) >= least:
            result = replace(meant, corrected=query.corrections)
    if result.verdict == NONE:
        from cercafoto.search.why_empty import why_empty

        result = replace(result, reasons=why_empty(archive, query))
    return result


def in_order(hits: Sequence[Hit], order: str | None) -> tuple[Hit, ...]:
    """Return hits in the given order, one of ORDERS; None keeps their order. By date, photos
    without a date come last. In every order doubtful photos come after all others. The sort is
    stable."""
    if order == BY_NAME:
        hits = sorted(hits, key=lambda hit: hit.path)
    elif order == BY_CONFIDENCE:
        hits = sorted(hits, key=lambda hit: -hit.confidence)
    elif order in (LATEST, OLDEST):
        hits = sorted(hits, key=lambda hit: hit.taken_at or "", reverse=order == LATEST)
        hits.sort(key=lambda hit: hit.taken_at is None)
    return tuple(sorted(hits, key=lambda hit: bool(hit.doubtful)))


def _with_details(
    archive: Archive, query: Query, hits: Sequence[Hit], tagged: bool
) -> tuple[Hit, ...]:
    """Return hits with the words read in them, and with their people if `tagged`."""
    if archive.texts.are_read():
        from cercafoto.search.phrases_in_texts import with_texts

        hits = with_texts(archive, query, hits)
    if tagged and archive.people.are_known():
        regions = archive.people.regions_of
        hits = [replace(hit, people=tuple(regions(hit.shown_content))) for hit in hits]
    return tuple(hits)
