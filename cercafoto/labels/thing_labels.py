"""Correct how likely labels are by the things seen in the photos: the label "cane" by the dogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats, Ints

if TYPE_CHECKING:
    from cercafoto.archive.queries.things import ThingQueries

# Label -> the class of the things that it names. Only labels for which the things help on the half
# of the judged photos that is fitted to (docs/mini-log.md).
THINGS = {
    "persone": "person",
}
# The log-odds of a label: those by the model's vectors, those of the thing, and a constant.
BY_VECTOR, BY_THING, START = 0.5, 0.5, 0.0
LEAST = 1e-6  # log-odds are taken of confidences from LEAST to 1 - LEAST
