"""Look up the frames of videos, find those with the person or the words of a filter, lower the
confidence of frames whose scene a video shows often, and join frames that follow each other into
moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cercafoto.archive.archive import Archive
from cercafoto.archive.records import MomentRow
from cercafoto.base.arrays import Floats, Ints
from cercafoto.models.confidence import less_for_looks
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.filters.written import TEXTS
from cercafoto.results.answer import Moment

# Frames beside a moment belong to it if they are at least this share as sure.
SHARE_OF_MOMENT = 0.5

# Video -> frame -> its time.
AskedFrames = Mapping[int, Mapping[int, MomentRow]]


def asked_frames(archive: Archive, filters: Filters) -> AskedFrames:
    """Return video -> frame -> its time, of the frames that fulfil most of a query's filters for
    people and for words in photos. Videos are left out if these filters hold for all of the video.

    filters: resolved filters.
    """
    people = [set[int](group) for group in filters.get(PEOPLE.name, ())]
    texts = [set[int](said.contents) for said in filters.get(TEXTS.name, ())]
    if not (people or texts):
        return {}
    photos = archive.photos
    found = photos.moments_of([*set[int]().union(*people, *texts)])
    videos: dict[int, dict[int, MomentRow]] = {}
    for frame, row in photos.frames_of({row.video for row in found.values()}).items():
        videos.setdefault(row.video, {})[frame] = row
    asked = {}
    for video, frames in videos.items():
        # Metadata name people of the whole video, not of a moment.
        parts = [*texts, *(group for group in people if not frames.keys() <= group)]
        holds = {frame: sum(frame in part for part in parts) for frame in frames}
        if most := max(holds.values()):
            asked[video] = {frame: frames[frame] for frame in frames if holds[frame] == most}
    return asked


def less_for_many_looks(archive: Archive, contents: Ints, confidences: Floats) -> Floats:
    """Return the confidences of contents, [n], lowered for frames of a video in which many
    others show the same scene."""
    moments = archive.photos.moments_of(contents.tolist())
    if not moments:
        return confidences
    looks = [moments[c].looks if c in moments else 1 for c in contents.tolist()]
    return less_for_looks(confidences, looks)


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
