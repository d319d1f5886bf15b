"""Group the photos of a burst, and choose the one to keep: the sharpest, well exposed.

A burst is what one camera took within a few seconds of the last photo, as long as it shows the same
scene. Nothing is decoded: the sense that sees how photos came out has looked at them before. What
the person has marked is kept: stars, labels by hand, coloured labels, a place in a collection that
the kept photo lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Floats
from cercafoto.duplicates.groups import Differ, Duplicates, Group, files_here, status_of
from cercafoto.duplicates.ranking import FrameRanking
from cercafoto.results.collections import ALWAYS
from cercafoto.results.photos import Frame, PhotoFile
from cercafoto.search.collection_photos import collections_of
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.reachable import count_away
from cercafoto.search.same_shot import is_other_frame, seconds_apart

SECONDS = 3.0  # between a photo of a burst and the next
# Cosine from which two photos of a burst show the same scene; see docs/quality.md.
SAME_SCENE = 0.85
NOT_LOOKED_AT = "non si sa se è nitida: esegui «cercafoto index --qualita»"


def find_bursts(
    archive: LocalArchive,
    folders: Sequence[Path] = (),
    outside: Sequence[Path] = (),
    prefer: Sequence[Path] = (),
) -> Duplicates:
    """Return the bursts of the archive, each with the photo to keep; see `DuplicateAlbum.find`.
    `skipped` has also the photos that nobody looked at."""
    here, far = files_here(archive, folders, outside)
    skipped: dict[bytes, str] = {}
    with archive.catalog() as catalog, archive.reading():
        frames = catalog.quality.frames()
        series = list(_series(here, frames))
        contents = {file.content_id for each in series for file in each}
        marked = {
            content
            for content, labels in catalog.labels.of_contents(contents).items()
            if any(labels.values())
        }
        for collection in catalog.collections.all():
            marked.update(catalog.collections.contents(collection, ALWAYS))
        for file in (file for each in series for file in each):
            if file.content_id in marked:
                frames[file.path] = frames[file.path]._replace(is_marked=True)
        ids, vectors = archive.embeddings.of(sorted(contents))
        bursts = _Bursts(
            frames,
            FrameRanking(tuple(archive.known_folders(prefer)), frames=frames),
            dict(zip(ids.tolist(), vectors, strict=True)),
            differ_in_text(catalog),
            skipped,
        )
        found = [group for each in series for group in bursts.groups(each)]
    named = collections_of(archive, {f.content_id for g in found for f in (g.best, *g.others)})
    groups = [kept for group in found if (kept := _without_collected(group, named)) is not None]
    groups.sort(key=lambda group: group.best.path)
    away = count_away((file.path for file in far), archive.indexed_folders())
    return Duplicates(tuple(groups), tuple(sorted(skipped.items())), len(here), 0, away)


def _series(files: Sequence[PhotoFile], frames: Mapping[bytes, Frame]) -> Iterator[list[PhotoFile]]:
    """Yield the photos that one camera took shortly after each other, if there are several."""
    # A photo without the time by the camera's clock has no distance from itself.
    timed = [f for f in files if f.path in frames and seconds_apart(f, f) is not None]
    timed.sort(key=lambda file: (frames[file.path].camera, file.taken_at or "", file.path))
    run = timed[:1]
    for last, file in pairwise(timed):
        is_same_camera = frames[last.path].camera == frames[file.path].camera
        apart = seconds_apart(last, file)
        if not (is_same_camera and apart is not None and apart <= SECONDS):
            if len(run) > 1:
                yield run
            run = []
        run.append(file)
    if len(run) > 1:
        yield run


class _Bursts:
    """Splits series into bursts. vectors: by content id. The others: see `find_bursts`."""

    def __init__(
        self,
        frames: Mapping[bytes, Frame],
        ranking: FrameRanking,
        vectors: Mapping[int, Floats],
        differ: Differ,
        skipped: dict[bytes, str],
    ) -> None:
        self._frames, self._ranking, self._vectors = frames, ranking, vectors
        self._differ, self._skipped = differ, skipped

    def groups(self, series: Sequence[PhotoFile]) -> Iterator[Group]:
        """Yield the bursts of a series. The scene may change within it."""
        rest = [file for file in series if status_of(file, self._skipped) is not None]
        rest.sort(key=self._ranking.of)
        while len(rest) > 1:
            best, *others = rest
            scene = [other for other in others if self._show_one_scene(best, other)]
            rest = [other for other in others if other not in scene]
            group = self._group(best, scene)
            if group is not None:
                yield group

    def _show_one_scene(self, a: PhotoFile, b: PhotoFile) -> bool:
        first, second = (self._vectors.get(file.content_id) for file in (a, b))
        if first is None or second is None:
            return False
        is_alike = a.content_id == b.content_id or float(np.dot(first, second)) >= SAME_SCENE
        return is_alike and not self._differ(a.content_id, b.content_id)

    def _group(self, best: PhotoFile, scene: Sequence[PhotoFile]) -> Group | None:
        """Return the group of a burst; None if there is nothing to propose."""
        # A RAW and its JPEG, or a copy, are not two frames: both stay, or both go.
        others = [f for f in scene if f.content_id != best.content_id and is_other_frame(best, f)]
        if not others:
            return None
        unknown = [f for f in (best, *others) if not self._frames[f.path].is_looked_at]
        self._skipped.update(dict.fromkeys((file.path for file in unknown), NOT_LOOKED_AT))
        extra = tuple(file for file in others if not self._frames[file.path].is_marked)
        if unknown or not extra or self._frames[best.path].sharpness is None:
            return None
        return Group(best, self._ranking.why(best, extra[0]), extra)


def _without_collected(group: Group, named: Mapping[int, Sequence[str]]) -> Group | None:
    """Return a group without the photos in a collection that its best photo lacks; None if no
    others are left."""
    kept = {*named.get(group.best.content_id, ())}
    others = tuple(f for f in group.others if kept.issuperset(named.get(f.content_id, ())))
    return Group(group.best, group.why, others) if others else None
