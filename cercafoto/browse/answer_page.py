"""One page of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cercafoto.base.italian_counts import media
from cercafoto.photos.decoding.file_kind import count_videos
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.query import Query
from cercafoto.question.values import BY_CONFIDENCE, LATEST, OLDEST
from cercafoto.results.answer import Hit, Source
from cercafoto.results.photos import Tile


@dataclass(frozen=True)
class FoundTile:
    """A photo of an answer.

    hit: the photo as found by a search; None if the photos were only listed, so that all are
        certain.
    """

    tile: Tile
    hit: Hit | None = None


@dataclass(frozen=True)
class Answer:
    """One page of an answer.

    query: the query that was answered; None if nothing was asked.
    verdict: verdict on the search; "" if the photos were only listed, and on later pages.
    after: where the next page begins; "" if this is the last.
    total: how many photos on all pages count as an answer; None if not all were looked at. Only on
        the first page.
    unlikely_at: index in `found` from which on photos do not count as an answer; None if there is
        no such place on this page.
    reasons, corrected, sources: see `SearchResult`. Only on the first page.
    """

    query: Query | None
    verdict: str
    found: tuple[FoundTile, ...]
    after: str
    total: int | None = 0
    unlikely_at: int | None = None
    reasons: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def is_by_date(self) -> bool:
        """Whether the photos come by their date."""
        if self.query is None or self.query.order in (LATEST, OLDEST):
            return True
        return is_listed(self.query)

    @property
    def is_by_confidence(self) -> bool:
        """Whether the photos were searched, and come by their confidence."""
        return self.query is not None and self.query.order in (None, BY_CONFIDENCE)

    @property
    def own_words_first(self) -> bool:
        """Whether this is a list that begins with photos whose own words were typed."""
        return bool(self.query and self.query.is_list and self.query.own and not self.query.order)


def how_many(answer: Answer, found: Sequence[FoundTile]) -> str:
    """Return how many photos and videos an answer has ("1.678 foto", "Più di 40 foto").

    found: the photos of all its pages so far.
    """
    number = len(found) if answer.total is None else answer.total or len(found)
    videos: int | None = count_videos(each.tile.path for each in found)
    if answer.query is not None and VIDEO.of(answer.query.filters):
        videos = number
    elif videos and number != len(found):
        videos = None
    return f"{'Più di ' if answer.total is None else ''}{media(number, videos)}"


def is_listed(query: Query) -> bool:
    """Whether the answer is only a list, the latest photos first: nothing has to be searched."""
    if query.order not in (None, LATEST) or query.limit or query.is_nearest_first:
        return False
    return not (query.text or query.like or query.exclude or query.written or query.own)
