"""Group the photos of a burst, and choose the one to keep: the sharpest, well exposed.

A burst is what one camera took within a few seconds of the last photo, as long as it shows the same
scene, exposed alike. Nothing is decoded: the sense that sees how photos came out has looked at them
before. The files of a shot, such as a RAW and its JPEG, stay or go together. What the person has
marked is kept: stars, labels by hand, coloured labels, a place in a collection that the kept photo
lacks.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Floats
from cercafoto.base.italian_counts import thousands
from cercafoto.base.photo_quality import SENSE
from cercafoto.duplicates.groups import Differ, Duplicates, Group, files_here, status_of
from cercafoto.duplicates.ranking import FrameRanking, flaws
from cercafoto.results.collections import ALWAYS
from cercafoto.results.photos import Frame, PhotoFile
from cercafoto.search.collection_photos import collections_of
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.reachable import count_away
from cercafoto.search.same_shot import MOMENT, is_other_frame, seconds_apart

SECONDS = 3.0  # between a photo of a burst and the next
# Cosine from which two photos of a burst show the same scene; see docs/quality.md.
SAME_SCENE = 0.85
# Stops by which the photos of a bracket differ: two thirds, of which the rounded times that cameras
# write take up to 0.08 (1/10 and 1/15). A third is 0.42 at most (1/60 and 1/80).
OTHER_EXPOSURE = 0.58
MOST_SHOTS = 30  # of a series; what has more was taken by an interval timer
NOT_LOOKED_AT = "non si sa se è nitida: esegui «cercafoto index --qualita»"
UNREADABLE = "non si può guardare se è nitida"
INTERVALS = "comincia una serie di {} scatti, troppi per una raffica"

Shot = list[PhotoFile]  # the files of a shot; the first stands for it


def find_bursts(
    archive: LocalArchive,
    folders: Sequence[Path] = (),
    outside: Sequence[Path] = (),
    prefer: Sequence[Path] = (),
) -> Duplicates:
    """Return the bursts of the archive, each with the photo to keep; see `DuplicateAlbum.find`.
    `skipped` has also the photos that nobody looked at, and the first photo of each series that is
    too long."""
    here, far = files_here(archive, folders, outside)
    skipped: dict[bytes, str] = {}
    with archive.catalog() as catalog, archive.reading():
        frames = catalog.quality.frames()
        series = []
        for shots in _series(here, frames):
            if len(shots) > MOST_SHOTS:
                skipped[shots[0][0].path] = INTERVALS.format(thousands(len(shots)))
            else:
                series.append(shots)
        contents = {file.content_id for shots in series for shot in shots for file in shot}
        marked = {
            content
            for content, labels in catalog.labels.of_contents(contents).items()
            if any(labels.values())
        }
        for collection in catalog.collections.all():
            marked.update(catalog.collections.contents(collection, ALWAYS))
        for shot in (shot for shots in series for shot in shots):
            _share_marks(shot, frames, marked)
        ids, vectors = archive.embeddings.of(sorted(contents))
        bursts = _Bursts(
            frames,
            FrameRanking(tuple(archive.known_folders(prefer)), frames=frames),
            dict(zip(ids.tolist(), vectors, strict=True)),
            differ_in_text(catalog),
            catalog.unread.contents(SENSE),
            skipped,
        )
        found = [burst for shots in series for burst in bursts.of(shots)]
    named = collections_of(
        archive, {f.content_id for burst in found for shot in burst for f in shot}
    )
    groups = [group for burst in found if (group := bursts.group(burst, named)) is not None]
    groups.sort(key=lambda group: group.best.path)
    away = count_away((file.path for file in far), archive.indexed_folders())
    return Duplicates(tuple(groups), tuple(sorted(skipped.items())), len(here), 0, away)


def _series(files: Sequence[PhotoFile], frames: Mapping[bytes, Frame]) -> Iterator[list[Shot]]:
    """Yield the shots that one camera took shortly after each other, if there are several."""
    # A photo without the time by the camera's clock has no distance from itself.
    timed = [f for f in files if f.path in frames and seconds_apart(f, f) is not None]
    timed.sort(key=lambda file: (frames[file.path].camera, file.taken_at or "", file.path))
    runs = [timed[:1]]
    for last, file in pairwise(timed):
        is_same_camera = frames[last.path].camera == frames[file.path].camera
        apart = seconds_apart(last, file)
        if not (is_same_camera and apart is not None and apart <= SECONDS):
            runs.append([])
        runs[-1].append(file)
    for run in runs:
        shots = list(_shots(run))
        if len(shots) > 1:
            yield shots


def _shots(run: Sequence[PhotoFile]) -> Iterator[Shot]:
    """Yield the shots of files that are sorted by time."""
    for _, same_second in groupby(run, lambda file: (file.taken_at or "")[:MOMENT]):
        shots: list[Shot] = []
        for file in same_second:
            others, whole = [], [file]
            for shot in shots:
                if all(is_other_frame(file, each) for each in shot):
                    others.append(shot)
                else:
                    whole += shot
            shots = [*others, whole]
        yield from shots


def _share_marks(shot: Shot, frames: dict[bytes, Frame], marked: Container[int]) -> None:
    """Mark and reject all files of a shot if one is. marked: contents marked in the archive."""
    is_marked = any(f.content_id in marked or frames[f.path].is_marked for f in shot)
    is_rejected = any(frames[f.path].is_rejected for f in shot)
    for file in shot:
        frames[file.path] = frames[file.path]._replace(is_marked=is_marked, is_rejected=is_rejected)


class _Bursts:
    """Splits series into bursts.

    vectors: by content id.
    unreadable: ids of the contents that cannot be looked at.
    skipped: see `find_bursts`.
    """

    def __init__(
        self,
        frames: Mapping[bytes, Frame],
        ranking: FrameRanking,
        vectors: Mapping[int, Floats],
        differ: Differ,
        unreadable: Container[int],
        skipped: dict[bytes, str],
    ) -> None:
        self._frames, self._ranking, self._vectors = frames, ranking, vectors
        self._differ, self._unreadable, self._skipped = differ, unreadable, skipped

    def of(self, series: Sequence[Shot]) -> Iterator[list[Shot]]:
        """Yield the bursts of a series, each with the shot to keep first, then those that may be
        set aside. The scene may change within a series."""
        rest = []
        for shot in series:
            # A file that changed stays, and so do the others of its shot.
            if None not in [status_of(file, self._skipped) for file in shot]:
                rest.append(sorted(shot, key=self._key))
        rest.sort(key=lambda shot: self._ranking.of(shot[0]))
        while len(rest) > 1:
            best, *others = rest
            scene: list[Shot] = []
            rest = []
            for shot in others:
                is_same = all(self._show_one_scene(best[0], file) for file in shot)
                (scene if is_same else rest).append(shot)
            extra = self._extra(best[0], scene)
            if extra:
                yield [best, *extra]

    def group(self, burst: Sequence[Shot], named: Mapping[int, Sequence[str]]) -> Group | None:
        """Return the group of a burst, without the shots in a collection that the shot to keep
        lacks; None if no others are left. named: content id -> its collections."""
        best, *others = burst
        kept = {name for file in best for name in named.get(file.content_id, ())}
        others = [
            shot
            for shot in others
            if all(kept.issuperset(named.get(file.content_id, ())) for file in shot)
        ]
        if not others:
            return None
        why = self._ranking.why(best[0], others[0][0])
        return Group(best[0], why, tuple(file for shot in others for file in shot))

    def _key(self, file: PhotoFile) -> tuple[object, ...]:
        """Return a key to sort the files of a shot by: first what was looked at."""
        return not self._frames[file.path].is_looked_at, *self._ranking.of(file)

    def _show_one_scene(self, a: PhotoFile, b: PhotoFile) -> bool:
        first, second = (self._vectors.get(file.content_id) for file in (a, b))
        if first is None or second is None or self._are_exposed_apart(a, b):
            return False
        return float(np.dot(first, second)) >= SAME_SCENE and not self._differ(
            a.content_id, b.content_id
        )

    def _are_exposed_apart(self, a: PhotoFile, b: PhotoFile) -> bool:
        first, second = (self._frames[file.path].exposure_value for file in (a, b))
        if first is None or second is None:
            return False
        return abs(first - second) >= OTHER_EXPOSURE

    def _extra(self, best: PhotoFile, scene: Sequence[Shot]) -> list[Shot]:
        """Return the shots of a scene that may be set aside. best: the photo to keep."""
        unknown = [
            file
            for file in (best, *(shot[0] for shot in scene))
            if scene and not self._frames[file.path].is_looked_at
        ]
        for file in unknown:
            is_unreadable = file.content_id in self._unreadable
            self._skipped[file.path] = UNREADABLE if is_unreadable else NOT_LOOKED_AT
        frame = self._frames[best.path]
        if unknown or frame.is_rejected or frame.sharpness is None:
            return []
        # If the best is kept because it was marked, others may have come out better.
        return [
            shot
            for shot in scene
            if not self._frames[shot[0].path].is_marked
            and flaws(self._frames[shot[0].path]) >= flaws(frame)
        ]
