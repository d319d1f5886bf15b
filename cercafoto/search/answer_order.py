"""Sort the photos of an answer as the person asked: by date, name or confidence."""

from __future__ import annotations

from dataclasses import replace

from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST
from cercafoto.results.answer import Hit, SearchResult


def in_order(result: SearchResult, order: str | None) -> SearchResult:
    """Return an answer with its photos in the given order, one of ORDERS; None keeps their order.
    By date, photos without a date come last. The sort is stable."""
    hits = list(result.hits)
    if order == BY_NAME:
        hits.sort(key=lambda hit: hit.path)
    elif order == BY_CONFIDENCE:
        hits.sort(key=lambda hit: -hit.confidence)
    elif order in (LATEST, OLDEST):
        hits.sort(key=_moment, reverse=order == LATEST)
        hits.sort(key=lambda hit: hit.taken_at is None)
    return replace(result, hits=tuple(hits))


def _moment(hit: Hit) -> str:
    return hit.taken_at or ""
