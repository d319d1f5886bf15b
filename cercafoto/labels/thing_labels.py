"""Correct how likely labels are by the things seen in photos: the label "cane" by the dogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from cercafoto.base.arrays import Floats, Ints

# Label -> the class of things that it names. Only labels that become more precise by what was seen,
# on the half of the judged photos that is for fitting (training/mini/log.md).
CLASS_OF = {
    **{"automobile": "car", "borsa": "handbag", "letto": "bed", "libro": "book"},
    **{"orologio": "clock", "sedia": "chair", "tavolo": "dining_table"},
}
# Log-odds of such a label = BY_VECTOR * its log-odds by the model's vectors + BY_THING * the logit
# of the thing's presence + START. Fitted to the same half, over all labels that name a thing.
BY_VECTOR, BY_THING, START = 0.75, 0.65, 1.0
LEAST = 1e-6  # log-odds are taken of confidences from LEAST to 1 - LEAST


class Things(Protocol):
    """What was seen in photos, as an archive keeps it; see `ThingQueries` for the methods."""

    def classes(self) -> tuple[str, ...]: ...

    def curve(self) -> tuple[float, float]: ...

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats, Ints]: ...


def with_things(
    likely: Floats, labels: Sequence[str], contents: Sequence[int], things: Things
) -> Floats:
    """Return the confidences of labels, [n, S], corrected by the things seen in the photos.

    labels: names of the S labels. contents: content ids of the n photos. A photo that was not
        looked at keeps its confidences.
    """
    classes = things.classes()
    pairs = [
        (column, classes.index(CLASS_OF[label]))
        for column, label in enumerate(labels)
        if CLASS_OF.get(label) in classes
    ]
    if not pairs:
        return likely
    place = {content: number for number, content in enumerate(contents)}
    seen, presence, _ = things.of(list(place))
    rows = np.array([place[content] for content in seen.tolist()], np.int64)
    columns, known = np.array(pairs, np.int64).T
    where = np.ix_(rows, columns)
    sure = np.clip(likely[where], LEAST, 1 - LEAST)
    odds = BY_VECTOR * np.log(sure / (1 - sure)) + BY_THING * presence[:, known] + START
    result = likely.copy()
    result[where] = 1.0 / (1.0 + np.exp(-odds))
    return result
