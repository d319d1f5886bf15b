"""Find the candidates of one query in an archive and order them.

The catalogue selects the photos that fulfil the filters. Vectors and the person's own words find
the candidates among them; if the query has only filters, all of them are candidates. Candidates
that show an excluded concept are dropped. Excluded concepts are never embedded together with the
question, since a model takes "senza persone" for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.archive import Archive, Embeddings
from cercafoto.archive.records import MomentRow, PhotoRow
from cercafoto.base.arrays import Floats, Ints, unit
from cercafoto.photos.file_names import is_copy_name
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import LABELS
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.query import Query
from cercafoto.question.values import BY_CONFIDENCE
from cercafoto.search.evidence import NONE, Evidence
from cercafoto.search.evidence_found import contents_called, contents_named, evidence_for
from cercafoto.search.exclusion import Detector, detectors, showing_none
from cercafoto.search.feedback import NO_FEEDBACK, Feedback
from cercafoto.search.moments import AskedFrames, asked_frames
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.phrase import Phrase
from cercafoto.search.precedence import NO_PRECEDENCE, Precedence
from cercafoto.search.ranking import Ranking, query_vector
from cercafoto.search.reachable import reachable_in
from cercafoto.search.same_shot import alike_from
from cercafoto.search.shots import LOOKED_AT, NONE_BEHIND, Candidates, Shots, gather


class SearchRun(NamedTuple):
    """One search in an archive.

    query: the query that is answered. Its filters are passed on with resolved values.
    tagged, one_row_per_file: see `Library.search`.
    relevant_from: returns the smallest confidence that counts as an answer, given the largest.
    own: content id -> evidence for the contents whose own words have all words of the question, see
        `OwnMatches.evidence`.
    precedence: which contents come before others; see `precedence_of`.
    every: see `shots.gather`.
    """

    archive: Archive
    query: Query
    tagged: bool = True
    one_row_per_file: bool = False
    relevant_from: Callable[[float], float] = lambda best: 0.0
    own: Mapping[int, Evidence] = MappingProxyType({})
    precedence: Precedence = NO_PRECEDENCE
    every: bool = False

    def rank(
        self,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
        filters: Filters,
        limit: int,
        feedback: Feedback = NO_FEEDBACK,
        examples: Sequence[int] = (),
    ) -> Shots:
        """Return the photos that fit the phrases and the example photos, the surest first. With
        several phrases or examples, or with feedback, the photos nearest to the sum of the vectors
        come first.

        images: vectors [P, D] and weight of each example; a video has several.
        examples: content ids of the example photos, which are left out.
        """
        ranking = Ranking(
            self.archive,
            words,
            images,
            self.evidence(words, filters, bool(images or feedback)),
            self.excluded(),
            self._left_out((*feedback.less, *examples), filters),
            self.precedence,
            by_confidence=len(words) + len(images) == 1 and not feedback,
        )
        query = query_vector(self.archive.encoder, words, images)
        vector = unit(query + feedback.direction(self.archive, query))
        candidates = ranking.candidates(vector, filters)
        moments_of = self.archive.photos.moments_of
        return self._gather(candidates, filters, ranking.evidence, limit, moments_of)

    def excluded(self) -> list[Detector]:
        """Return a detector for each excluded concept."""

        def contents(found: set[int] | None) -> Ints | None:
            ids = None if found is None else np.array(sorted(found), np.int64)
            return ids if ids is None else self.archive.photos.with_moments(ids)

        def named(concept: str) -> Ints | None:
            return contents(contents_named(self.archive, concept))

        def called(concept: str) -> Ints | None:
            return contents(contents_called(self.archive, concept))

        exclude = self.query.exclude
        return detectors(self.archive.encoder, exclude, self.archive.things, named, called)

    def _left_out(self, contents: Sequence[int], filters: Filters) -> Ints:
        """Return the ids of the contents that must not be shown, [n]: some contents with their
        frames, and of a video in which a person is asked for, the frames that do not show her."""
        left_out = np.array(sorted({*contents}), np.int64)
        if len(left_out):
            left_out = self.archive.photos.with_moments(left_out)
        if asked := asked_frames(self.archive, filters):
            elsewhere = self.archive.photos.frames_of(asked).items()
            others = [frame for frame, row in elsewhere if frame not in asked[row.video]]
            left_out = np.concatenate([left_out, np.array(others, np.int64)])
        return left_out

    def list_matching(self, filters: Filters, limit: int) -> Shots:
        """Return the photos that fulfil the filters, in the query's order. Without an order, the
        photos come first that have the surest labels, the text exactly as asked or the asked own
        words; then the latest."""
        excluded = self.excluded()
        asked = asked_frames(self.archive, filters)
        contents, scores, sure = self._ordered(filters, asked)
        if self.precedence.doubts:  # last in every order
            last = np.argsort(self.precedence.are_doubtful(contents), kind="stable")
            contents, scores, sure = contents[last], scores[last], sure[last]
            sure = self.precedence.less_if_doubtful(contents, sure)
        embeddings = self.archive.embeddings

        def candidates() -> Iterator[Candidates]:
            for at in range(0, len(contents), LOOKED_AT):
                part = slice(at, at + LOOKED_AT)
                pictures, known = _pictures(embeddings, contents[part])
                keep = showing_none(contents[part], pictures, excluded) | ~known
                rest = 1.0 if at + LOOKED_AT < len(contents) else NONE_BEHIND
                found = Candidates(contents[part], scores[part], sure[part], pictures, rest)
                yield found.taking(keep)

        def moments_of(contents: Sequence[int]) -> dict[int, MomentRow]:
            return {each: frames[each] for each in contents if each in frames}

        frames = {frame: row for of_video in asked.values() for frame, row in of_video.items()}
        evidence = {**_in_writing(filters), **self.own}
        shots = self._gather(candidates(), filters, evidence, limit, moments_of)
        if (
            shots.total is None
            and not excluded
            and sure.min() >= self.relevant_from(float(sure.max()))
        ):
            number = self.archive.photos.count_where(filters)
            return Shots(shots.hits, number)
        return shots

    def _gather(
        self,
        candidates: Iterator[Candidates],
        filters: Filters,
        evidence: Mapping[int, Evidence],
        limit: int,
        moments_of: Callable[[Sequence[int]], Mapping[int, MomentRow]],
    ) -> Shots:
        """Return the rows for some candidates; a row shows the best copy of its content.

        evidence: content id -> evidence for the content.
        moments_of: returns the candidates that are frames of videos, which the row then names.
        """
        reachable = reachable_in(self.archive.indexed_folders())

        def look_up(contents: Sequence[int]) -> dict[int, list[PhotoRow]]:
            moments = moments_of(contents)
            wanted = {moments[each].video if each in moments else each: None for each in contents}
            photos = self.archive.photos.by_content(list(wanted), filters, self.tagged)
            for content, copies in photos.items():
                if len(copies) == 1:
                    continue
                # Show a copy that is reachable; then one whose own name or words answer.
                path = evidence.get(content, NONE).path
                copies.sort(
                    key=lambda photo: (
                        not reachable(photo.path),
                        photo.path != path,
                        is_copy_name(photo.path),
                    )
                )
            for content in self.precedence.doubts.keys() & photos.keys():
                names = self.precedence.doubts[content]
                photos[content] = [each._replace(doubtful=names) for each in photos[content]]
            for content, moment in moments.items():
                if moment.video in photos:
                    names = self.precedence.doubts.get(content, ())
                    photos[content] = [
                        each._replace(moment=moment, doubtful=names)
                        for each in photos[moment.video]
                    ]
            return photos

        return gather(
            candidates,
            look_up,
            lambda content: evidence.get(content, NONE).kind,
            limit,
            self.relevant_from,
            # Called only if two photos are much alike: the first product of matrices takes 10 ms.
            cache(lambda: alike_from(self.archive.encoder.reference)),
            self.one_row_per_file,
            self.archive.at_once,
            differ_in_text(self.archive),
            reachable,
            self.every,
        )

    def _ordered(self, filters: Filters, asked: AskedFrames) -> tuple[Ints, Floats, Floats]:
        """Return the content ids that fulfil the filters, in order, [n]; their cosines, [n]; and
        their confidences, [n], which are 1 unless labels or words in photos are asked for.

        asked: frames that take the place of their videos.
        """
        order = self.query.order
        latest = self.archive.photos.latest(filters, order)
        labels = LABELS.of(filters)
        if asked and not labels:
            latest = (frame for video in latest for frame in asked.get(video, (video,)))
        contents = np.fromiter(latest, np.int64)
        if TEXTS.name in filters and not labels:
            from cercafoto.search.text_evidence import exact_first

            return exact_first(contents, filters, order)
        if not labels:
            if order is None and self.precedence.places:
                contents = contents[np.argsort(self.precedence.order_of(contents), kind="stable")]
            elif order is None and self.own:
                places = [self.own.get(content, NONE).place for content in contents.tolist()]
                contents = contents[np.argsort(places, kind="stable")]
            certain = np.ones(len(contents), np.float32)
            return contents, certain, certain
        tagged = {tag[0]: tag for tag in self.archive.labels.most_tagged(labels)}
        if order in (None, BY_CONFIDENCE):
            listed = set(contents.tolist())
            rows = [tag for content, tag in tagged.items() if content in listed]
        else:
            rows = [tagged[content] for content in contents.tolist() if content in tagged]
        rows = [(c, *tag[1:]) for tag in rows for c in asked.get(tag[0], (tag[0],))]
        columns = np.array(rows, np.float64).reshape(-1, 3)
        contents = np.array([content for content, _, _ in rows], np.int64)
        return contents, *columns[:, 1:].T.astype(np.float32)

    def evidence(
        self, words: Sequence[Phrase], filters: Filters, has_examples: bool = False
    ) -> dict[int, Evidence]:
        """Return content id -> evidence apart from sight. With several phrases, examples or
        feedback, {} unless own words were heard, since then no single phrase decides, and the model
        would not see names at all."""
        query = self.query
        if not words or (not query.spoken and (len(words) > 1 or has_examples)):
            return {}
        sentences = (query.spoken,) if query.spoken else words[0].sentences
        found = evidence_for(
            self.archive,
            sentences,
            filters,
            query.together,
            query.asks_of_paper,
            {query.spoken or query.text: query.heard},
        )
        # A year in a name says when, not what: what the other words found counts more.
        weak = {content: each for content, each in self.own.items() if not each.weight}
        sure = {content: each for content, each in self.own.items() if each.weight}
        doubtful = {
            content: found[content]._replace(rank=each.rank)
            for content, each in weak.items()
            if content in found and each.is_doubtful and not found[content].comes_first
        }
        return {**weak, **_in_writing(filters), **found, **doubtful, **sure}


def _in_writing(filters: Filters) -> dict[int, Evidence]:
    """Return content id -> evidence of the phrases that must be written in a photo; {} if the
    filters ask for no phrase."""
    if TEXTS.name not in filters:
        return {}
    from cercafoto.search.text_evidence import evidence_of_phrases

    return evidence_of_phrases(filters)


def _pictures(embeddings: Embeddings, contents: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the vectors of contents, [n, D], zeros for a content without a vector, and which
    contents have a vector, bool [n]."""
    place = {content: at for at, content in enumerate(contents.tolist())}
    have, theirs = embeddings.of(contents.tolist())
    at = [place[content] for content in have.tolist()]
    pictures = np.zeros((len(contents), embeddings.dimension), np.float32)
    pictures[at] = theirs
    known = np.zeros(len(contents), bool)
    known[at] = True
    return pictures, known
