"""Look up the frames of videos, lower the confidence of frames whose scene a video shows often, and
join frames that follow each other into moments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cercafoto.archive.archive import Archive
from cercafoto.archive.records import MomentRow
from cercafoto.base.arrays import Floats, Ints
from cercafoto.models.confidence import less_for_looks
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.results import Moment

# Frames beside a moment belong to it if they are at least this share as sure.
SHARE_OF_MOMENT = 0.5


def less_for_many_looks(archive: Archive, contents: Ints, confidences: Floats) -> Floats:
    """Return the confidences of contents, [n], lowered for frames of a video in which many
    others show the same scene."""
    moments = archive.photos.moments_of(contents.tolist())
    if not moments:
        return confidences
    looks = [moments[c].looks if c in moments else 1 for c in contents.tolist()]
    return less_for_looks(confidences, looks)


def frames_of(archive: Archive, video: Path, at: float | None = None) -> dict[int, MomentRow]:
    """Return content id -> frame of an indexed video; {} for any other file.

    at: return only the frame that a search names by this whole second.
    """
    if not is_video(os.fsencode(video)):
        return {}
    content = archive.photos.content_at(archive.path_of(video))
    if content is None:
        return {}
    contents = archive.photos.with_moments(np.array([content], np.int64))
    frames = archive.photos.moments_of(contents.tolist())
    if at is None or not frames:
        return frames
    in_order = sorted(frames, key=lambda each: frames[each].start)
    begun = [each for each in in_order if frames[each].start < at + 1]
    named = (begun or in_order[:1])[-1]
    return {named: frames[named]}


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
