"""Sidecar of a photo: where it is, what should be in it.

`foto.jpg.xmp` is read by digiKam, darktable and others, and is the one that is made. `foto.xmp`,
as Lightroom names it, is kept up where it is there and is this photo's: where its
`photoshop:SidecarForExtension` says so, or, lacking that, where no other file of the folder
shares its name but for the ending. With both, `foto.jpg.xmp` counts and the other is left alone.
"""

# Paths are bytes, since a file name need not be valid text; pathlib takes only text.
# ruff: noqa: PTH113, PTH114, PTH116, PTH122, PTH208
from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cercafoto.base.paths import printable
from cercafoto.labels.sidecars.merge import Path_, merge
from cercafoto.labels.sidecars.packet import EMPTY, Key
from cercafoto.photos.opening import open_beside
from cercafoto.photos.xmp import MAX_BYTES, PacketError

EXTENSION = re.compile(rb"SidecarForExtension\s*(?:=\s*[\"']|>)\s*([A-Za-z0-9]+)")


@dataclass(frozen=True)
class Change:
    """A change of a sidecar.

    before: its content, None where there is no file.
    after: what it should hold, None for no file.
    """

    sidecar: bytes
    before: bytes | None
    after: bytes | None

    def diff(self) -> str:
        """Show a change as `diff -u` does."""
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
) -> Change | None:
    """Work out what `merge` would change in the photo's sidecar; None when it is as it should be,
    which a photo without labels and without a sidecar is.

    labels: for each source all that it gives; of others nothing changes.
    taken: names that a person took away.
    inherited: see `merge`.

    Raises PacketError, OSError, and as `inherited`.
    """
    os.stat(photo)  # a sidecar without its photo would be litter
    sidecar = locate(photo)
    before = read(sidecar)
    if before is None and not any(labels.values()):
        return None
    after = EMPTY if before is None else before
    for source, paths in labels.items():
        after = merge(after, paths, source, inherited, taken)
    return None if after == before else Change(sidecar, before, after)


def locate(photo: bytes) -> bytes:
    """Find the path of the photo's sidecar, whether it is there or not."""
    for ending in (b".xmp", b".XMP"):
        if os.path.lexists(photo + ending):
            return photo + ending
    stem, extension = os.path.splitext(photo)
    for ending in (b".xmp", b".XMP"):
        if extension and os.path.isfile(stem + ending) and _belongs(stem + ending, photo):
            return stem + ending
    return photo + b".xmp"


def own_sidecars(photo: bytes) -> list[bytes]:
    """List the sidecars that are this photo's and no other's, with both kinds of names."""
    found = [path for path in (photo + ending for ending in (b".xmp", b".XMP")) if _is_file(path)]
    stem, extension = os.path.splitext(photo)
    beside = [path for path in (stem + ending for ending in (b".xmp", b".XMP")) if _is_file(path)]
    # Where capitals make no other name, the two endings are one file.
    return found[:1] + [path for path in beside[:1] if extension and _belongs(path, photo)]


def read(sidecar: bytes) -> bytes | None:
    """Read a sidecar; None if there is no file. Raises OSError, also for a link or a pipe, and
    PacketError if it is too large."""
    try:
        with open_beside(sidecar) as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    if len(content) > MAX_BYTES:
        raise PacketError("è troppo grande")
    return content


def _is_file(path: bytes) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)


def _belongs(sidecar: bytes, photo: bytes) -> bool:
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
    return content.decode(encoding, "replace").splitlines()
