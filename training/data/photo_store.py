"""Read the bytes of photos that are files, or members of shards."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

from cercafoto.training.data.pairs import split_member
from cercafoto.training.training_errors import InputError

Place = tuple[int, int]  # offset and size in the tar, bytes


class PhotoStore:
    """Reads photos by the `image_path` of their pairs, relative to `root`.

    Each process lists the members of a shard once, at its first use, and opens the shard for each
    read, so that threads and forked workers share no position. A copy sent to another process
    carries no list.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._tables: dict[str, dict[str, Place]] = {}

    def read(self, image_path: str) -> bytes:
        """Return the bytes of a photo.

        Raises FileNotFoundError for a file, shard or member that does not exist, InputError for a
        damaged shard, another OSError if the disk fails.
        """
        file, member = split_member(image_path)
        if member is None:
            return (self.root / file).read_bytes()
        table = self._table(file)
        if member not in table:
            raise FileNotFoundError(f"{self.root / file}: holds no {member!r}")
        return read_member(self.root / file, member, *table[member])

    def _table(self, file: str) -> dict[str, Place]:
        if file not in self._tables:
            self._tables[file] = members(self.root / file)
        return self._tables[file]

    def __getstate__(self) -> dict[str, Any]:
        return {"root": self.root}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["root"])  # type: ignore[misc]


def read_member(shard: Path, member: str, offset: int, size: int) -> bytes:
    """Return the bytes of a member of a shard. Raises OSError, InputError for a shard cut short."""
    with shard.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) < size:
        raise InputError(f"{shard}: cut short inside {member!r}")
    return data


def members(shard: Path) -> dict[str, Place]:
    """Return the place of every file in an uncompressed tar by its name, in the tar's order.

    Of two members with the same name the later counts, as for tar. Raises FileNotFoundError, or
    InputError for a file that is not such a tar or is damaged.
    """
    try:
        with tarfile.open(shard, "r:") as tar:
            return {m.name: (m.offset_data, m.size) for m in tar if m.isreg()}
    except tarfile.TarError as error:
        raise InputError(f"{shard}: not an uncompressed tar, or damaged ({error})") from error
