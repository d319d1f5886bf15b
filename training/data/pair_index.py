"""Read the pairs of a file and their photos by number, in memory that all processes share.

Only the place of each pair is held: where its line begins in its file, and where its photo lies in
its shard. The places stand in one file, which is made once and mapped into memory by the process
that trains and by the processes that decode. A line is read when its pair is asked for.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import save
from cercafoto.base.atomic_file import replacing
from cercafoto.training.data.pairs import Pair, parsed, split_member
from cercafoto.training.data.photo_store import members, read_member
from cercafoto.training.training_errors import InputError

Numbers = NDArray[np.int64]
LINE, SHARD, OFFSET, SIZE = range(4)  # columns of the index
FILE = -1  # of SHARD: the photo is a file of its own
NOWHERE = -1  # of SIZE: the shard is damaged, or holds no such member


class PairIndex(Sequence[Pair]):
    """The pairs of a file of JSON lines, by number.

    digest: SHA-256 of the file.
    rows: int64 [pairs + 1, 4], mapped from the file `table`; the last row is where the lines end.
    read_ahead: whether a shard is asked for as a whole when its first photo is read.
    """

    def __init__(self, path: Path, table: Path, digest: str, read_ahead: bool = False) -> None:
        self.path, self.table, self.digest, self.read_ahead = path, table, digest, read_ahead
        self.rows: Numbers = np.load(table, mmap_mode="r")
        with path.open("rb") as lines:
            self._lines = mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ)
        self._begun: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self.rows) - 1

    @overload
    def __getitem__(self, number: int) -> Pair: ...

    @overload
    def __getitem__(self, number: slice) -> list[Pair]: ...

    def __getitem__(self, number: int | slice) -> Pair | list[Pair]:
        if isinstance(number, slice):
            return [self[at] for at in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        line = self._lines[self.rows[number, LINE] : self.rows[number + 1, LINE]]
        return parsed(line, f"{self.path}, pair {number}", self.path.stem)

    @property
    def shards(self) -> Numbers:
        """Return the number of each pair's shard [pairs]; FILE if the photo is no member."""
        return self.rows[:-1, SHARD]

    def photo(self, number: int) -> bytes:
        """Return the bytes of a pair's photo. Raises OSError, or InputError for a damaged shard."""
        file, member = split_member(self[number].image_path)
        path = self.path.parent / file
        if member is None:
            return path.read_bytes()
        if self.rows[number, SIZE] == NOWHERE:
            raise FileNotFoundError(f"{path}: is not there, is damaged or holds no {member!r}")
        if self.read_ahead and file not in self._begun:
            self._begin(path, file)
        return read_member(path, member, self.rows[number, OFFSET], self.rows[number, SIZE])

    def _begin(self, path: Path, file: str) -> None:
        """Ask the system to read a shard from beginning to end: its photos follow soon."""
        self._begun[file] = None
        if len(self._begun) > 64:  # more than are mixed at a time; an epoch comes back to each
            del self._begun[next(iter(self._begun))]
        if hasattr(os, "posix_fadvise"):
            with path.open("rb") as shard:
                os.posix_fadvise(shard.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process map the same files instead of copying them."""
        return PairIndex, (self.path, self.table, self.digest, self.read_ahead)


def build_index(path: Path, folder: Path) -> tuple[Path, str]:
    """Return the index file of a file of pairs, and the digest of the pairs.

    The index is made in `folder` unless it is there already. Every line is read and checked. Raises
    InputError as `read_pairs` does; a shard that cannot be read costs only its own photos.
    """
    digest = hashlib.sha256()
    starts: list[int] = []
    in_shards: dict[str, list[tuple[int, str]]] = {}
    at = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                digest.update(line)
                if line.strip():
                    pair = parsed(line, f"{path}, line {number}", path.stem)
                    file, member = split_member(pair.image_path)
                    if member is not None:
                        in_shards.setdefault(file, []).append((len(starts), member))
                    starts.append(at)
                at += len(line)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not starts:
        raise InputError(f"{path}: no pairs")
    index = folder / f"{_key(digest.hexdigest(), path.parent, in_shards)}.npy"
    if not index.is_file():
        rows = np.full((len(starts) + 1, 4), [0, FILE, 0, NOWHERE], np.int64)
        rows[:, LINE] = [*starts, at]
        for shard, (file, photos) in enumerate(in_shards.items()):
            _find(path.parent / file, photos, rows)
            rows[[number for number, _ in photos], SHARD] = shard
        with replacing(index) as partial:
            save(partial, rows)
    return index, digest.hexdigest()


def _find(shard: Path, photos: Sequence[tuple[int, str]], rows: Numbers) -> None:
    """Fill the rows of these pairs with the places of their photos in the shard."""
    try:
        places = members(shard)
    except (OSError, InputError):
        return
    for number, member in photos:
        if member in places:
            rows[number, OFFSET : SIZE + 1] = places[member]


def _key(digest: str, root: Path, shards: Iterable[str]) -> str:
    """Return a name for the index of these pairs; any change of pairs or shards changes it."""
    key = hashlib.sha256(digest.encode())
    for file in shards:
        try:
            found = (root / file).stat()
            facts = (file, found.st_size, found.st_mtime_ns)
        except OSError:
            facts = (file, 0, 0)
        key.update(repr(facts).encode())
    return key.hexdigest()[:16]
