"""Files of one shot among photos that are shown together: edited, smaller, sent by a phone.

`doppioni` compares the pictures themselves, which takes reading them; an answer cannot wait for
that, and goes by what the catalogue has: vectors, the clock of the camera, names, and words that
were read. Two papers look alike to a model: without a clock or a name that says so, two photos are
two shots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Protocol

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.photos.facts import DIGITIZED, EXIF
from cercafoto.photos.file_names import are_numbered_apart, are_of_other_days, is_same_name

# Two photos of one moment are one shot where they are so alike: with `mini`, of 600 photos of
# different things none has a neighbour nearer than 0.91, and of 150 trimmed by a fifth, made very
# small or grey nineteen in twenty stay above 0.81.
SAME_MOMENT = 0.8
NEVER = 2.0
MOMENT = len("2019-08-14T10:30:05")
# Shapes of one picture differ by no more than what trimming to whole pixels takes.
SAME_SHAPE = 0.03
# Two photos whose cameras' clocks differ by less than this, and differ, are two shots of a series;
# by more, one may be a copy whose clock somebody put right.
SERIES_SECONDS = 600


class Shot(Protocol):
    """A photo: pixels upright, and when it was taken, see `Facts`."""

    @property
    def path(self) -> bytes: ...
    @property
    def content_id(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def taken_at(self) -> str | None: ...
    @property
    def date_source(self) -> str | None: ...


def place_of_shot(
    photo: Shot,
    others: Sequence[Shot],
    cosines: Floats,
    alike: float,
    differ: Callable[[int, int], bool],
) -> int | None:
    """Return the index in `others` of the first file of the same shot as a photo, None if there is
    none.

    cosines: of the photo with each of `others`, [n].
    alike: see `is_same_shot`.
    differ: whether the words read in two contents are those of two documents.
    """
    for at in np.flatnonzero(cosines >= SAME_MOMENT).tolist():
        other = others[at]
        if is_same_shot(photo, other, float(cosines[at]), alike) and not differ(
            photo.content_id, other.content_id
        ):
            return int(at)
    return None


def is_same_shot(a: Shot, b: Shot, cosine: float, alike: float) -> bool:
    """Return whether two photos with this cosine are two files of one shot.

    alike: cosine from which two photos count as one shot although their clocks do not show it.
    """
    if are_of_other_days(a.path, b.path) or are_numbered_apart(a.path, b.path):
        return False
    if seconds_apart(a, b) == 0:
        return cosine >= SAME_MOMENT
    if cosine < alike or not _same_shape(a, b) or other_moment(a, b):
        return False
    # A copy that was sent has lost the clock, and often the name.
    return (_clock(a) is None) != (_clock(b) is None) or is_same_name(a.path, b.path)


def alike_from(reference: Floats | None) -> float:
    """Return the cosine from which two photos count as one shot: half-way between 1 and the cosine
    of the two nearest reference photos of a model, [K, D]. Without reference photos: NEVER.

    With `mini` that is 0.965: of 150 photos, compressed hard, four in five are as near to what they
    were, brightened by a quarter nineteen in twenty.
    """
    if reference is None:
        return NEVER
    cosines = reference @ reference.T
    return (1.0 + float(cosines[np.triu_indices(len(reference), 1)].max())) / 2


def other_moment(a: Shot, b: Shot) -> bool:
    """Return whether the cameras' clocks show that two photos are two shots of one series."""
    apart = seconds_apart(a, b)
    return apart is not None and 0 < apart < SERIES_SECONDS


def is_other_frame(a: Shot, b: Shot) -> bool:
    """Return whether two photos are two shots of a series: by their clocks, or, within one second,
    by the numbers in their names."""
    burst = seconds_apart(a, b) == 0 and are_numbered_apart(a.path, b.path)
    return burst or other_moment(a, b)


def seconds_apart(a: Shot, b: Shot) -> float | None:
    """Return the seconds between two photos by their cameras' clocks, None if either has none."""
    first, second = _clock(a), _clock(b)
    if first is None or second is None:
        return None
    if not (first.microsecond and second.microsecond):  # programs drop the fraction
        first, second = first.replace(microsecond=0), second.replace(microsecond=0)
    return abs((first - second).total_seconds())


def _clock(shot: Shot) -> datetime | None:
    """Return the time by the camera's clock, None if there is none. Midnight is no time: scanners
    that know only the day write it."""
    if shot.date_source not in (EXIF, DIGITIZED) or len(shot.taken_at or "") < MOMENT:
        return None
    moment = datetime.fromisoformat(shot.taken_at or "")
    return None if moment.time() == time.min else moment


def _same_shape(a: Shot, b: Shot) -> bool:
    first, second = a.width * b.height, b.width * a.height
    return abs(first - second) <= SAME_SHAPE * max(first, second)
