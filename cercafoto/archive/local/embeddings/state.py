"""State of a vector cache: counts and checksums, in one JSON file that is replaced whole and
carries a checksum of its own."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.atomic_file import replacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows read, checked and scored at a time: 4,096 of 512 dimensions are 2 MB, which a core's cache
# still holds when they are scored after having been checked.
BLOCK = 4096
STATE = "stato.json"


@dataclass(frozen=True)
class State:
    """Description of the cache files.

    frame: see `Frame.text`.
    framed: rows that the archive had when it was chosen.
    sums: one checksum a block of codes.
    rows_sum: that of the table of rows, see `checksum`.
    """

    purges: int
    last_id: int
    count: int
    dimension: int
    frame: str
    framed: int = 0
    sums: tuple[int, ...] = ()
    rows_sum: int = 0
    graph: str = ""  # SHA-256 of the graph file; empty: none
    graph_count: int = 0

    def follows(self, purges: int, last_id: int) -> bool:
        """Tell whether a catalogue, of which these are the last two figures, is the one that the
        files were made from."""
        return (self.purges, self.last_id) == (purges, last_id)


def checksum(data: NDArray[Any]) -> int:
    """Sum, modulo 2^64, of the bytes read as 64-bit integers: any one flipped byte changes it,
    and 512 MB take 10 ms."""
    import numpy as np  # late: the state alone is read without it

    flat = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    whole = len(flat) // 8 * 8
    rest = int.from_bytes(flat[whole:].tobytes(), "little")
    return (int(flat[:whole].view("<u8").sum(dtype=np.uint64)) + rest) % 2**64


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
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as stream:
        data = asdict(state)
        json.dump({**data, "crc": _crc(data)}, stream)
        stream.flush()
        os.fsync(stream.fileno())
