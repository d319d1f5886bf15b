"""Answer a query, with misspelt words corrected, the reason for an empty answer, and in order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cercafoto.archive.archive import Archive
from cercafoto.question.query import Query
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST
from cercafoto.results.answer import FILE_NAME, FOUND, NONE, WEAK, WRITTEN, Hit, SearchResult
from cercafoto.search.answer import answer

VERDICTS = (NONE, WEAK, FOUND)  # the worst first


def search(
    archive: Archive,
    query: Query,
    limit: int,
    *,
    min_confidence: float = 0.0,
    drop_unlikely: bool = False,
    tagged: bool = True,
    one_row_per_file: bool = False,
) -> SearchResult:
    """Return the photos that answer a query best; see `Library.search`."""
    answered = partial(
        answer,
        archive,
        limit=limit,
        min_confidence=min_confidence,
        drop_unlikely=drop_unlikely,
        tagged=tagged,
        one_row_per_file=one_row_per_file,
    )
    result = answered(query)
    # What sight finds for several misspelt words is found by chance; what has them written is not.
    found_by = result.hits[0].evidence if result.hits else ""
    several = len(query.corrections) > 1 and found_by not in (WRITTEN, FILE_NAME)
    if query.meant is not None and (several or result.verdict != FOUND):
        meant = answered(replace(query.meant, limit=query.limit))
        least = VERDICTS.index(result.verdict) + (0 if several else 1)
        if meant.verdict != NONE and VERDICTS.index(meant.verdict) >= least:
            result = replace(meant, corrected=query.corrections)
    if result.verdict == NONE:
        from cercafoto.search.why_empty import why_empty

        result = replace(result, reasons=why_empty(archive, query))
    return in_order(result, query.order)


def search_all(
    archive: Archive,
    query: Query,
    *,
    min_confidence: float = 0.0,
    drop_unlikely: bool = False,
    one_row_per_file: bool = False,
) -> SearchResult:
    """Return an answer in which every matching photo is counted; see `Library.search_all`."""
    found = partial(
        search,
        archive,
        query,
        min_confidence=min_confidence,
        drop_unlikely=drop_unlikely,
        tagged=False,
        one_row_per_file=one_row_per_file,
    )
    limit = 1000
    while (result := found(limit)).total is None:
        limit *= 10
    return result


def in_order(result: SearchResult, order: str | None) -> SearchResult:
    """Return an answer with its photos in the given order, one of ORDERS; None keeps their order.
    By date, photos without a date come last. In every order doubtful photos come after all others.
    The sort is stable."""
    hits = list(result.hits)
    if order == BY_NAME:
        hits.sort(key=lambda hit: hit.path)
    elif order == BY_CONFIDENCE:
        hits.sort(key=lambda hit: -hit.confidence)
    elif order in (LATEST, OLDEST):
        hits.sort(key=_moment, reverse=order == LATEST)
        hits.sort(key=lambda hit: hit.taken_at is None)
    hits.sort(key=lambda hit: bool(hit.doubtful))
    return replace(result, hits=tuple(hits))


def _moment(hit: Hit) -> str:
    return hit.taken_at or ""
