"""From folders to the picture files in them, and the places that could not be read.

Works on bytes: a file name need not be valid text. Symbolic links are not followed, hidden files
and the folders that photo software leaves behind are passed over.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# What Pillow reads without extras, by the endings that cameras and programs give it.
EXTENSIONS = frozenset(
    b".jpg .jpeg .jpe .jfif .png .webp .gif .tif .tiff .bmp .ppm .pgm .pbm .pnm".split()
    + b".jp2 .j2k .avif".split()
)

XMP = b".xmp"

# Thumbnails and bins of NAS boxes and photo programs: copies, not photos.
JUNK = frozenset([b"@eaDir", b"#recycle", b"$RECYCLE.BIN", b"System Volume Information"])


@dataclass(frozen=True)
class Sidecar:
    """A file of metadata beside a picture: its path, size in bytes, modification time in ns."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Found:
    """A picture file: its path, size in bytes, modification time in ns since 1970, and the
    sidecar beside it: photo.jpg.xmp, or else photo.xmp."""

    path: bytes
    size: int
    mtime_ns: int
    sidecar: Sidecar | None = None


@dataclass
class Walk:
    """One pass over a folder or file. Iterate it to the end, then read `unreadable`:
    (path, reason) of every place beneath which nothing can be said."""

    start: bytes
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Found]:
        if not os.path.isdir(self.start):
            yield from self._one(self.start)
            return
        pending = [self.start]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self.unreadable.append((folder, error.strerror or str(error)))
                continue
            below = []
            sidecars = {
                entry.name.lower(): entry for entry in listed if entry.name.lower().endswith(XMP)
            }
            for entry in listed:
                if entry.name.startswith(b".") or entry.name in JUNK:
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    elif is_picture(entry.name) and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                        beside = _beside(entry.name, sidecars) if sidecars else None
                        yield Found(entry.path, status.st_size, status.st_mtime_ns, beside)
                except OSError as error:
                    self.unreadable.append((entry.path, error.strerror or str(error)))
            pending.extend(reversed(below))

    def _one(self, path: bytes) -> Iterator[Found]:
        """A file named by the person, whatever its ending."""
        try:
            status = os.stat(path)
        except OSError as error:
            self.unreadable.append((path, error.strerror or str(error)))
            return
        yield Found(path, status.st_size, status.st_mtime_ns, _sidecar_of(path))


def _beside(name: bytes, sidecars: Mapping[bytes, os.DirEntry[bytes]]) -> Sidecar | None:
    """The sidecar of a picture among those of its folder, by name in lower case."""
    for candidate in _sidecar_names(name):
        entry = sidecars.get(candidate.lower())
        try:
            if entry is not None and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                return Sidecar(entry.path, status.st_size, status.st_mtime_ns)
        except OSError:  # gone meanwhile: a picture without a sidecar
            continue
    return None


def _sidecar_of(path: bytes) -> Sidecar | None:
    for candidate in _sidecar_names(path):
        try:
            status = os.lstat(candidate)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            return Sidecar(candidate, status.st_size, status.st_mtime_ns)
    return None


def _sidecar_names(picture: bytes) -> tuple[bytes, bytes]:
    return picture + XMP, os.path.splitext(picture)[0] + XMP


def is_picture(name: bytes) -> bool:
    """True for a file name with the ending of a picture format."""
    return os.path.splitext(name)[1].lower() in EXTENSIONS
