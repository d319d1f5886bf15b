"""Lower the confidence of frames whose scene a video shows often, and join frames that follow each
other into moments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats, Ints
from cercafoto.results import Moment

# Of many frames of one scene, one often looks right by chance. So this share of the logarithm of
# their number comes off the log-odds of each. docs/calibration.md says how it was measured.
LOOKS_WEIGHT = 0.2
# Frames beside a moment belong to it if they are at least this share as sure.
SHARE_OF_MOMENT = 0.5


def less_for_many_looks(archive: Archive, contents: Ints, confidences: Floats) -> Floats:
    """Return the confidences of contents, [n], lowered for frames of a video in which many
    others show the same scene."""
    moments = archive.photos.moments_of(contents.tolist())
    if not moments:
        return confidences
    looks = [moments[c].looks if c in moments else 1 for c in contents.tolist()]
    less = np.asarray(looks, np.float32) ** -LOOKS_WEIGHT  # of the odds
    result = confidences * less / (1 - confidences + confidences * less)
    return result.astype(np.float32)


def joined(frames: Sequence[Moment], min_confidence: float) -> tuple[Moment, ...]:
    """Return moments, best first, each of frames that follow each other.

    frames: single frames, each ending where the next begins if no frame is missing between them.
    min_confidence: moments below this are left out, except the best.
    """
    after = {frame.start: frame for frame in frames}
    before = {frame.end: frame for frame in frames}
    left = set(frames)
    moments: list[Moment] = []
    for best in sorted(frames, key=lambda frame: (-frame.confidence, frame.start)):
        if best not in left or (moments and best.confidence < min_confidence):
            continue
        left.remove(best)
        ends = []
        for beside, edge in ((before, 0), (after, 1)):
            end = best
            while (
                (found := beside.get(end[edge])) in left
                and found is not None
                and found.confidence >= SHARE_OF_MOMENT * best.confidence
            ):
                left.remove(found)
                end = found
            ends.append(end[edge])
        moments.append(best._replace(start=ends[0], end=ends[1]))
    return tuple(moments)
