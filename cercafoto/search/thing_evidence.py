"""Evidence of the things seen in photos: a photo is less likely to answer if it lacks a thing that
the question names, or shows another number of them.

What is seen only lowers the confidence: a dog in the photo is no proof of a dog on the beach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.things_asked import ANY, GROUP, MANY, AskedThing

if TYPE_CHECKING:
    from cercafoto.labels.thing_labels import Things

# Bounds of how likely a thing is there: the model is never certain. These numbers were chosen on
# the half of the questions in domande_valid.tsv that is for fitting (training/mini/log.md).
LEAST, MOST = 0.1, 0.99
# Subtracted from the log-odds for each thing too few or too many, at most WRONG_BY_MOST of them.
WRONG, WRONG_BY_MOST = 1.2, 3
ALONE = 0.9  # one thing instead of several; none: twice as much
FEW, CROWD = 0.3, 15  # for each halving of a crowd
# Classes that are too small in photos to be seen surely (half of their boxes take less than a
# twentieth of the photo), and boats: questions that name them are answered better without.
UNSURE = word_set(
    "boat remote handbag microwave skateboard orange potted_plant fire_hydrant backpack bottle "
    "donut tie kite cup frisbee carrot baseball_glove clock sports_ball mouse traffic_light "
    "hair_drier toaster"
)

# Numbers of an `AskedThing` that are no exact number -> their words in JSON.
NUMBERS = {ANY: "any", MANY: "several", GROUP: "many"}


@json_keys(
    Key("classes", "asked.classes"),
    Key("asked", lambda thing: NUMBERS.get(thing.asked.number, thing.asked.number)),
    "counted",
    Key("confidence", "likely", digits=4),
)
class CountedThing(NamedTuple):
    """A thing asked for, as it was seen in a photo: how many, and how likely it is there at all."""

    asked: AskedThing
    counted: int
    likely: float


class Sightings(NamedTuple):
    """The things seen in n contents.

    classes: names of the C classes of things.
    looked_at: places, among the contents asked for, of the m that were looked at.
    likely [m, C]: how likely each class is there.
    counts [m, C]: how many things of each class were seen.
    number: how many contents were asked for: n.
    """

    classes: Sequence[str]
    looked_at: Ints
    likely: Floats
    counts: Ints
    number: int

    def penalty(self, asked: Sequence[AskedThing]) -> Floats:
        """Return what the things asked for take from the log-odds of each content, [n], at most 0;
        0 for a content that was not looked at."""
        taken = np.zeros(len(self.looked_at), np.float32)
        for classes, number in asked:
            if not self._columns(classes) or not UNSURE.isdisjoint(classes):
                continue
            there = self.is_there(classes)
            taken += np.log(np.clip(there if number else 1.0 - there, LEAST, MOST))
            if number not in (ANY, 0):
                taken -= _wrong_number(self.number_of(classes), number)
        result = np.zeros(self.number, np.float32)
        result[self.looked_at] = taken
        return result

    def lowered(self, confidences: Floats, asked: Sequence[AskedThing]) -> Floats:
        """Return the confidences of the contents, [n], lowered by what they lack."""
        if not asked:
            return confidences
        # The odds are multiplied, which also works for a confidence of 0 or 1.
        right = confidences * np.exp(self.penalty(asked))
        result: Floats = np.minimum(confidences, right / (right + 1.0 - confidences))
        return result

    def seen(self, at: int, asked: Sequence[AskedThing]) -> tuple[CountedThing, ...]:
        """Return the things asked for as they were seen in the content at `at`; () if it was not
        looked at."""
        return tuple(
            CountedThing(thing, int(self.number_of(thing.classes)[row]), float(likely[row]))
            for row in np.flatnonzero(self.looked_at == at)
            for thing in asked
            for likely in [self.is_there(thing.classes)]
        )

    def is_there(self, classes: Sequence[str]) -> Floats:
        """Return how likely at least one of some classes is there: [m]."""
        likely: Floats = self.likely[:, self._columns(classes)].max(axis=1, initial=0.0)
        return likely

    def number_of(self, classes: Sequence[str]) -> Ints:
        """Return how many things of some classes were seen: [m]."""
        result: Ints = self.counts[:, self._columns(classes)].sum(axis=1)
        return result

    def _columns(self, classes: Sequence[str]) -> list[int]:
        return [self.classes.index(name) for name in classes if name in self.classes]


def sightings(things: Things, contents: Sequence[int] | Ints) -> Sightings:
    """Return the things seen in some contents, in their order."""
    place = {int(content): at for at, content in enumerate(contents)}
    seen, presence, counts = things.of(list(place))
    slope, intercept = things.curve()
    likely = 1.0 / (1.0 + np.exp(-(slope * presence + intercept)))
    at = np.array([place[content] for content in seen.tolist()], np.int64)
    return Sightings(things.classes(), at, likely.astype(np.float32), counts, len(place))


def _wrong_number(seen: Ints, asked: int) -> Floats:
    """Return what to subtract from the log-odds of n photos for showing another number of things.

    seen: how many things each photo shows, [n]. asked: see `AskedThing`.
    """
    if asked == MANY:
        taken = ALONE * (2.0 - np.minimum(seen, 2))
    elif asked == GROUP:
        taken = FEW * (np.log2(1.0 + CROWD) - np.log2(1.0 + np.minimum(seen, CROWD)))
    else:
        taken = WRONG * np.minimum(np.abs(seen - asked), WRONG_BY_MOST)
    return np.asarray(taken, np.float32)
