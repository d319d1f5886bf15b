"""Find files of one shot in an answer: edited, made smaller, sent by a phone.

`doppioni` decodes the files and compares pixels. An answer cannot wait for that, so here only the
catalogue is used: vectors, camera clocks, names and the words read in photos. Two documents look
alike to a model, so vectors alone do not make two photos one shot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Protocol

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.photos.file_names import are_numbered_apart, are_of_other_days, is_same_name
from cercafoto.photos.sources import DIGITIZED, EXIF

# Cosine from which two photos with the same clock are one shot. Measured with `mini`: of 600 photos
# of different things none has a neighbour nearer than 0.91; of 150 photos trimmed by a fifth, made
# very small or grey, 95 % stay above 0.81 with their original.
SAME_MOMENT = 0.8
NEVER = 2.0  # more than any cosine
MOMENT = len("2019-08-14T10:30:05")
# Largest difference between the aspect ratios of two files of one shot, from rounding to pixels.
SAME_SHAPE = 0.03
# Two photos whose camera clocks differ by less than this are two shots of a series. If they differ
# by more, one may be a copy whose clock somebody corrected.
SERIES_SECONDS = 600


class Shot(Protocol):
    """A photo file: its size in pixels, upright, and when it was taken, see `Facts`."""

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
    alike: Callable[[], float],
    differ: Callable[[int, int], bool],
) -> int | None:
    """Return the index in `others` of the first file that is of the same shot as a photo; None if
    there is none.

    cosines: cosines of the photo with each of `others`, [n].
    alike: returns the argument `alike` for `is_same_shot`; called only if needed.
    differ: returns whether two contents are two documents by the words read in them.
    """
    for at in np.flatnonzero(cosines >= SAME_MOMENT).tolist():
        other = others[at]
        if is_same_shot(photo, other, float(cosines[at]), alike()) and not differ(
            photo.content_id, other.content_id
        ):
            return int(at)
    return None


def is_same_shot(a: Shot, b: Shot, cosine: float, alike: float) -> bool:
    """Whether two photos whose vectors have this cosine are two files of one shot.

    alike: cosine from which two photos count as one shot even if their clocks do not show it.
    """
    same_time = seconds_apart(a, b) == 0
    if cosine < (SAME_MOMENT if same_time else alike):
        return False
    if are_of_other_days(a.path, b.path) or are_numbered_apart(a.path, b.path):
        return False
    if same_time:
        return True
    if not _same_shape(a, b) or other_moment(a, b):
        return False
    # A copy that was sent by a phone has lost the camera's clock, and often its name.
    return (_clock(a) is None) != (_clock(b) is None) or is_same_name(a.path, b.path)


def alike_from(reference: Floats | None) -> float:
    """Return the cosine from which two photos count as one shot: half-way between 1 and the cosine
    of the two nearest reference photos. NEVER without reference photos.

    With `mini` this is 0.965. Of 150 photos, 80 % are at least as near to their original after hard
    compression, and 95 % after brightening by a quarter.

    reference: vectors of a model's reference photos, [K, D].
    """
    if reference is None:
        return NEVER
    cosines = reference @ reference.T
    return (1.0 + float(cosines[np.triu_indices(len(reference), 1)].max())) / 2


def other_moment(a: Shot, b: Shot) -> bool:
    """Whether two photos are two shots of one series, by their camera clocks."""
    apart = seconds_apart(a, b)
    return apart is not None and 0 < apart < SERIES_SECONDS


def is_other_frame(a: Shot, b: Shot) -> bool:
    """Whether two photos are two shots of one series: their camera clocks differ by less than
    SERIES_SECONDS, or agree and the names differ in the number at their end."""
    burst = seconds_apart(a, b) == 0 and are_numbered_apart(a.path, b.path)
    return burst or other_moment(a, b)


def seconds_apart(a: Shot, b: Shot) -> float | None:
    """Return the seconds between two photos by their camera clocks; None if either has none."""
    first, second = _clock(a), _clock(b)
    if first is None or second is None:
        return None
    if not (first.microsecond and second.microsecond):  # some programs drop the fraction
        first, second = first.replace(microsecond=0), second.replace(microsecond=0)
    return abs((first - second).total_seconds())


def _clock(shot: Shot) -> datetime | None:
    """Return when a photo was taken by the camera's clock; None if it has no such time. Midnight
    counts as no time: scanners that know only the day write it."""
    if shot.date_source not in (EXIF, DIGITIZED) or len(shot.taken_at or "") < MOMENT:
        return None
    moment = datetime.fromisoformat(shot.taken_at or "")
    return None if moment.time() == time.min else moment


def _same_shape(a: Shot, b: Shot) -> bool:
    first, second = a.width * b.height, b.width * a.height
    return abs(first - second) <= SAME_SHAPE * max(first, second)
