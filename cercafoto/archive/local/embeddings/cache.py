"""The cache files of one model's vectors: a table of rows, and codes of one byte a dimension.

The folder can be deleted: the next search makes it again from the catalogue. The files are current
if the catalogue still has the same number of purges and the same last vector id as when they were
written. Reading compares checksums: of the whole table, and of each block of codes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.embeddings.codes import Bytes, Coded, Frame
from cercafoto.archive.local.embeddings.state import (
    BLOCK,
    STATE,
    State,
    checksum,
    read_state,
    write_state,
)
from cercafoto.base.arrays import Ints

if TYPE_CHECKING:
    from cercafoto.archive.local.vectors import Vectors

# id: the vector's id in the catalogue. scale, reach: see `codes`.
ROW = np.dtype([("id", "<i8"), ("content", "<i8"), ("scale", "<f4"), ("reach", "<f4")])
ROWS, CODES, GRAPH = "righe.tab", "codici.i8", "grafo.hnsw"
LOCK = ".blocco"

# A frame is chosen from this many vectors. When an archive has more than SMALL vectors and GROWN
# times as many as when its frame was chosen, all are coded again in a new frame.
SAMPLE = 4096
GROWN, SMALL = 4, 16_384


class DamagedCacheError(Exception):
    """A cache file is not what was written; the caller rebuilds it from the catalogue."""


class CodeCache:
    """The rows of one model's vectors and their codes. Make one with `CodeCache.load`.

    rows: table of ROW, one for each vector.
    codes: int8 [N, D] in memory, None if they are only in their file.
    """

    def __init__(
        self, folder: Path, state: State, rows: NDArray[Any], codes: Bytes | None = None
    ) -> None:
        self.folder, self.state, self.rows, self.codes = folder, state, rows, codes
        self.frame = Frame.from_text(state.frame)

    def __len__(self) -> int:
        return len(self.rows)

    def is_current(self, source: Vectors, model_id: int) -> bool:
        """Whether the catalogue's vectors are still the same as when the cache was made."""
        return _is_current(self.state, source, model_id)

    @cached_property
    def by_content(self) -> tuple[Ints, Ints | None]:
        """(content ids in ascending order [N], row of each content). None instead of the rows if
        they are in that order already, as in archives whose vectors were made in the order of
        contents."""
        contents = np.ascontiguousarray(self.rows["content"])
        if (contents[1:] > contents[:-1]).all():
            return contents, None
        order = np.argsort(contents, kind="stable")
        return contents[order], order

    def load_codes(self) -> None:
        """Read the codes into memory and keep them there. Raises DamagedCacheError."""
        if self.codes is None:
            read, codes = self.reader(), np.empty((len(self), self.state.dimension), np.int8)
            for block in range(self.blocks):
                codes[block * BLOCK : (block + 1) * BLOCK] = read(block)
            self.codes = codes

    @property
    def blocks(self) -> int:
        return -(-len(self) // BLOCK)

    def reader(self) -> Callable[[int], Bytes]:
        """Return a function: number of a block -> codes of the block, [n, D]. Each call
        may overwrite the codes that the last one returned, so each thread needs its own function.
        The function raises DamagedCacheError if the codes are damaged."""
        if self.codes is not None:
            codes = self.codes
            return lambda block: codes[block * BLOCK : (block + 1) * BLOCK]
        width = self.state.dimension
        memory = np.empty(BLOCK * width, np.int8)

        def read(block: int) -> Bytes:
            size = (min((block + 1) * BLOCK, len(self)) - block * BLOCK) * width
            part = memory[:size]
            try:
                with (self.folder / CODES).open("rb", buffering=0) as stream:
                    stream.seek(block * BLOCK * width)
                    length = stream.readinto(part.data)
            except OSError as error:
                raise DamagedCacheError(CODES) from error
            if length != size or checksum(part) != self.state.sums[block]:
                raise DamagedCacheError(CODES)
            return part.reshape(-1, width)

        return read

    # -- loading and refreshing ----------------------------------------------------------------

    @classmethod
    def load(cls, folder: Path, source: Vectors, model_id: int, dimension: int) -> CodeCache:
        """Return the cache in `folder`, updated from `source`, the catalogue.

        New vectors are appended. If vectors were deleted, or a file is damaged, the files are made
        again. If they cannot be written (read-only or full disk), the cache is made in memory.
        Raises ArchiveError if a vector in the catalogue is damaged.
        """
        state = read_state(folder, dimension)
        if state is not None and _is_current(state, source, model_id):
            try:
                return cls._read(folder, state)
            except (OSError, DamagedCacheError):
                pass
        return cls._refresh(folder, source, model_id, dimension, again=False)

    @classmethod
    def from_files(cls, folder: Path, dimension: int) -> CodeCache | None:
        """Return the cache as its files are, without any update; None if there are no files. Raises
        DamagedCacheError if the files are damaged or do not fit together."""
        if not (folder / STATE).exists():
            return None
        state = read_state(folder, dimension)
        if state is None:
            raise DamagedCacheError(STATE)
        try:
            return cls._read(folder, state)
        except OSError as error:
            raise DamagedCacheError(str(error)) from error

    @classmethod
    def rebuild(cls, folder: Path, source: Vectors, model_id: int, dimension: int) -> CodeCache:
        """Make the files again from the catalogue, and return the cache; see `load`."""
        return cls._refresh(folder, source, model_id, dimension, again=True)

    @classmethod
    def _refresh(
        cls, folder: Path, source: Vectors, model_id: int, dimension: int, again: bool
    ) -> CodeCache:
        from filelock import FileLock, Timeout

        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Two searches may find the same rows missing: one writes, the other waits and reads.
            with FileLock(folder / LOCK, timeout=60):
                state = None if again else read_state(folder, dimension)
                if state is not None and state.purges == source.purges:
                    try:
                        state = _append(folder, state, source, model_id)
                        if state.count < max(SMALL, GROWN * state.framed):
                            return cls._read(folder, state)
                    except DamagedCacheError:
                        state = None
                else:
                    state = None
                write_state(folder, None)
                for name in (ROWS, CODES, *(() if state else (GRAPH,))):
                    # Removed, never overwritten: another process may be reading them.
                    (folder / name).unlink(missing_ok=True)
                empty = _empty(source, model_id, dimension)
                if state is not None:  # only the frame changes: the graph of these rows stays valid
                    empty = replace(empty, graph=state.graph, graph_count=state.graph_count)
                return cls._read(folder, _append(folder, empty, source, model_id))
        except (OSError, Timeout, NotImplementedError):
            return cls._in_memory(folder, source, model_id, dimension)

    @classmethod
    def _in_memory(cls, folder: Path, source: Vectors, model_id: int, dimension: int) -> CodeCache:
        """Return a cache made in memory, without files."""
        state = _empty(source, model_id, dimension)
        frame = Frame.from_text(state.frame)
        # bytearrays grow in place; joining a list of arrays would need twice the memory.
        tables, codes = bytearray(), bytearray()
        for ids, rows in source.vectors_after(model_id, 0):
            coded = frame.coded(rows)
            tables += _table(ids, coded).tobytes()
            codes += coded.codes.tobytes()
        table = np.frombuffer(tables, ROW)
        last = int(table["id"][-1]) if len(table) else 0
        return cls(
            folder,
            replace(state, last_id=last, count=len(table)),
            table,
            np.frombuffer(codes, np.int8).reshape(-1, dimension),
        )

    @classmethod
    def _read(cls, folder: Path, state: State) -> CodeCache:
        if state.count == 0:
            none = np.empty((0, state.dimension), np.int8)
            return cls(folder, state, np.empty(0, ROW), none)
        rows = np.fromfile(folder / ROWS, ROW, state.count)
        if len(rows) < state.count or checksum(rows) != state.rows_sum:
            raise DamagedCacheError(ROWS)
        if (folder / CODES).stat().st_size < state.count * state.dimension:
            raise DamagedCacheError(CODES)
        return cls(folder, state, rows)

    # -- examining -----------------------------------------------------------------------------

    def damage(self, source: Vectors, model_id: int) -> list[str]:
        """Return the names of the files that are damaged or differ from the catalogue, apart from
        vectors added later. Reads the files and all of the catalogue's vectors."""
        have = dict.fromkeys((ROWS, CODES), True)
        at = 0
        codes = np.empty((0, self.state.dimension), np.int8)
        read, block = self.reader(), 0
        for ids, rows in source.vectors_after(model_id, 0):
            part = self.rows[at : at + len(ids)]
            count, at = len(part), at + len(part)
            coded = self.frame.coded(rows[:count])
            have[ROWS] &= _agree(part, _table(ids[:count], coded))
            try:
                while have[CODES] and len(codes) < count:
                    codes = np.concatenate([codes, read(block)])
                    block += 1
            except DamagedCacheError:
                have[CODES] = False
            if have[CODES]:
                have[CODES] = bool(np.array_equal(codes[:count], coded.codes))
                codes = codes[count:]
        return [name for name, sound in have.items() if not sound or at < len(self)]


def _is_current(state: State, source: Vectors, model_id: int) -> bool:
    return state.follows(source.purges, source.last_vector_id(model_id))


def _agree(stored: NDArray[Any], expected: NDArray[Any]) -> bool:
    """Whether two tables agree; reaches may differ by the rounding of another machine."""
    same = all(np.array_equal(stored[name], expected[name]) for name in ("id", "content", "scale"))
    return same and bool(np.allclose(stored["reach"], expected["reach"], rtol=1e-3))


def _empty(source: Vectors, model_id: int, dimension: int) -> State:
    """Return the state of a cache without rows, with a frame that fits the catalogue's vectors."""
    last = source.last_vector_id(model_id)
    ids = np.arange(1, last + 1)
    if last > SAMPLE:
        ids = np.unique(np.random.default_rng(0).integers(1, last + 1, SAMPLE))
    _, sample = source.vectors_at(model_id, ids)
    return State(source.purges, 0, 0, dimension, Frame.of(sample.reshape(-1, dimension)).text())


def _table(ids: Ints, coded: Coded) -> NDArray[Any]:
    table = np.empty(len(ids), ROW)
    table["id"], table["content"] = ids[:, 0], ids[:, 1]
    table["scale"], table["reach"] = coded.scales, coded.reaches
    return table


def _append(folder: Path, state: State, source: Vectors, model_id: int) -> State:
    """Append the catalogue's vectors after `state.last_id` to the files, then write and return the
    new state. A crash in between leaves bytes beyond the state's count, which the next call
    overwrites. Raises DamagedCacheError."""
    frame, width = Frame.from_text(state.frame), state.dimension
    sums, rows_sum = list(state.sums), state.rows_sum
    count, last_id = state.count, state.last_id
    with (
        _open_at(folder / ROWS, count * ROW.itemsize) as rows_file,
        _open_at(folder / CODES, count * width) as codes_file,
    ):
        pending = np.empty((0, width), np.int8)
        if tail := count % BLOCK:  # the last block is not full, so its checksum changes
            start = (count - tail) * width
            pending = np.fromfile(folder / CODES, np.int8, tail * width, offset=start)
            if checksum(pending) != sums.pop():
                raise DamagedCacheError(CODES)
            pending = pending.reshape(tail, width)
        for ids, rows in source.vectors_after(model_id, state.last_id):
            coded = frame.coded(rows)
            table = _table(ids, coded)
            rows_file.write(table.tobytes())
            codes_file.write(coded.codes.tobytes())
            count, last_id = count + len(ids), int(ids[-1, 0])
            rows_sum = (rows_sum + checksum(table)) % 2**64
            pending = np.concatenate([pending, coded.codes])
            while len(pending) >= BLOCK:
                sums.append(checksum(pending[:BLOCK]))
                pending = pending[BLOCK:]
        if len(pending):
            sums.append(checksum(pending))
        for stream in (rows_file, codes_file):
            stream.flush()
            os.fsync(stream.fileno())
    new = replace(
        state,
        last_id=last_id,
        count=count,
        framed=state.framed or count,
        sums=tuple(sums),
        rows_sum=rows_sum,
    )
    write_state(folder, new)
    return new


def _open_at(path: Path, offset: int) -> Any:
    """Return a file opened for writing and cut off at `offset` bytes; a missing file is made.
    Raises DamagedCacheError if the file is shorter."""
    stream = path.open("r+b" if path.exists() else "w+b")
    if stream.seek(0, os.SEEK_END) < offset:
        stream.close()
        raise DamagedCacheError(path.name)
    stream.seek(offset)
    stream.truncate()
    return stream
