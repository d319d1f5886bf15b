"""Find the sidecar of a photo, and work out what should be in it.

A new sidecar is named `foto.jpg.xmp`, which digiKam, darktable and others read. An existing
`foto.xmp`, as Lightroom names it, is used if it belongs to the photo: if its
`photoshop:SidecarForExtension` says so, or, without that property, if no other file in the folder
has the same name with another extension. If both exist, `foto.jpg.xmp` is used.
"""

# Paths are bytes, since a file name need not be valid text; pathlib takes only text.
# ruff: noqa: PTH113, PTH114, PTH116, PTH118, PTH122, PTH208
from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cercafoto.base.paths import printable
from cercafoto.labels.sidecars.marks import Marks, merge_marks
from cercafoto.labels.sidecars.merge import Path_, merge
from cercafoto.labels.sidecars.named_regions import PhotoPeople, merge_people
from cercafoto.labels.sidecars.packet import EMPTY, Key
from cercafoto.photos.decoding.file_kind import is_photo_file
from cercafoto.photos.opening import open_beside
from cercafoto.photos.xmp import MAX_BYTES, PacketError

EXTENSION = re.compile(rb"SidecarForExtension\s*(?:=\s*[\"']|>)\s*([A-Za-z0-9]+)")


@dataclass(frozen=True)
class Change:
    """A change of a sidecar.

    before: content of the sidecar now; None if there is no file.
    after: new content of the sidecar; None to delete the file.
    """

    sidecar: bytes
    before: bytes | None
    after: bytes | None

    def diff(self) -> str:
        """Return the change as `diff -u` shows it."""
        name = printable(self.sidecar)
        old, new = (
            [] if content is None else _lines(content) for content in (self.before, self.after)
        )
        lines = difflib.unified_diff(
            old,
            new,
            "/dev/null" if self.before is None else name,
            "/dev/null" if self.after is None else name,
            lineterm="",
        )
        return "".join(f"{line}\n" for line in lines)


def plan(
    photo: bytes,
    labels: Mapping[str, Sequence[Path_]],
    taken: Sequence[str] = (),
    inherited: Callable[[], dict[Key, list[str]]] = dict,
    people: PhotoPeople | None = None,
    marks: Marks | None = None,
) -> Change | None:
    """Return the change that brings a photo's sidecar up to date; None if nothing has to change. No
    sidecar is made for a photo without labels, people and marks.

    labels: source -> paths of all labels from this source; labels from other sources do not change.
    taken: names of labels that the person took away.
    inherited: see `merge`.
    people: the people to write; None for none.
    marks: the stars and the coloured label to write; None for none.

    Raises PacketError, OSError, and as `inherited`.
    """
    os.stat(photo)  # raises if the photo is gone: no sidecar is made without it
    sidecar = locate(photo)
    before = read(sidecar)
    if before is None and not (any(labels.values()) or (people and people.people) or marks):
        return None
    after = EMPTY if before is None else before
    for source, paths in labels.items():
        after = merge(after, paths, source, inherited, taken)
    if people:
        after = merge_people(after, people)
    if marks:
        after = merge_marks(after, marks)
    return None if after == before else Change(sidecar, before, after)


def locate(photo: bytes) -> bytes:
    """Return the path of a photo's sidecar, whether or not it exists. Raises OSError and
    PacketError as `read`."""
    for ending in (b".xmp", b".XMP"):
        if os.path.lexists(photo + ending):
            return photo + ending
    stem, extension = os.path.splitext(photo)
    for ending in (b".xmp", b".XMP"):
        if extension and os.path.isfile(stem + ending) and _belongs(stem + ending, photo):
            return stem + ending
    return photo + b".xmp"


def own_sidecars(photo: bytes) -> list[bytes]:
    """Return the existing sidecars, with either kind of name, that belong to this photo and no
    other. Raises OSError and PacketError as `read`."""
    sidecars = [
        path for path in (photo + ending for ending in (b".xmp", b".XMP")) if _is_file(path)
    ]
    stem, extension = os.path.splitext(photo)
    beside = [path for path in (stem + ending for ending in (b".xmp", b".XMP")) if _is_file(path)]
    # On a disk that ignores case, .xmp and .XMP are one file.
    return sidecars[:1] + [path for path in beside[:1] if extension and _belongs(path, photo)]


def read(sidecar: bytes) -> bytes | None:
    """Return the content of a sidecar; None if there is no file. Raises OSError, also for a link or
    a pipe, and PacketError if it is too large."""
    try:
        with open_beside(sidecar) as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(content) > MAX_BYTES:
        raise PacketError("è troppo grande")
    return content


def is_beside_photo(sidecar: bytes) -> bool:
    """Whether a photo lies beside a sidecar, to which it may belong. Raises OSError."""
    folder, name = os.path.split(os.path.splitext(sidecar)[0])
    names = (
        name_there
        for name_there in os.listdir(folder)
        if name in (name_there, os.path.splitext(name_there)[0])
    )
    return any(is_photo_file(os.path.join(folder, name_there)) for name_there in names)


def _is_file(path: bytes) -> bool:
    """Whether a path is a file and not a link."""
    return os.path.isfile(path) and not os.path.islink(path)


def _belongs(sidecar: bytes, photo: bytes) -> bool:
    """Whether `foto.xmp` belongs to this photo, not to another file with the same name."""
    folder, name = os.path.split(photo)
    stem, extension = os.path.splitext(name)
    match = EXTENSION.search(read(sidecar) or b"")
    if match:
        return match[1].lower() == extension[1:].lower()
    sharing = [
        other
        for other in os.listdir(folder or b".")
        if os.path.splitext(other)[0] == stem and not other.lower().endswith(b".xmp")
    ]
    return sharing == [name]


def _lines(content: bytes) -> list[str]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = content.decode(encoding, "replace").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n")  # not splitlines(): a keyword may hold U+2028
