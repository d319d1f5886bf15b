"""The files of one model's vectors: a table of the rows, and their codes of one byte a dimension.

They hold nothing of their own: delete the folder and the next search makes it again from the
catalogue. They carry the catalogue's generation (how often vectors were deleted, and the last
vector's id), and are checked as they are read: the table whole, the codes block by block.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

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
from cercafoto.base.arrays import Floats, Ints

# id: of the vector in the catalogue. scale, reach: see `codes`.
ROW = np.dtype([("id", "<i8"), ("content", "<i8"), ("scale", "<f4"), ("reach", "<f4")])
ROWS, CODES, GRAPH = "righe.tab", "codici.i8", "grafo.hnsw"
LOCK = ".blocco"
OLDER = ("righe.i64", "matrice.f32")  # of the layout before this one, four times as large

# Vectors that a frame is chosen by. An archive that has grown so many times since, and is no longer
# small, is coded anew in one that fits.
SAMPLE = 4096
GROWN, SMALL = 4, 16_384


class Source(Protocol):
    """The part of the catalogue that the caches are made from."""

    @property
    def purges(self) -> int: ...

    def last_vector_id(self, model_id: int) -> int: ...

    def vectors_after(self, model_id: int, last_id: int) -> Any:
        """Yield chunks of (ids and contents [n, 2], rows [n, D]), in the order of ids."""

    def vectors_at(self, model_id: int, vector_ids: Ints) -> tuple[Ints, Floats]:
        """Look up the same of these ids, in their order, without those that are not there."""


class DamagedCacheError(Exception):
    """A cache file is not what was written; the caller rebuilds it from the catalogue."""


class CodeCache:
    """The rows of one model's vectors and their codes.

    rows: table of ROW.
    codes: int8 [N, D] in memory, or None where they are in their file.

    Use `CodeCache.load`.
    """

    def __init__(
        self, folder: Path, state: State, rows: NDArray[Any], codes: Bytes | None = None
    ) -> None:
        self.folder, self.state, self.rows, self.codes = folder, state, rows, codes
        self.frame = Frame.from_text(state.frame)

    def __len__(self) -> int:
        return len(self.rows)

    def is_current(self, source: Source, model_id: int) -> bool:
        """Tell whether the catalogue has had no vector added or deleted since."""
        return _is_current(self.state, source, model_id)

    @cached_property
    def by_content(self) -> tuple[Ints, Ints | None]:
        """Contents in ascending order, [N], and the row of each, None where that is the order
        of the rows: contents that were given their vectors as they came."""
        contents = np.ascontiguousarray(self.rows["content"])
        if (contents[1:] > contents[:-1]).all():
            return contents, None
        order = np.argsort(contents, kind="stable")
        return contents[order], order

    def hold(self) -> None:
        """Keep the codes in memory from now on. Raises DamagedCacheError."""
        if self.codes is None:
            read, codes = self.reader(), np.empty((len(self), self.state.dimension), np.int8)
            for block in range(self.blocks):
                codes[block * BLOCK : (block + 1) * BLOCK] = read(block)
            self.codes = codes

    @property
    def blocks(self) -> int:
        return -(-len(self) // BLOCK)

    def reader(self) -> Callable[[int], Bytes]:
        """Make a function that gives the codes of a block, [n, D]: the same memory every time, so
        it is one thread's alone. Raises DamagedCacheError when they are not what was written."""
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

    # -- making and refreshing -----------------------------------------------------------------

    @classmethod
    def load(cls, folder: Path, source: Source, model_id: int, dimension: int) -> CodeCache:
        """Open the cache, brought up to date with the catalogue: appended to when vectors were
        added, made again when some were deleted or the files are not what they should be. Where
        nothing can be written (read-only or full disk) it is made in memory."""
        state = read_state(folder, dimension)
        if state is not None and _is_current(state, source, model_id):
            try:
                return cls._read(folder, state)
            except (OSError, DamagedCacheError):
                pass
        return cls._refresh(folder, source, model_id, dimension, again=False)

    @classmethod
    def as_it_is(cls, folder: Path, dimension: int) -> CodeCache | None:
        """Read what the files hold, neither refreshed nor made again; None where there is no cache.
        Raises DamagedCacheError when the files do not fit together."""
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
    def rebuild(cls, folder: Path, source: Source, model_id: int, dimension: int) -> CodeCache:
        """Make it again from the catalogue, whatever the files say."""
        return cls._refresh(folder, source, model_id, dimension, again=True)

    @classmethod
    def _refresh(
        cls, folder: Path, source: Source, model_id: int, dimension: int, again: bool
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
                for name in (ROWS, CODES, *OLDER, *(() if state else (GRAPH,))):
                    # Removed, never overwritten: another process may be reading them.
                    (folder / name).unlink(missing_ok=True)
                empty = _empty(source, model_id, dimension)
                if state is not None:  # other codes of the same rows: the graph still is theirs
                    empty = replace(empty, graph=state.graph, graph_count=state.graph_count)
                return cls._read(folder, _append(folder, empty, source, model_id))
        except (OSError, Timeout, NotImplementedError):
            return cls._in_memory(folder, source, model_id, dimension)

    @classmethod
    def _in_memory(cls, folder: Path, source: Source, model_id: int, dimension: int) -> CodeCache:
        """Make it for a disk that is read-only or full."""
        state = _empty(source, model_id, dimension)
        frame = Frame.from_text(state.frame)
        # As bytes that grow in place: a list of arrays would be held twice while it is joined.
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

    def damage(self, source: Source, model_id: int) -> list[str]:
        """List the files that are not what was written, or not what the catalogue says. Reads all
        of them, and the catalogue's vectors."""
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


def _is_current(state: State, source: Source, model_id: int) -> bool:
    return state.follows(source.purges, source.last_vector_id(model_id))


def _agree(stored: NDArray[Any], expected: NDArray[Any]) -> bool:
    """Compare tables; reaches only nearly: sums of many numbers end otherwise on another
    machine."""
    same = all(np.array_equal(stored[name], expected[name]) for name in ("id", "content", "scale"))
    return same and bool(np.allclose(stored["reach"], expected["reach"], rtol=1e-3))


def _empty(source: Source, model_id: int, dimension: int) -> State:
    """Make a cache without rows yet, in a frame that fits the vectors of the catalogue."""
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


def _append(folder: Path, state: State, source: Source, model_id: int) -> State:
    """Write the rows after `state.last_id` behind the known ones, then publish the new state. A
    crash in between leaves bytes that no state speaks of: they are overwritten."""
    frame, width = Frame.from_text(state.frame), state.dimension
    sums, rows_sum = list(state.sums), state.rows_sum
    count, last_id = state.count, state.last_id
    with (
        _open_at(folder / ROWS, count * ROW.itemsize) as rows_file,
        _open_at(folder / CODES, count * width) as codes_file,
    ):
        pending = np.empty((0, width), np.int8)
        if tail := count % BLOCK:  # the last block is not full: its checksum is made again
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
    """Open for writing at `offset`, keeping what is before it. DamagedCacheError when the file
    is shorter than that."""
    stream = path.open("r+b" if path.exists() else "w+b")
    if stream.seek(0, os.SEEK_END) < offset:
        stream.close()
        raise DamagedCacheError(path.name)
    stream.seek(offset)
    stream.truncate()
    return stream
