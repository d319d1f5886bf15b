"""Order the photos of an archive by how well they fit the phrases and example photos of a question.

Candidates come in ever larger groups, the nearest to the question's vector first. In a group the
surest photos come first: sight gives a confidence, and the evidence of own words raises it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats, Ints, cosines, is_in, unit
from cercafoto.question.filters.filter import Filters
from cercafoto.search.evidence import NONE, Evidence, with_evidence
from cercafoto.search.exclusion import Detector, showing_none
from cercafoto.search.moments import less_for_many_looks
from cercafoto.search.phrase import Phrase
from cercafoto.search.precedence import BY_OWN_WORDS, Precedence
from cercafoto.search.shots import LOOKED_AT, NONE_BEHIND, Candidates

if TYPE_CHECKING:
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.search.thing_evidence import Sightings

# How many of the nearest photos are sorted by confidence at first, and by which factor this number
# grows each time they are too few. The number does not depend on the limit, so that a short answer
# is the beginning of a long one. With the 462 photos of coppie_valid, 100 did as well as all; with
# 14,088 photos and the things seen in them, 500 hold 99.7 % of the ten surest.
IN_ORDER, WIDER = LOOKED_AT, 4
# From so many frames of an example video, spread over it, so many nearest photos are looked at.
FRAMES, NEAR = 16, 100
MOST_PLACED = 20_000  # photos of people that are put in order all together


class Ranking(NamedTuple):
    """How one question ranks the photos of an archive.

    words: the phrases of the question.
    images: vectors [P, D] and weight of each example photo; a video has several.
    evidence: content id -> evidence apart from sight.
    excluded: detectors of the concepts that a photo must not show.
    left_out: ids of the contents that must not be shown, [n].
    precedence: which contents come before others; see `precedence_of`.
    by_confidence: whether the surest photos come first; otherwise those nearest to the question.
    """

    archive: Archive
    words: Sequence[Phrase]
    images: Sequence[tuple[Floats, float]]
    evidence: Mapping[int, Evidence]
    excluded: Sequence[Detector]
    left_out: Ints
    precedence: Precedence
    by_confidence: bool

    def candidates(self, vector: Floats, filters: Filters) -> Iterator[Candidates]:
        """Yield the photos nearest to the question's vector, then ever larger groups of farther
        photos."""
        archive = self.archive
        seen, surest, wide = list[int](), 1.0, IN_ORDER
        more = [*self.evidence, *self._near_frames(filters)]
        if self.precedence.places:  # whoever comes before others must be among the first
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
                    near, _, _ = self.archive.embeddings.nearest(frame, NEAR, filters or None)
                    yield from near.tolist()

    def _scored(self, contents: Ints, pictures: Floats, vector: Floats) -> Candidates:
        """Return contents as candidates in order, without contents that must not be shown."""
        keep = showing_none(contents, pictures, self.excluded) & ~is_in(contents, self.left_out)
        contents, pictures = contents[keep], pictures[keep]
        speaks = [self.evidence.get(content, NONE) for content in contents.tolist()]
        sure = at_most = self._confidences(contents, pictures, speaks, None)
        things = things_seen(self.archive, contents, self.words)
        if things is not None:
            sure = self._confidences(contents, pictures, speaks, things)
        sure = self.precedence.less_if_doubtful(contents, sure)
        near = cosines(pictures, vector)
        later = np.array([each.place for each in speaks])
        keys = [-near, -sure, later] if self.by_confidence else [-near, later]
        if self.precedence.places:
            # "Lisbona con Marta": her name and the town's in one folder's are enough.
            places = self.precedence.order_of(contents)
            keys.append(np.where((places == BY_OWN_WORDS) & (later < 0), 0, places))
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
        by_sight = confidences(self.archive.encoder, pictures, self.words, self.images, things)
        return with_evidence(less_for_many_looks(self.archive, contents, by_sight), speaks)


def query_vector(
    encoder: Encoder, words: Sequence[Phrase], images: Sequence[tuple[Floats, float]]
) -> Floats:
    """Return the weighted sum of phrases and examples as a unit vector, [D]. A video counts by
    the mean of its frames.

    Photos are nearer to each other than to any words. So if the query has both, the mean of the
    background captions is subtracted from each phrase first, and the mean of the reference
    photos from each example.
    """
    vectors = [(phrase.vector, phrase.weight) for phrase in words]
    images = [(unit(example.mean(axis=0)), weight) for example, weight in images]
    usual_photo = encoder.usual_photo if words and images else None
    if usual_photo is not None:
        usual_words = encoder.background.mean(axis=0)
        vectors = [(unit(vector - usual_words), weight) for vector, weight in vectors]
        images = [(unit(vector - usual_photo), weight) for vector, weight in images]
    return unit(np.sum([vector * weight for vector, weight in (*vectors, *images)], axis=0))


def confidences(
    encoder: Encoder,
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
    sure = [phrase.confidence(encoder, photos, things) for phrase in words]
    sure += [encoder.resemblance(photos, image) for image, _ in images]
    weights = [phrase.weight for phrase in words] + [weight for _, weight in images]
    result: Floats = np.average(sure, axis=0, weights=weights).astype(np.float32)
    return result


def things_seen(archive: Archive, contents: Ints, words: Sequence[Phrase]) -> Sightings | None:
    """Return the things seen in some contents; None if the phrases name none, or no photo was
    looked at."""
    if not any(phrase.asked for phrase in words) or not archive.things.classes():
        return None
    # Imported here: a question that names no thing needs nothing of this.
    from cercafoto.search.thing_evidence import sightings

    return sightings(archive.things, contents)
