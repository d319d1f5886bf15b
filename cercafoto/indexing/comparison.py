"""What is on the disk, compared with what the catalogue knows."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import EXCLUDED, MISSING, OK, PROBLEM, READ_AGAIN, KnownFile
from cercafoto.photos.read_file import FoundFile
from cercafoto.photos.scan import Walk

# Why a file is to be read.
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
    """What an indexing run has to do, by kind. Nothing is written.

    without_vector: contents that the model in use has not embedded.
    undescribed: photos whose facts are to be read again.
    walk: how to go through a folder.
    retry: read problem files again although they are the same.

    to_read: files, and why each is to be read.
    returned: photos that are there again, unchanged.
    missing: photos that are gone, by id.
    excluded: photos that are left out by now.
    sidecar_changed: unchanged photos whose sidecar changed.
    old_content: path of a changed file -> the content that it had.
    problems: (path, why) of files that could not be read before and are the same.
    retried: the same, of those that are tried again unasked.
    unreadable: (place, why) of which nothing can be said.
    counts: photos that are UNCHANGED or BACK.
    left_aside: folder -> what is in it and is no photo, by `not_photos.kind_of`.
    started: when, by the monotonic clock.
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
        reread: bool = False,
    ) -> Comparison:
        """Compare some folders (absolute paths).

        reread: read photos again whose colours were not looked at.
        """
        undescribed = catalog.known.photos_without_facts()
        if reread:
            undescribed |= catalog.known.photos_without_colours()
        comparison = cls(
            catalog,
            catalog.vectors.contents_without(model_id),
            undescribed,
            walk,
            retry,
        )
        for folder in folders:
            comparison._compare_folder(folder)
        return comparison

    @property
    def is_work(self) -> bool:
        """Whether anything is to be written."""
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
            known -= same  # what stays in it to the end was not met
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
        self._account_for(list(absent.values()), walk)

    def _compare(self, file: FoundFile, before: KnownFile | None) -> None:
        """Say what is to be done for a file, of which there is more to know than that it rests."""
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

    def _account_for(self, absent: list[KnownFile], walk: Walk) -> None:
        """Classify known photos that the walk did not find: unchanged under unreadable places,
        otherwise excluded or missing."""
        self.unreadable += walk.unreadable
        # A link to a disk that is not connected; a link that never led to a photo is no news.
        links = set(walk.dangling)
        dangling = {_place_of(file.path, links) for file in absent} if links else set()
        self.unreadable += [
            (link, "porta dove ora non c'è niente") for link in walk.dangling if link in dangling
        ]
        unsure = links.union(place for place, _ in walk.unreadable)
        if unsure:
            absent = [file for file in absent if _place_of(file.path, unsure) is None]
        missing = []
        for file in absent:
            if walk.passed_over and _place_of(file.path, walk.passed_over) is not None:
                if file.state != EXCLUDED:
                    self.excluded.append(file)
            elif file.state != MISSING:
                missing.append(file)
        if any(file.state == OK for file in missing) and not walk.alive:
            # An empty folder where photos were is a disk that is not mounted far more often
            # than twenty years of photos deleted at once: nothing is marked.
            if not walk.unreadable:
                empty = (walk.start, "è vuota, ma l'archivio ricorda foto che stavano lì")
                self.unreadable.append(empty)
            return
        self.missing |= {file.photo_id: file for file in missing}


def _place_of(path: bytes, places: set[bytes]) -> bytes | None:
    """Find the nearest of the places that a path is, or lies under, if any."""
    while path not in places:
        above = os.path.dirname(path)
        if above == path:
            return None
        path = above
    return path
