"""Answer a question from an archive: filters, candidates in order, what counts as an answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.session import Session
from cercafoto.archive.store import Store
from cercafoto.base.arrays import Floats
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.registry import resolved
from cercafoto.question.query import Query
from cercafoto.question.values import Saying
from cercafoto.results import NONE, Hit, SearchResult, Source
from cercafoto.search.own_matches import OwnMatches
from cercafoto.search.phrase import Phrase, embed
from cercafoto.search.run import Feedback, SearchRun
from cercafoto.search.shots import Shots

if TYPE_CHECKING:
    from cercafoto.photos.decoding.processes import Decoders

NEAREST_SHOWN = 3  # photos that are shown when none corresponds
# Where a person did not say how many to show: least confidence of a photo, and of the likeliest's.
# Beside a photo that is sure, one that is hardly likely is no answer.
WORTH_SHOWING, BESIDE = 0.05, 1 / 8


def answer(
    session: Session,
    query: Query,
    limit: int,
    *,
    least: float = 0.0,
    cut: bool = False,
    tagged: bool = True,
    apart: bool = False,
) -> SearchResult:
    """Find the `limit` photos that answer best, best first; see `Library.search`."""
    words: list[Phrase] = []

    def worth(best: float) -> float:
        if least:
            return least
        return max(WORTH_SHOWING, BESIDE * best) if words else WORTH_SHOWING

    with session.reading() as catalog:
        own = OwnMatches.of(catalog, query)
        narrowed = filters_of(session, catalog, query, own)
        shots = Shots((), 0)
        sources: tuple[Source, ...] = ()
        if narrowed is not None:
            run = SearchRun(catalog, session, tagged, apart, worth, own.evidence())
            if query.text or query.like:
                words = embed(session.encoder, query)
                images = examples(session.encoder, query)
                feedback = Feedback.of(catalog, query.more, query.less)
                shots = run.rank(words, images, narrowed, query.exclude, limit, feedback)
            else:
                shots = run.list_matching(narrowed, query.exclude, limit, query.order)
            if own.by_filter:
                sources = own.sources(catalog, query, narrowed, shots.counted)
        hits = [hit for hit in shots.hits if hit.confidence >= least]
        verdict = verdict_on(session, hits, words)
        if cut:
            best = max((hit.confidence for hit in hits), default=0.0)
            likely = [hit for hit in hits if hit.confidence >= worth(best)]
            hits = hits[:NEAREST_SHOWN] if verdict == NONE else likely or hits[:NEAREST_SHOWN]
        total = 0 if verdict == NONE else shots.total
        if catalog.bears_texts():
            from cercafoto.search.texts import with_texts

            hits = with_texts(catalog, query, hits)
        model = session.model
        return SearchResult(
            query,
            model.name,
            model.fingerprint,
            verdict,
            tuple(hits),
            total,
            sources if total else (),
        )


def filters_of(
    session: Session, catalog: Store, query: Query, own: OwnMatches | None = None
) -> Filters | None:
    """Return the filters of a query as the archive can be asked; None if no photo can fulfil them.

    own: what own words add to them, where that was looked up already.

    Raises UsageError for a folder that the archive does not know.
    """
    own = own or OwnMatches.of(catalog, query)
    return resolved(query.filters, _AskedArchive(session, catalog), own.for_filters())


@dataclass(frozen=True)
class _AskedArchive:
    """What filters must know of an archive; see `filter.Archive`."""

    session: Session
    store: Store

    def days(self) -> tuple[date, date] | None:
        return self.store.first_and_last_day()

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        return tuple(self.session.known_folders(self.store, folders))

    def saying(self, phrase: str) -> Saying:
        from cercafoto.search.texts import saying  # late: few questions have phrases

        return saying(self.store, phrase)


def examples(encoder: Encoder, query: Query) -> list[tuple[Floats, float]]:
    """Embed the photos to resemble: vector [D] and weight of each. Raises ImageError."""
    if not query.like:
        return []
    from cercafoto.photos.decoding.processes import Decoders  # late: most questions show no photo

    with Decoders(encoder.preprocessing, 1) as decoders:
        vectors = encoder.embed_pictures([_pixels(decoders, picture) for picture, _ in query.like])
    return [(vector, weight) for vector, (_, weight) in zip(vectors, query.like, strict=True)]


def _pixels(decoders: Decoders, picture: Path | PipedPicture) -> bytes:
    """Read a picture as the encoder takes it. Raises ImageError."""
    if isinstance(picture, PipedPicture):
        photo = decoders.decode(picture.content, picture.name)
    else:
        photo = decoders.look_at(os.fsencode(picture))
    return photo.pixels or b""


def verdict_on(session: Session, hits: Sequence[Hit], words: Sequence[Phrase] = ()) -> str:
    """Judge an answer by its likeliest photo and by how common what is asked is in photos."""
    if not hits:
        return NONE
    best = max(hit.confidence for hit in hits)
    if len(words) != 1:
        return session.verdict(best)
    return session.verdict(best, words[0].kind, words[0].commonness(session.encoder))
