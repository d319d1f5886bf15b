"""Walk through folders for picture files, and note the places that cannot be read.

Works on bytes: a file name need not be valid text. Symbolic links are not followed unless asked,
and what `ignore` names is passed over.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter

from cercafoto.base.file_stamp import LATEST, stamp_of
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.photos import ignore
from cercafoto.photos.decoding.file_kind import ENDINGS
from cercafoto.photos.ignore import Patterns, is_apple_library, is_left_out, junk_in
from cercafoto.photos.not_photos import LIVE, VIDEO, kind_of, live_photos
from cercafoto.photos.read_file import FoundFile, SidecarEntry

XMP = b".xmp"
# The sidecars of a folder, by name in lower case.
Sidecars = Mapping[bytes, os.DirEntry[bytes]]


# What `FoundFile._make` does, without its wrapping.
_found_file = partial(tuple.__new__, FoundFile)
_name = attrgetter("name")


@dataclass
class Walk:
    """One pass over a folder or file. Iterate it, or its `folders`, to the end, then read what it
    met.

    top: where `.cercafotoignore` files begin to count, at or above `start`.
    chosen: patterns of `--escludi`.
    follow: go through symbolic links too, each folder once, real ones first.

    unreadable: (path, reason) of every place beneath which nothing can be said.
    passed_over: files and folders that are there but left out.
    dangling: links that lead nowhere at the moment, where links are followed.
    alive: something was there that an empty mount point does not have.
    left_aside: how many files were met that are no photos, by `not_photos.kind_of`.
    """

    start: bytes
    top: bytes | None = None
    chosen: tuple[Patterns, ...] = ()
    follow: bool = False
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    passed_over: set[bytes] = field(default_factory=set)
    dangling: list[bytes] = field(default_factory=list)
    alive: bool = False
    left_aside: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[FoundFile]:
        for files in self.folders():
            yield from files

    def folders(self) -> Iterator[list[FoundFile]]:
        """Walk folder by folder: the picture files of each, by name."""
        if not os.path.isdir(self.start):
            yield self._single(self.start)
            return
        pending = [(self.start, self._patterns_above())]
        if self.unreadable:  # what is to be left out is not known
            return
        linked: list[tuple[bytes, tuple[Patterns, ...]]] = []
        visited: set[tuple[int, int]] = set()
        while pending or linked:
            # Links last: a folder that is reached both ways keeps its own path.
            folder, patterns = pending.pop() if pending else linked.pop(0)
            if self.follow and not self._is_new(folder, visited):
                continue
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=_name)
                if ignore.FILE in map(_name, listed):
                    patterns = (Patterns.read(folder), *patterns)
            except OSError as error:
                self.unreadable.append((folder, os_error_in_italian(error)))
                continue
            files: list[FoundFile] = []
            below = []
            lower_names = [entry.name.lower() for entry in listed]
            sidecars = {
                lower: it
                for lower, it in zip(lower_names, listed, strict=True)
                if lower.endswith(XMP)
            }
            is_junk, all_taken = junk_in(folder), not (patterns or self.chosen)
            # Endings of which nothing more need be asked: nearly all files have one, in nearly all
            # folders.
            plain = ENDINGS if all_taken and not is_apple_library(folder) else frozenset[bytes]()
            videos = []
            for entry, lower in zip(listed, lower_names, strict=True):
                try:
                    if (
                        lower[lower.rfind(b".") :] in plain
                        and not lower.startswith(b".")
                        and entry.is_file(follow_symlinks=False)
                    ):
                        files.append(_with_status(entry, sidecars))
                    elif is_junk(lower):
                        self.passed_over.add(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        if all_taken or self._is_wanted(entry.path, True, patterns):
                            below.append((entry.path, patterns))
                    elif entry.is_symlink():
                        if not self.follow:
                            self.passed_over.add(entry.path)
                        elif not os.path.exists(entry.path):
                            self.dangling.append(entry.path)
                        elif entry.is_dir():
                            if all_taken or self._is_wanted(entry.path, True, patterns):
                                linked.append((entry.path, patterns))
                        elif is_picture(lower) and self._is_wanted(entry.path, False, patterns):
                            files += self._single(entry.path)
                    elif is_picture(lower) and entry.is_file(follow_symlinks=False):
                        if all_taken or self._is_wanted(entry.path, False, patterns):
                            files.append(_with_status(entry, sidecars))
                    elif (kind := kind_of(lower)) is not None and (
                        all_taken or self._is_wanted(entry.path, False, patterns)
                    ):
                        self.left_aside[kind] += 1
                        if kind == VIDEO:
                            videos.append(lower)
                except OSError as error:
                    self.unreadable.append((entry.path, os_error_in_italian(error)))
            if videos:
                self.left_aside[LIVE] += live_photos(videos, lower_names)
            self.alive = self.alive or bool(files)
            yield files
            pending.extend(reversed(below))

    def left_out(self) -> bool:
        """Tell whether the person left out the start itself or a folder above it."""
        above = self._patterns_above()
        folders = [p for p in _upwards(self.start) if self.top and _is_below(p, self.top)]
        return any(
            is_left_out(path, path != self.start or os.path.isdir(path), (*self.chosen, *above))
            for path in folders
        )

    def _is_wanted(self, path: bytes, is_folder: bool, patterns: tuple[Patterns, ...]) -> bool:
        if not is_left_out(path, is_folder, (*self.chosen, *patterns)):
            return True
        self.passed_over.add(path)
        self.alive = True
        return False

    def _patterns_above(self) -> tuple[Patterns, ...]:
        """Read the `.cercafotoignore` files of the folders above the start, the nearest first."""
        files = []
        for folder in _upwards(self.start)[1:]:
            if not self.top or not (folder == self.top or _is_below(folder, self.top)):
                break
            try:
                files.append(Patterns.read(folder))
            except FileNotFoundError:
                continue
            except OSError as error:
                self.unreadable.append((folder, os_error_in_italian(error)))
        return tuple(files)

    def _is_new(self, folder: bytes, visited: set[tuple[int, int]]) -> bool:
        """Tell whether a folder was not walked through yet, under whatever name."""
        try:
            status = os.stat(folder)
        except OSError:
            return True  # listing it will tell why
        key = (status.st_dev, status.st_ino)
        if key in visited:
            return False
        visited.add(key)
        return True

    def _single(self, path: bytes) -> list[FoundFile]:
        """Look at a file named by the person, whatever its ending, or at the end of a link."""
        try:
            status = os.stat(path)
        except OSError as error:
            self.unreadable.append((path, os_error_in_italian(error)))
            return []
        self.alive = True
        return [FoundFile(path, *stamp_of(status), _sidecar_of(path))]


def _upwards(path: bytes) -> list[bytes]:
    """List a path and the folders above it, the nearest first."""
    paths = [path]
    while (above := os.path.dirname(path)) != path:
        paths.append(above)
        path = above
    return paths


def _is_below(path: bytes, folder: bytes) -> bool:
    return path != folder and path.startswith(os.path.join(folder, b""))


def _with_status(entry: os.DirEntry[bytes], sidecars: Sidecars) -> FoundFile:
    """Ask the system for size and time of a file that was listed. Raises OSError."""
    status = entry.stat(follow_symlinks=False)
    beside = _listed_sidecar(entry.name, sidecars) if sidecars else None
    moment = status.st_mtime_ns
    if not -LATEST <= moment <= LATEST:  # asked here first: a call costs a refresh 2 %
        _, moment = stamp_of(status)
    return _found_file((entry.path, status.st_size, moment, beside))


def _listed_sidecar(name: bytes, sidecars: Sidecars) -> SidecarEntry | None:
    """Find the sidecar of a picture among those of its folder, by name in lower case."""
    for candidate in _sidecar_names(name):
        entry = sidecars.get(candidate.lower())
        try:
            if entry is not None and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                return SidecarEntry(entry.path, *stamp_of(status))
        except OSError:  # gone meanwhile: a picture without a sidecar
            continue
    return None


def _sidecar_of(path: bytes) -> SidecarEntry | None:
    for candidate in _sidecar_names(path):
        try:
            status = os.lstat(candidate)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            return SidecarEntry(candidate, *stamp_of(status))
    return None


def _sidecar_names(picture: bytes) -> tuple[bytes, bytes]:
    return picture + XMP, os.path.splitext(picture)[0] + XMP


def every_file(start: bytes, problems: list[tuple[bytes, str]]) -> Iterator[bytes]:
    """Yield every file at or under a folder, photo or not, without the junk of programs; what the
    person leaves out of the archive is there all the same.

    problems: gets (place, why) of what cannot be read.
    """

    def failed(error: OSError) -> None:
        problems.append((os.fsencode(error.filename), os_error_in_italian(error)))

    if not os.path.isdir(start):
        yield start
        return
    for place, folders, names in os.walk(start, onerror=failed):
        is_junk = junk_in(place)
        folders[:] = sorted(name for name in folders if not is_junk(name.lower()))
        for name in sorted(names):
            if not is_junk(name.lower()):
                yield os.path.join(place, name)


def is_picture(name: bytes) -> bool:
    """Tell whether a file name, in lower case, has the ending of a picture format."""
    return name[name.rfind(b".") :] in ENDINGS
