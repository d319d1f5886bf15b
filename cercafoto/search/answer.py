"""Answer a query from an archive: filter the photos, rank the candidates, decide which count."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import resolved
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.question.values import Saying
from cercafoto.question.weights import named_moment
from cercafoto.results.answer import NONE, Hit, SearchResult, Source
from cercafoto.search.own_matches import OwnMatches
from cercafoto.search.phrase import Phrase, embed
from cercafoto.search.run import Feedback, SearchRun
from cercafoto.search.shots import Shots

if TYPE_CHECKING:
    from cercafoto.photos.decoding.decoder_processes import Decoders
    from cercafoto.photos.read_file import ReadFile

NEAREST_SHOWN = 3  # photos that are shown when none counts as an answer
# A photo counts as an answer from this confidence, and from this share of the likeliest one's.
RELEVANT_FROM, SHARE_OF_BEST = 0.05, 1 / 8


def answer(
    archive: Archive,
    query: Query,
    limit: int,
    *,
    min_confidence: float = 0.0,
    drop_unlikely: bool = False,
    tagged: bool = True,
    one_row_per_file: bool = False,
) -> SearchResult:
    """Return the result of a search: at most `limit` photos, best first, or in the query's order if
    it has only filters. See `Library.search` for parameters and errors."""
    words: list[Phrase] = []

    def relevant_from(best: float) -> float:
        return min_confidence or least_confidence(query, best)

    with archive.reading():
        own = OwnMatches.of(archive, query)
        narrowed = filters_of(archive, query, own)
        shots = Shots((), 0)
        sources: tuple[Source, ...] = ()
        if narrowed is not None:
            places: dict[int, int] = {}
            if PEOPLE.of(query.filters):
                from cercafoto.search.people_order import places_of_people

                _, by_name = own.by_filter.get(PEOPLE.name, (None, {}))
                places = places_of_people(archive, query, by_name)
            elif query.is_nearest_first:
                from cercafoto.search.nearest_first import places_by_distance

                places = places_by_distance(archive, query, narrowed)
            # The photos most like an example are other files of its shot: give each its own row.
            run = SearchRun(
                archive,
                tagged,
                one_row_per_file or query.is_likeness,
                relevant_from,
                own.evidence(),
                query.spoken,
                query.together,
                places,
            )
            if query.text or query.like:
                words = embed(archive.encoder, query)
                examples = embed_examples(archive, query)
                feedback = Feedback.of(archive, query.more, query.less)
                images = [(example.vectors, example.weight) for example in examples]
                known = (each.content for each in examples if each.content is not None)
                shown = tuple(known) if query.is_likeness else ()
                shots = run.rank(words, images, narrowed, query.exclude, limit, feedback, shown)
            else:
                shots = run.list_matching(narrowed, query.exclude, limit, query.order)
            if own.by_filter and shots.total:
                files = shots.files or archive.photos.count_by_content(narrowed)
                sources = own.sources(archive, query, narrowed, files)
        hits = list(shots.hits)
        if PEOPLE.of(query.filters):
            from cercafoto.search.people_order import unsure_last

            hits = unsure_last(archive, query, hits)
        hits = [hit for hit in hits if hit.confidence >= min_confidence]
        verdict = verdict_on(archive, hits, words)
        if drop_unlikely:
            best = max((hit.confidence for hit in hits), default=0.0)
            likely = [hit for hit in hits if hit.confidence >= relevant_from(best)]
            hits = hits[:NEAREST_SHOWN] if verdict == NONE else likely or hits[:NEAREST_SHOWN]
        total = 0 if verdict == NONE else shots.total
        if archive.texts.are_read():
            from cercafoto.search.phrases_in_texts import with_texts

            hits = with_texts(archive, query, hits)
        if tagged and archive.people.are_known():
            regions = archive.people.regions_of
            hits = [replace(hit, people=tuple(regions(hit.shown_content))) for hit in hits]
        model = archive.model
        return SearchResult(
            query,
            model.name,
            model.fingerprint,
            verdict,
            tuple(hits),
            total,
            sources=sources if total else (),
        )


def least_confidence(query: Query, best: float) -> float:
    """Return the smallest confidence that counts as an answer if the likeliest photo has the
    confidence `best`. If the query has words, a photo far less likely than the best does not
    count."""
    return max(RELEVANT_FROM, SHARE_OF_BEST * best) if query.text else RELEVANT_FROM


def filters_of(archive: Archive, query: Query, own: OwnMatches | None = None) -> Filters | None:
    """Return the filters of a query with values that SQL can compare, such as days instead of
    "agosto"; None if no photo can fulfil them.

    own: the matches of the person's own words, if they were looked up already.

    Raises UsageError for a folder that the archive does not know.
    """
    own = own or OwnMatches.of(archive, query)
    return resolved(query.filters, ArchiveToAsk(archive), own.for_filters())


@dataclass(frozen=True)
class ArchiveToAsk:
    """Answers the questions that filters ask an archive; implements `filter.AskedArchive`."""

    archive: Archive

    def days(self) -> tuple[date, date] | None:
        return self.archive.photos.first_and_last_day()

    def folders(self, folders: Sequence[Path]) -> tuple[bytes, ...]:
        return tuple(self.archive.known_folders(folders))

    def collected(self, names: Sequence[str]) -> tuple[int, ...] | None:
        from cercafoto.search.collection_photos import collected  # it asks for an answer itself

        return collected(self.archive, names)

    def with_own_words(self, phrases: Sequence[str]) -> tuple[int, ...] | None:
        from cercafoto.search.own_words import contents_with  # few questions ask for it

        each = [contents_with(self.archive, phrase) for phrase in phrases]
        return tuple(sorted(set.intersection(*each))) or None

    def saying(self, phrase: str) -> Saying:
        # Imported here: few questions have phrases.
        from cercafoto.search.phrases_in_texts import saying

        return saying(self.archive, phrase)

    def people(self, names: Sequence[str]) -> tuple[int, ...]:
        found = {each for name in names for each in self.archive.people.contents_named(name)}
        return tuple(sorted(found))

    def named(self) -> tuple[int, ...]:
        if self.archive.settings.shared is not None or not self.archive.settings.people:
            raise UsageError(
                "Qui non ci sono i nomi delle persone: non si sa a quali foto mancano.",
                "Togli «senza nomi» dalla domanda.",
            )
        return self.archive.people.contents_with_names()

    def cameras(self) -> Sequence[str]:
        return self.archive.words.camera_names()

    def lenses(self) -> Sequence[str]:
        return self.archive.words.lens_names()

    def in_collections(self) -> tuple[int, ...]:
        from cercafoto.search.collection_photos import in_collections

        if self.archive.settings.shared is not None:
            raise UsageError(
                "Un archivio condiviso non ha raccolte: non si sa quali foto non ne hanno.",
                "Togli «in nessuna raccolta» dalla domanda.",
            )
        return in_collections(self.archive)


class Example(NamedTuple):
    """An example photo, or an example video.

    vectors: one for a photo or for a moment of a video, one for each frame of a video: [P, D].
    content: its content id; None if it is not in the archive.
    """

    vectors: Floats
    weight: float
    content: int | None


def embed_examples(archive: Archive, query: Query) -> list[Example]:
    """Return a query's examples with their vectors; [] if it has none. Raises ImageError."""
    if not query.like:
        return []
    # Imported here: few questions have example photos.
    from cercafoto.photos.decoding.decoder_processes import Decoders
    from cercafoto.photos.read_file import MOST_FRAMES

    shape = archive.encoder.preprocessing
    with Decoders(shape, 1, most_frames=MOST_FRAMES) as decoders:
        return [_example(archive, decoders, *each) for each in query.like]


def _example(
    archive: Archive, decoders: Decoders, picture: Path | PipedPicture, weight: float
) -> Example:
    """Return an example. The frames of a video in the archive are not decoded again, nor is a file
    that was an example before and has not changed. Raises ImageError."""

    def embedded(read: ReadFile) -> tuple[Floats, bytes]:
        return archive.encoder.embed_pictures(read.images), read.content_digest

    if isinstance(picture, PipedPicture):
        vectors, digest = embedded(decoders.decode(picture.content, picture.name))
    else:
        path, at = named_moment(picture)
        frames = archive.frames_of(path, at)
        _, vectors = archive.embeddings.of(list(frames))
        if len(vectors):
            return Example(vectors, weight, next(iter(frames.values())).video)
        stamp = None
        with suppress(OSError):  # the decoder tells the person what is wrong
            stamp = stamp_of(path.stat())
        name = os.fsencode(path)
        vectors, digest = archive.examples.get_or_make(
            (name, stamp, at), lambda: embedded(decoders.look_at(name, at))
        )
    return Example(vectors, weight, archive.photos.content_of(digest))


def verdict_on(archive: Archive, hits: Sequence[Hit], words: Sequence[Phrase] = ()) -> str:
    """Return the verdict on an answer (FOUND, WEAK or NONE), from its largest confidence.

    words: the embedded phrases of the question. If there is only one, the verdict also depends on
        its kind and on how common it is in photos.
    """
    if not hits:
        return NONE
    best = max(hit.confidence for hit in hits)
    if len(words) != 1:
        return archive.encoder.calibration.verdict(best)
    return archive.encoder.calibration.verdict(
        best, words[0].kind, words[0].commonness(archive.encoder)
    )
