"""Walk through folders, yield the picture files and record the folders that cannot be read.

Paths are bytes, since a file name need not be valid text. Symbolic links are followed only on
request, and what `ignore` excludes is skipped.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter

from cercafoto.base.file_stamp import LATEST, stamp_of
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.photos import ignore, side_files
from cercafoto.photos.decoding.file_kind import ENDINGS, VIDEO, can_read_videos, is_video
from cercafoto.photos.ignore import Patterns, is_apple_library, is_left_out, junk_in
from cercafoto.photos.not_photos import LARGEST_LIVE, LIVE, kind_of, live_photos
from cercafoto.photos.read_file import FoundFile, SidecarEntry

XMP = b".xmp"
# Lower-case name -> file of a folder that describes photos: a sidecar, or one of Takeout or Picasa.
Sidecars = Mapping[bytes, os.DirEntry[bytes]]
_BESIDE = (XMP, side_files.JSON, *side_files.PICASA)

# Same as `FoundFile._make`, but faster.
_found_file = partial(tuple.__new__, FoundFile)
_name = attrgetter("name")


@dataclass
class Walk:
    """One walk over a folder or file. Iterate over it, or over `folders()`, to the end; then read
    the results.

    start: the folder or file.
    top: the outermost folder whose `.cercafotoignore` applies: `start` or a folder above it. None
        if none above `start` applies.
    chosen: patterns of `--escludi`.
    videos: whether videos are yielded too.
    follow: follow symbolic links. A folder that is reached twice is walked once, if possible by a
        path without links.

    Results:

    unreadable: (path, reason in Italian) of every file and folder that could not be looked at.
    passed_over: files and folders that exist but are skipped: junk, links that are not followed,
        and what the person excludes.
    dangling: links whose target is missing, if links are followed.
    alive: whether there was a picture, or anything excluded by a pattern. If not, `start` may be
        the empty mount point of a disconnected disk.
    left_aside: kind by `not_photos.kind_of` -> number of files that are not photos.
    """

    start: bytes
    top: bytes | None = None
    chosen: tuple[Patterns, ...] = ()
    follow: bool = False
    videos: bool = field(default_factory=can_read_videos)
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)
    passed_over: set[bytes] = field(default_factory=set)
    dangling: list[bytes] = field(default_factory=list)
    alive: bool = False
    left_aside: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[FoundFile]:
        for files in self.folders():
            yield from files

    def folders(self) -> Iterator[list[FoundFile]]:
        """Yield the picture files and videos of each folder, sorted by name. If `start` is a file,
        yield only this file, whatever its extension."""
        if not os.path.isdir(self.start):
            yield self._single(self.start)
            return
        pending = [(self.start, self._patterns_above())]
        if self.unreadable:  # a .cercafotoignore could not be read, so exclusions are unknown
            return
        linked: list[tuple[bytes, tuple[Patterns, ...]]] = []
        visited: set[tuple[int, int]] = set()
        while pending or linked:
            # Links last, so that a folder that is reached both ways keeps its real path.
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
            files, below, links = self._sorted_out(folder, listed, patterns)
            self.alive = self.alive or bool(files)
            yield files
            pending.extend((path, patterns) for path in reversed(below))
            linked.extend((path, patterns) for path in links)

    def _sorted_out(
        self, folder: bytes, listed: list[os.DirEntry[bytes]], patterns: tuple[Patterns, ...]
    ) -> tuple[list[FoundFile], list[bytes], list[bytes]]:
        """Return the picture files and videos of a folder, the folders in it, and the folders to
        which its links lead; record the other entries among the results.

        listed: all entries, sorted by name.
        """
        files: list[FoundFile] = []
        below: list[bytes] = []
        linked: list[bytes] = []
        lower_names = [entry.name.lower() for entry in listed]
        sidecars = {
            lower: it
            for lower, it in zip(lower_names, listed, strict=True)
            if lower.endswith(_BESIDE)
        }
        is_junk, all_taken = junk_in(folder), not (patterns or self.chosen)
        # A shortcut for almost all files: with no patterns, the extension decides.
        plain = ENDINGS if all_taken and not is_apple_library(folder) else frozenset[bytes]()
        videos: list[tuple[bytes, os.DirEntry[bytes]]] = []
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
                        below.append(entry.path)
                elif entry.is_symlink():
                    if not self.follow:
                        self.passed_over.add(entry.path)
                    elif not os.path.exists(entry.path):
                        self.dangling.append(entry.path)
                    elif entry.is_dir():
                        if all_taken or self._is_wanted(entry.path, True, patterns):
                            linked.append(entry.path)
                    elif self._is_read(lower) and self._is_wanted(entry.path, False, patterns):
                        files += self._single(entry.path)
                elif is_picture(lower) and entry.is_file(follow_symlinks=False):
                    if all_taken or self._is_wanted(entry.path, False, patterns):
                        files.append(_with_status(entry, sidecars))
                elif (kind := kind_of(lower)) is not None and (
                    all_taken or self._is_wanted(entry.path, False, patterns)
                ):
                    if kind == VIDEO:
                        videos.append((lower, entry))
                    else:
                        self.left_aside[kind] += 1
            except OSError as error:
                self.unreadable.append((entry.path, os_error_in_italian(error)))
        if videos:
            files += self._videos(videos, lower_names, sidecars)
            files.sort()
        return files, below, linked

    def _videos(
        self,
        videos: list[tuple[bytes, os.DirEntry[bytes]]],
        names: list[bytes],
        sidecars: Sidecars,
    ) -> Iterator[FoundFile]:
        """Yield the videos of a folder, except those of Live Photos, whose photo stands for them;
        count the others.

        videos: (name in lower case, entry). names: all names in the folder, in lower case.
        """
        live = live_photos((name for name, _ in videos), names)
        for name, entry in videos:
            try:
                if self.videos and entry.is_file(follow_symlinks=False):
                    file = _with_status(entry, sidecars)
                    if name not in live or file.size > LARGEST_LIVE:
                        yield file
                        continue
                self.left_aside[VIDEO] += 1
                self.left_aside[LIVE] += name in live
            except OSError as error:
                self.unreadable.append((entry.path, os_error_in_italian(error)))

    def _is_read(self, name: bytes) -> bool:
        """Whether a lower-case file name has the extension of a file to yield."""
        return is_picture(name) or (self.videos and is_video(name))

    def left_out(self) -> bool:
        """Whether the person excluded `start` or a folder above it."""
        above = self._patterns_above()
        folders = [p for p in _upwards(self.start) if self.top and _is_below(p, self.top)]
        return any(
            is_left_out(path, path != self.start or os.path.isdir(path), (*self.chosen, *above))
            for path in folders
        )

    def _is_wanted(self, path: bytes, is_folder: bool, patterns: tuple[Patterns, ...]) -> bool:
        """Whether the person's patterns let a path in; record an excluded one."""
        if not is_left_out(path, is_folder, (*self.chosen, *patterns)):
            return True
        self.passed_over.add(path)
        self.alive = True
        return False

    def _patterns_above(self) -> tuple[Patterns, ...]:
        """Return the patterns of the folders from `start`'s parent up to `top`, nearest first."""
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
        """Whether a folder was not walked yet, under any name; add it to `visited`."""
        try:
            status = os.stat(folder)
        except OSError:
            return True  # listing it will raise the error again and record it
        key = (status.st_dev, status.st_ino)
        if key in visited:
            return False
        visited.add(key)
        return True

    def _single(self, path: bytes) -> list[FoundFile]:
        """Return the file at a path in a list, whatever its extension; [] if it cannot be read.
        Links are followed."""
        try:
            status = os.stat(path)
        except OSError as error:
            self.unreadable.append((path, os_error_in_italian(error)))
            return []
        self.alive = True
        return [FoundFile(path, *stamp_of(status), sidecar_of(path))]


def _upwards(path: bytes) -> list[bytes]:
    """Return a path and the folders above it, nearest first."""
    paths = [path]
    while (above := os.path.dirname(path)) != path:
        paths.append(above)
        path = above
    return paths


def _is_below(path: bytes, folder: bytes) -> bool:
    return path != folder and path.startswith(os.path.join(folder, b""))


def _with_status(entry: os.DirEntry[bytes], sidecars: Sidecars) -> FoundFile:
    """Return a file of a listed folder with its size, time and sidecar. Raises OSError."""
    status = entry.stat(follow_symlinks=False)
    sidecar = _listed_sidecar(entry.name, sidecars) if sidecars else None
    moment = status.st_mtime_ns
    if not -LATEST <= moment <= LATEST:  # stamp_of does this too, but calling it costs 2 %
        _, moment = stamp_of(status)
    return _found_file((entry.path, status.st_size, moment, sidecar))


def _listed_sidecar(name: bytes, sidecars: Sidecars) -> SidecarEntry | None:
    """Return the files that describe a picture; None if there are none. sidecars: those in its
    folder."""

    def stamp(candidate: bytes) -> _Stamp | None:
        entry = sidecars.get(candidate.lower())
        try:
            if entry is not None and entry.is_file(follow_symlinks=False):
                return entry.path, *stamp_of(entry.stat(follow_symlinks=False))
        except OSError:  # it was deleted meanwhile
            pass
        return None

    return _beside(name, stamp)


def sidecar_of(path: bytes) -> SidecarEntry | None:
    """Return the files that describe a picture whose folder was not listed; None if there are
    none."""
    folder, name = os.path.split(path)

    def stamp(candidate: bytes) -> _Stamp | None:
        beside = os.path.join(folder, candidate)
        try:
            status = os.lstat(beside)
        except OSError:
            return None
        return (beside, *stamp_of(status)) if stat.S_ISREG(status.st_mode) else None

    return _beside(name, stamp)


_Stamp = tuple[bytes, int, int]  # path, size, modification time in ns


def _beside(name: bytes, stamp: Callable[[bytes], _Stamp | None]) -> SidecarEntry | None:
    """Return the files that describe the picture with this name; None if there are none. Of each
    kind the first counts. stamp: returns path, size and time of a file by its name."""
    kinds = (
        (name + XMP, os.path.splitext(name)[0] + XMP),
        side_files.takeout_names(name),
        side_files.PICASA,
    )
    sidecar, *others = (next(filter(None, map(stamp, names)), None) for names in kinds)
    files = [file for file in (sidecar, *others) if file is not None]
    if not files:
        return None
    return SidecarEntry(
        sidecar[0] if sidecar else b"",
        sum(size for _, size, _ in files),
        max(moment for _, _, moment in files),
        tuple(file[0] for file in others if file is not None),
    )


def every_file(start: bytes, problems: list[tuple[bytes, str]]) -> Iterator[bytes]:
    """Yield every file at or under `start`, photo or not, except junk of programs.

    The person's exclusions do not apply.

    problems: receives (folder, reason in Italian) of each folder that cannot be read.
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
    """Whether a lower-case file name has the extension of a picture format."""
    return name[name.rfind(b".") :] in ENDINGS
