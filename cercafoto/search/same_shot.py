"""Files of one shot among photos that are shown together: edited, smaller, sent by a phone.

`doppioni` compares the pictures themselves, which takes reading them; an answer cannot wait for
that, and goes by what the catalogue has: vectors, and the clock of the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.photos.facts import DIGITIZED, EXIF

# Two photos of one moment are one shot where they are so alike: with `mini`, of 600 photos of
# different things none has a neighbour nearer than 0.91, and of 150 trimmed by a fifth, made very
# small or grey nineteen in twenty stay above 0.81.
SAME_MOMENT = 0.8
NEVER = 2.0
# Shapes of one picture differ by no more than what trimming to whole pixels takes.
SAME_SHAPE = 0.03
# Two photos whose cameras' clocks differ by less than this, and differ, are two shots of a series;
# by more, one may be a copy whose clock somebody put right.
SERIES_SECONDS = 600


class Shot(Protocol):
    """A photo: pixels upright, and when it was taken, see `Facts`."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def taken_at(self) -> str | None: ...
    @property
    def date_source(self) -> str | None: ...


def place_of_shot(photo: Shot, others: Sequence[Shot], cosines: Floats, alike: float) -> int | None:
    """Find the place of the first of `others`, whose cosines with a photo are given, [n], that is a
    file of the same shot; None if there is none.

    alike: see `is_same_shot`.
    """
    for at in np.flatnonzero(cosines >= SAME_MOMENT).tolist():
        if is_same_shot(photo, others[at], float(cosines[at]), alike):
            return int(at)
    return None


def is_same_shot(a: Shot, b: Shot, cosine: float, alike: float) -> bool:
    """Tell whether two photos with this cosine are two files of one shot.

    alike: cosine from which two photos are taken for one, whatever their clocks do not say.
    """
    if seconds_apart(a, b) == 0:
        return cosine >= SAME_MOMENT
    return cosine >= alike and _same_shape(a, b) and not other_moment(a, b)


def alike_from(reference: Floats | None) -> float:
    """Choose the cosine from which two photos are taken for one: half-way from that of the two
    nearest of a model's reference photos, [K, D], to 1. Without these photos, none.

    With `mini` that is 0.965: of 150 photos, compressed hard, four in five are as near to what they
    were, brightened by a quarter nineteen in twenty.
    """
    if reference is None:
        return NEVER
    cosines = reference @ reference.T
    return (1.0 + float(cosines[np.triu_indices(len(reference), 1)].max())) / 2


def other_moment(a: Shot, b: Shot) -> bool:
    """Tell whether the cameras' clocks say that two photos are two shots of one series."""
    apart = seconds_apart(a, b)
    return apart is not None and 0 < apart < SERIES_SECONDS


def seconds_apart(a: Shot, b: Shot) -> float | None:
    """Compute how far apart the cameras' clocks have two photos; None where one has no clock."""
    if not {a.date_source, b.date_source} <= {EXIF, DIGITIZED}:
        return None
    first, second = (datetime.fromisoformat(shot.taken_at or "") for shot in (a, b))
    if not (first.microsecond and second.microsecond):  # programs drop the fraction
        first, second = first.replace(microsecond=0), second.replace(microsecond=0)
    return abs((first - second).total_seconds())


def _same_shape(a: Shot, b: Shot) -> bool:
    first, second = a.width * b.height, b.width * a.height
    return abs(first - second) <= SAME_SHAPE * max(first, second)
