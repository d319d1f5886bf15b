"""Compare the files on the disk with the catalogue."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import EXCLUDED, MISSING, OK, PROBLEM, READ_AGAIN, KnownFile
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.read_file import FoundFile
from cercafoto.photos.scan import Walk

# Why a file must be read.
NEW, CHANGED, RECOMPUTED, DESCRIBED, BACK, RECOVERED = (
    "new",
    "changed",
    "recomputed",
    "described",
    "back",
    "recovered",
)
UNCHANGED = "unchanged"


@dataclass
class Comparison:
    """What an indexing run must do. A comparison only reads the catalogue.

    without_vector: ids of contents without a vector of the model in use.
    undescribed: ids of photos whose metadata must be read again.
    walk: returns the walk through a folder.
    retry: whether to read unchanged problem files again.

    Results:

    to_read: (file, why it must be read), such as NEW or CHANGED.
    returned: ids of photos that exist again, unchanged.
    missing: id -> photo that is gone.
    excluded: photos that are now left out of the index.
    sidecar_changed: (photo id, file) of unchanged photos whose sidecar changed.
    old_content: path of a changed file -> id of the content it had.
    problems: (path, why) of unchanged files that could not be read before.
    retried: (path, earlier problem) of problem files that are read again although `retry` is False.
    unreadable: (folder or link, why) of places that could not be walked.
    counts: UNCHANGED or BACK -> number of such photos.
    left_aside: folder -> kind (see `not_photos.kind_of`) -> number of files that are not photos.
    started: start of the comparison, by the monotonic clock.
    """

    catalog: Catalog
    without_vector: set[int]
    undescribed: set[int]
    walk: Callable[[bytes], Walk] = Walk
    retry: bool = False
    to_read: list[tuple[FoundFile, str]] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    missing: dict[int, KnownFile] = field(default_factory=dict)
    excluded: list[KnownFile] = field(default_factory=list)
    sidecar_changed: list[tuple[int, FoundFile]] = field(default_factory=list)
    old_content: dict[bytes, int] = field(default_factory=dict)
    problems: list[tuple[bytes, str]] = field(default_factory=list)
    retried: set[tuple[bytes, str]] = field(default_factory=set)
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    left_aside: dict[bytes, Counter[str]] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        model_id: int,
        folders: Sequence[bytes],
        walk: Callable[[bytes], Walk],
        retry: bool,
    ) -> Comparison:
        """Return the comparison of some folders with the catalogue.

        model_id: the model in use.
        folders: absolute paths.
        walk, retry: see the class.
        """
        comparison = cls(
            catalog,
            catalog.vectors.contents_without(model_id),
            catalog.known.photos_without_facts(),
            walk,
            retry,
        )
        for folder in folders:
            comparison._compare_folder(folder)
        return comparison

    @property
    def is_work(self) -> bool:
        """Whether the run must write anything."""
        return bool(
            self.to_read or self.sidecar_changed or self.returned or self.missing or self.excluded
        )

    def _compare_folder(self, folder: bytes) -> None:
        unsettled = self.without_vector, self.undescribed
        known = self.catalog.known.expected_under(folder, *unsettled)
        walk = self.walk(folder)
        others: list[FoundFile] = []
        for files in walk.folders():
            same = known.intersection(files)
            self.counts[UNCHANGED] += len(same)
            known -= same  # what is left at the end was not found
            if len(same) < len(files):
                others += [file for file in files if file not in same]
        if not walk.unreadable:
            self.left_aside[folder] = walk.left_aside
        absent = self.catalog.known.to_compare_under(folder, *unsettled) if known else {}
        for path, _, _, more in known:
            if more is None and (before := self.catalog.known.known_at(path)) is not None:
                absent[path] = before
        for file in others:
            self._compare(file, absent.pop(file.path, None))
        self._classify_absent(list(absent.values()), walk)

    def _compare(self, file: FoundFile, before: KnownFile | None) -> None:
        """Decide what to do for one file, and add it to the results.

        before: what the catalogue knows about the file's path; None if nothing.
        """
        path = file.path
        if before is None:
            self.to_read.append((file, NEW))
        elif before.state == PROBLEM:
            same = (before.size, before.mtime_ns) == (file.size, file.mtime_ns)
            if same and not self.retry:
                self.problems.append((path, before.problem or ""))
            else:
                if before.mtime_ns == READ_AGAIN and not self.retry:
                    self.retried.add((path, before.problem or ""))
                self.to_read.append((file, RECOVERED))
        elif before.size != file.size or before.mtime_ns != file.mtime_ns:
            self.to_read.append((file, CHANGED))
            if before.content_id is not None:
                self.old_content[path] = before.content_id
        elif before.content_id is None or before.content_id in self.without_vector:
            self.to_read.append((file, RECOMPUTED if before.state == OK else BACK))
        elif before.photo_id in self.undescribed:
            self.to_read.append((file, DESCRIBED if before.state == OK else BACK))
        else:
            beside = file.sidecar
            if (
                before.sidecar_mtime_ns is not None
                if beside is None
                else (before.sidecar_size, before.sidecar_mtime_ns)
                != (beside.size, beside.mtime_ns)
            ):
                self.sidecar_changed.append((before.photo_id, file))
            if before.state == OK:
                self.counts[UNCHANGED] += 1
            else:
                self.counts[BACK] += 1
                self.returned.append(before.photo_id)

    def _classify_absent(self, absent: list[KnownFile], walk: Walk) -> None:
        """Classify known photos that the walk did not find: excluded, missing, or, under a place
        that cannot be read, unchanged."""
        self.unreadable += walk.unreadable
        # Report broken links that led to known photos: their disk is not connected.
        links = set(walk.dangling)
        dangling = {_place_of(file.path, links) for file in absent} if links else set()
        self.unreadable += [
            (link, "porta dove ora non c'è niente") for link in walk.dangling if link in dangling
        ]
        unsure = links.union(place for place, _ in walk.unreadable)
        if unsure:
            absent = [file for file in absent if _place_of(file.path, unsure) is None]
        if not walk.videos:  # the extra that reads them was installed before, and is not now
            absent = [
                file for file in absent if not (is_video(file.path) and os.path.lexists(file.path))
            ]
        missing = []
        for file in absent:
            if walk.passed_over and _place_of(file.path, walk.passed_over) is not None:
                if file.state != EXCLUDED:
                    self.excluded.append(file)
            elif file.state != MISSING:
                missing.append(file)
        if any(file.state == OK for file in missing) and not walk.alive:
            # A folder that is now empty is far more often an unmounted disk than twenty years of
            # photos deleted at once: mark nothing as missing.
            if not walk.unreadable:
                empty = (walk.start, "è vuota, ma l'archivio ricorda foto che stavano lì")
                self.unreadable.append(empty)
            return
        self.missing |= {file.photo_id: file for file in missing}


def _place_of(path: bytes, places: set[bytes]) -> bytes | None:
    """Return the innermost of `places` that is `path` or contains it; None if there is none."""
    while path not in places:
        above = os.path.dirname(path)
        if above == path:
            return None
        path = above
    return path
