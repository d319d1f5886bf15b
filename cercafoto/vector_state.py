"""What the files of a vector cache are said to hold: counts and checksums, in one JSON file that is
replaced whole and carries a checksum of its own."""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows scored, and checked, at a time: 8,192 x 512 floats are 16 MB, within a core's cache reach.
BLOCK = 8192
STATE = "stato.json"


@dataclass(frozen=True)
class State:
    """What the cache files hold. sums: one checksum a block, see `checksum`; ids_sum: that of the
    ids."""

    purges: int
    last_id: int
    count: int
    dimension: int
    sums: tuple[int, ...]
    ids_sum: int = 0
    graph: str = ""  # SHA-256 of the graph file; empty: none
    graph_count: int = 0


def checksum(rows: NDArray[Any]) -> int:
    """Sum, modulo 2^64, of the block read as 32-bit integers: any one flipped byte changes it,
    and it costs a tenth of the dot products on the same bytes."""
    return int(np.ascontiguousarray(rows, dtype="<f4").view("<u4").sum(dtype=np.uint64))


def sum_of_ids(ids: NDArray[Any]) -> int:
    return int(np.ascontiguousarray(ids, dtype="<i8").view("<u8").sum(dtype=np.uint64))


def checksums(rows: NDArray[Any]) -> tuple[int, ...]:
    return tuple(checksum(rows[at : at + BLOCK]) for at in range(0, len(rows), BLOCK))


def read_state(folder: Path, dimension: int) -> State | None:
    try:
        data = json.loads((folder / STATE).read_text("utf-8"))
        if data.pop("crc") != _crc(data):
            return None
        state = State(**{**data, "sums": tuple(data["sums"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    blocks = -(-state.count // BLOCK)
    return state if state.dimension == dimension and len(state.sums) == blocks else None


def _crc(state: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(state, sort_keys=True).encode())


def write_state(folder: Path, state: State | None) -> None:
    path = folder / STATE
    if state is None:
        path.unlink(missing_ok=True)
        return
    handle, name = tempfile.mkstemp(dir=folder, prefix=".stato-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        data = asdict(state)
        json.dump({**data, "crc": _crc(data)}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).replace(path)
