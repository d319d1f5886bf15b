"""Find the candidates of one query in an archive and order them.

The catalogue selects the photos that fulfil the filters. Vectors and the person's own words find
the candidates among them; if the query has only filters, all of them are candidates. Candidates
that show an excluded concept are dropped. Excluded concepts are never embedded together with the
question, since a model takes "senza persone" for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.archive import Archive, Embeddings
from cercafoto.archive.records import MomentRow, PhotoRow
from cercafoto.base.arrays import Floats, Ints, cosines, is_in, unit
from cercafoto.photos.file_names import is_copy_name
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import LABELS
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.values import BY_CONFIDENCE
from cercafoto.search.evidence import NONE, Evidence, with_evidence
from cercafoto.search.evidence_found import contents_called, contents_named, evidence_for
from cercafoto.search.exclusion import Detector, detectors
from cercafoto.search.feedback import NO_FEEDBACK, Feedback
from cercafoto.search.moments import AskedFrames, asked_frames, less_for_many_looks
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.people_order import NO_PRECEDENCE, UNSURE, Precedence
from cercafoto.search.phrase import Phrase
from cercafoto.search.reachable import reachable_in
from cercafoto.search.same_shot import alike_from
from cercafoto.search.shots import LOOKED_AT, NONE_BEHIND, Candidates, Shots, gather

if TYPE_CHECKING:
    from cercafoto.search.thing_evidence import Sightings

# How many of the nearest photos are sorted by confidence at first, and by which factor this number
# grows each time they are too few. The number does not depend on the limit, so that a short answer
# is the beginning of a long one. With the 462 photos of coppie_valid, 100 did as well as all; with
# 14,088 photos and the things seen in them, 500 hold 99.7 % of the ten surest.
IN_ORDER, WIDER = LOOKED_AT, 4
# From so many frames of an example video, spread over it, so many nearest photos are looked at.
FRAMES, NEAR = 16, 100
MOST_PLACED = 20_000  # photos of people that are put in order all together


class SearchRun:
    """One search in an archive.

    tagged, one_row_per_file: see `Library.search`.
    relevant_from: returns the smallest confidence that counts as an answer, given the largest.
    own: content id -> evidence for the contents whose own words have all words of the question, see
        `OwnMatches.evidence`.
    spoken, together: see `Query`.
    precedence: which contents come before others; see `people_order` and `nearest_first`.
    of_paper: see `Query.asks_of_paper`.
    """

    def __init__(
        self,
        archive: Archive,
        tagged: bool = True,
        one_row_per_file: bool = False,
        relevant_from: Callable[[float], float] = lambda best: 0.0,
        own: Mapping[int, Evidence] = MappingProxyType({}),
        spoken: str = "",
        together: bool = False,
        precedence: Precedence = NO_PRECEDENCE,
        of_paper: bool = False,
    ) -> None:
        self.archive, self.of_paper = archive, of_paper
        self.tagged, self.one_row_per_file = tagged, one_row_per_file
        self.relevant_from, self.own = relevant_from, own
        self.spoken, self.together, self.precedence = spoken, together, precedence
        self.encoder = archive.encoder

    def rank(
        self,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
        filters: Filters,
        exclude: Sequence[str],
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
        ranking = _Ranking(
            self,
            words,
            images,
            self.evidence(words, filters, bool(images or feedback)),
            self.excluded(exclude),
            self._left_out((*feedback.less, *examples), filters),
            by_confidence=len(words) + len(images) == 1 and not feedback,
        )
        query = self.query_vector(words, images)
        vector = unit(query + feedback.direction(self.archive, query))
        candidates = ranking.candidates(vector, filters)
        moments_of = self.archive.photos.moments_of
        return self._gather(candidates, filters, ranking.evidence, limit, moments_of)

    def excluded(self, exclude: Sequence[str]) -> list[Detector]:
        """Return a detector for each excluded concept."""

        def contents(found: set[int] | None) -> Ints | None:
            ids = None if found is None else np.array(sorted(found), np.int64)
            return ids if ids is None else self.archive.photos.with_moments(ids)

        def named(concept: str) -> Ints | None:
            return contents(contents_named(self.archive, concept))

        def called(concept: str) -> Ints | None:
            return contents(contents_called(self.archive, concept))

        return detectors(self.encoder, exclude, self.archive.things, named, called)

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

    def order_places(self, contents: Ints) -> Ints:
        """Return the place in the order of each content, [n]. Doubtful ones come last."""
        places = self.precedence.places
        found = np.array([places.get(each, 0) for each in contents.tolist()], np.int64)
        return np.where(self._are_doubtful(contents), np.iinfo(np.int64).max, found)

    def less_if_doubtful(self, contents: Ints, confidences: Floats) -> Floats:
        """Return the confidences of contents, [n]: those of doubtful ones are low."""
        if not self.precedence.doubts:
            return confidences
        return np.where(self._are_doubtful(contents), np.minimum(confidences, UNSURE), confidences)

    def _are_doubtful(self, contents: Ints) -> NDArray[np.bool_]:
        return is_in(contents, np.array([*self.precedence.doubts], np.int64))

    def query_vector(
        self, words: Sequence[Phrase], images: Sequence[tuple[Floats, float]]
    ) -> Floats:
        """Return the weighted sum of phrases and examples as a unit vector, [D]. A video counts by
        the mean of its frames.

        Photos are nearer to each other than to any words. So if the query has both, the mean of the
        background captions is subtracted from each phrase first, and the mean of the reference
        photos from each example.
        """
        vectors = [(phrase.vector, phrase.weight) for phrase in words]
        images = [(unit(example.mean(axis=0)), weight) for example, weight in images]
        if words and images and self.encoder.reference is not None:
            usual_words = self.encoder.background.mean(axis=0)
            usual_photo = self.encoder.reference.mean(axis=0)
            vectors = [(unit(vector - usual_words), weight) for vector, weight in vectors]
            images = [(unit(vector - usual_photo), weight) for vector, weight in images]
        return unit(np.sum([vector * weight for vector, weight in (*vectors, *images)], axis=0))

    def list_matching(
        self,
        filters: Filters,
        exclude: Sequence[str],
        limit: int,
        order: str | None = None,
    ) -> Shots:
        """Return the photos that fulfil the filters, in the given order. Without an order, the
        photos come first that have the surest labels, the text exactly as asked or the asked own
        words; then the latest."""
        excluded = self.excluded(exclude)
        asked = asked_frames(self.archive, filters)
        contents, scores, sure = self._ordered(filters, order, asked)
        if self.precedence.doubts:  # last in every order
            last = np.argsort(self._are_doubtful(contents), kind="stable")
            contents, scores, sure = contents[last], scores[last], sure[last]
            sure = self.less_if_doubtful(contents, sure)
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
            and not exclude
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
                photos[content] = [replace(each, doubtful=names) for each in photos[content]]
            for content, moment in moments.items():
                if moment.video in photos:
                    names = self.precedence.doubts.get(content, ())
                    photos[content] = [
                        replace(each, moment=moment, doubtful=names)
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
            cache(lambda: alike_from(self.encoder.reference)),
            self.one_row_per_file,
            self.archive.at_once,
            differ_in_text(self.archive),
            reachable,
        )

    def _ordered(
        self, filters: Filters, order: str | None, asked: AskedFrames
    ) -> tuple[Ints, Floats, Floats]:
        """Return the content ids that fulfil the filters, in order, [n]; their cosines, [n]; and
        their confidences, [n], which are 1 unless labels or words in photos are asked for.

        asked: frames that take the place of their videos.
        """
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
                contents = contents[np.argsort(self.order_places(contents), kind="stable")]
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

    def confidences(
        self,
        photos: Floats,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
        things: Sightings | None = None,
    ) -> Floats:
        """Return the weighted mean confidence of each photo over all phrases and examples: [N]
        float32.

        things: the things seen in the photos; None to go by their vectors only.
        """
        if not len(photos):
            return np.empty(0, np.float32)
        sure = [phrase.confidence(self.encoder, photos, things) for phrase in words]
        sure += [self.encoder.resemblance(photos, image) for image, _ in images]
        weights = [phrase.weight for phrase in words] + [weight for _, weight in images]
        result: Floats = np.average(sure, axis=0, weights=weights).astype(np.float32)
        return result

    def things(self, contents: Ints, words: Sequence[Phrase]) -> Sightings | None:
        """Return the things seen in some contents; None if the phrases name none, or no photo was
        looked at."""
        if not any(phrase.asked for phrase in words) or not self.archive.things.classes():
            return None
        # Imported here: a question that names no thing needs nothing of this.
        from cercafoto.search.thing_evidence import sightings

        return sightings(self.archive.things, contents)

    def evidence(
        self, words: Sequence[Phrase], filters: Filters, has_examples: bool = False
    ) -> dict[int, Evidence]:
        """Return content id -> evidence apart from sight. With several phrases, examples or
        feedback, {} unless own words were heard, since then no single phrase decides, and the model
        would not see names at all."""
        if not words or (not self.spoken and (len(words) > 1 or has_examples)):
            return {}
        sentences = (self.spoken,) if self.spoken else words[0].sentences
        found = evidence_for(self.archive, sentences, filters, self.together, self.of_paper)
        # A year in a name says when, not what: what the other words found counts more.
        weak = {content: each for content, each in self.own.items() if not each.weight}
        sure = {content: each for content, each in self.own.items() if each.weight}
        doubtful = {
            content: found[content]._replace(rank=each.rank)
            for content, each in weak.items()
            if content in found and each.is_doubtful and not found[content].comes_first
        }
        return {**weak, **_in_writing(filters), **found, **doubtful, **sure}


@dataclass(frozen=True)
class _Ranking:
    """How one question ranks the photos of an archive.

    words, images: see `SearchRun.rank`.
    evidence: content id -> evidence apart from sight.
    excluded: detectors of the concepts that a photo must not show.
    left_out: ids of the contents that must not be shown, [n].
    by_confidence: whether the surest photos come first; otherwise those nearest to the question.
    """

    run: SearchRun
    words: Sequence[Phrase]
    images: Sequence[tuple[Floats, float]]
    evidence: Mapping[int, Evidence]
    excluded: Sequence[Detector]
    left_out: Ints
    by_confidence: bool

    def candidates(self, vector: Floats, filters: Filters) -> Iterator[Candidates]:
        """Yield the photos nearest to the question's vector, then ever larger groups of farther
        photos."""
        archive = self.run.archive
        seen, surest, wide = list[int](), 1.0, IN_ORDER
        more = [*self.evidence, *self._near_frames(filters)]
        if self.run.precedence.places:  # whoever comes before others must be among the first
            more += islice(archive.photos.latest(filters), MOST_PLACED)
        while True:
            contents, pictures, complete = archive.embeddings.nearest(
                vector, wide, filters or None, more, seen
            )
            scored = self._scored(contents, pictures, vector)
            # Photos farther than all these cannot be surer than any of them.
            farther = min(surest, scored.rest)
            yield scored._replace(
                confidences=np.minimum(scored.confidences, surest),
                rest=NONE_BEHIND if complete else farther,
            )
            if complete:
                return
            surest = farther
            seen += contents.tolist()
            wide *= WIDER

    def _near_frames(self, filters: Filters) -> Iterator[int]:
        """Yield content ids near single frames of the example videos: these may be far from the
        mean of the frames."""
        for example, _ in self.images:
            if len(example) > 1:
                for frame in example[:: -(-len(example) // FRAMES)]:
                    near, _, _ = self.run.archive.embeddings.nearest(frame, NEAR, filters or None)
                    yield from near.tolist()

    def _scored(self, contents: Ints, pictures: Floats, vector: Floats) -> Candidates:
        """Return contents as candidates in order, without contents that must not be shown."""
        keep = showing_none(contents, pictures, self.excluded) & ~is_in(contents, self.left_out)
        contents, pictures = contents[keep], pictures[keep]
        speaks = [self.evidence.get(content, NONE) for content in contents.tolist()]
        sure = at_most = self._confidences(contents, pictures, speaks, None)
        things = self.run.things(contents, self.words)
        if things is not None:
            sure = self._confidences(contents, pictures, speaks, things)
        sure = self.run.less_if_doubtful(contents, sure)
        near = cosines(pictures, vector)
        later = np.array([each.place for each in speaks])
        keys = [-near, -sure, later] if self.by_confidence else [-near, later]
        if self.run.precedence.places:
            keys.append(self.run.order_places(contents))
        order = np.lexsort(keys)
        # The bound for farther photos is taken without things, which lower only some photos.
        rest = float(at_most.min(initial=1.0))
        return Candidates(contents, near, sure, pictures, rest).taking(order)

    def _confidences(
        self,
        contents: Ints,
        pictures: Floats,
        speaks: Sequence[Evidence],
        things: Sightings | None,
    ) -> Floats:
        """Return the confidence of each content by sight and by its evidence, [n].

        things: the things seen in them; None to go without.
        """
        by_sight = self.run.confidences(pictures, self.words, self.images, things)
        return with_evidence(less_for_many_looks(self.run.archive, contents, by_sight), speaks)


def showing_none(
    contents: Sequence[int] | Ints, photos: Floats, excluded: Sequence[Detector]
) -> NDArray[np.bool_]:
    """Return which photos show no excluded concept: bool [N]."""
    survivors = np.ones(len(photos), dtype=bool)
    for detector in excluded:
        survivors &= ~detector.shows(contents, photos)
    return survivors


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
