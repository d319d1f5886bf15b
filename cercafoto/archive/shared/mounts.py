"""Translate paths of a shared archive to paths of this machine: `--radice NAS-1=/mnt/nas`.

A shared archive stores a photo as "NAS-1:/volume1/foto/2019/a.jpg". If /volume1/foto is the deepest
folder that holds all indexed folders of NAS-1, the option above means that this folder is /mnt/nas
here, and the photo is shown and opened as "/mnt/nas/2019/a.jpg".
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cercafoto.archive.shared.rows import shared_path
from cercafoto.base.paths import absolute, is_inside
from cercafoto.errors import UsageError
from cercafoto.photos.opening import has_plain_parts


class Mounts:
    """Where each source of a shared archive is on this machine.

    roots: source -> folders that the source indexed, as on its machine.
    given: "NAME=FOLDER" texts, as typed.

    Raises UsageError for an unknown source, or a text of another form.
    """

    def __init__(self, roots: Mapping[str, Sequence[bytes]], given: Sequence[str] = ()) -> None:
        self.sources = sorted(roots)
        self._pairs: list[tuple[bytes, bytes]] = []
        for pair in given:
            name, equals, folder = pair.partition("=")
            if not (equals and folder):
                raise UsageError(
                    f"--radice vuole NOME=CARTELLA, non «{pair}».",
                    "Per esempio: --radice NAS-1=/mnt/nas",
                )
            if name not in roots:
                raise UsageError(
                    f"L'archivio condiviso non ha una fonte «{name}».",
                    f"Ci sono: {', '.join(self.sources)}." if roots else "Non ne ha nessuna.",
                )
            if folders := [root for root in roots[name] if is_source_path(root)]:
                common = os.path.commonpath(folders)
                self._pairs.append((shared_path(name, common), absolute(folder)))

    @property
    def folders(self) -> list[bytes]:
        """The folders of this machine that `given` names, which hold the photos of sources."""
        return [here for _, here in self._pairs]

    def shown(self, path: bytes) -> bytes:
        """Return where a stored path is on this machine. The path is returned unchanged if its
        source has no folder here, or if it would lead out of that folder."""
        if not (self._pairs and has_plain_parts(path)):
            return path
        return _moved(path, self._pairs)

    def stored(self, path: bytes) -> bytes:
        """Return the path under which the archive stores a file of this machine. A path outside
        `folders` is returned unchanged."""
        return _moved(path, [(here, stored) for stored, here in self._pairs])

    def named(self, path: Path) -> bytes:
        """Return the stored path of a path that the person typed, either with its source in front
        ("NAS-1:/volume1") or as a path of this machine."""
        typed = os.fsencode(path)
        source = typed.partition(b":")[0].decode(errors="replace")
        if b":" in typed and source in self.sources:
            return (
                typed.rstrip(b"/") if len(typed) > len(source) + 2 else typed.rstrip(b":/") + b":"
            )
        return self.stored(absolute(path))


def is_source_path(path: bytes) -> bool:
    """Whether a path on a source's machine is absolute and has no part like "..", which
    leads elsewhere."""
    return Path(os.fsdecode(path)).is_absolute() and has_plain_parts(path)


def source_of(path: bytes) -> str:
    """Return the name of the source in a stored path."""
    return path.partition(b":")[0].decode()


def _moved(path: bytes, pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    for old, new in pairs:
        if is_inside(path, old):
            return new.rstrip(b"/") + path[len(old.rstrip(b"/")) :] or b"/"
    return path
