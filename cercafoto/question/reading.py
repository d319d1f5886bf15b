"""What a sentence means, or several phrases together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.word_roles import WordRole


class Reading(NamedTuple):
    """What one sentence means, or several phrases joined by `together`.

    text: the words for the text tower, or "".
    own: (name of a filter, the words that gave it and may also be a photo's own words); several
        of one filter are alternatives.
    together: whether all who are named must be in one photo ("insieme").
    written: the phrases that must be written in a photo.
    alternatives: the sentences that "o" joins in the text; see `alternatives_of`.

    The other fields are those of a `Query`.
    """

    text: str
    filters: Filters = NO_FILTERS
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    words: tuple[WordRole, ...] = ()
    order: str | None = None
    limit: int | None = None
    own: tuple[tuple[str, str], ...] = ()
    counts: bool = False
    together: bool = False
    written: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


def together(readings: Sequence[Reading]) -> Reading:
    """Return one reading of several phrases: their texts joined with " + ", all filters,
    exclusions, notes and words, the first order and the first limit. `own` stays empty; only a
    single text has alternatives."""
    filters = NO_FILTERS
    for reading in readings:
        for each, value in given(reading.filters):
            filters = each.added(filters, value)
    with_text = [reading for reading in readings if reading.text]
    return Reading(
        " + ".join(reading.text for reading in with_text),
        filters,
        tuple(dict.fromkeys(concept for reading in readings for concept in reading.exclude)),
        tuple(note for reading in readings for note in reading.notes),
        tuple(role for reading in readings for role in reading.words),
        next((reading.order for reading in readings if reading.order), None),
        next((reading.limit for reading in readings if reading.limit), None),
        counts=any(reading.counts for reading in readings),
        together=any(reading.together for reading in readings),
        written=tuple(phrase for reading in readings for phrase in reading.written),
        alternatives=with_text[0].alternatives if len(with_text) == 1 else (),
    )
