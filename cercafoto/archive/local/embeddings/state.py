"""The state of a vector cache (counts and checksums): a JSON file with a checksum of its own, which
is always replaced as a whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.atomic_file import replacing
from cercafoto.base.bounded_json import read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows read, checked and scored at a time: 4,096 of 512 dimensions are 2 MB, so they are still in a
# core's cache when they are scored after the check.
BLOCK = 4096
STATE = "stato.json"
LARGEST = 64_000_000  # bytes; the sums of some ten billion vectors
_FINGERPRINT = re.compile("[0-9a-f]{16,}")


@dataclass(frozen=True)
class State:
    """The state of the cache files.

    purges: how often the catalogue had deleted vectors when the files were written.
    last_id: the id of the last vector in the files.
    count: number of rows in the files.
    frame: see `Frame.text`.
    framed: number of rows that the archive had when the frame was chosen.
    sums: the checksum of each block of codes.
    rows_sum: the checksum of the table of rows.
    graph: SHA-256 of the graph's file, "" if there is none.
    graph_count: number of rows in the graph.
    """

    purges: int
    last_id: int
    count: int
    dimension: int
    frame: str
    framed: int = 0
    sums: tuple[int, ...] = ()
    rows_sum: int = 0
    graph: str = ""
    graph_count: int = 0

    def follows(self, purges: int, last_id: int) -> bool:
        """Whether the files are current for a catalogue with these two figures."""
        return (self.purges, self.last_id) == (purges, last_id)


def checksum(data: NDArray[Any]) -> int:
    """Return the sum, modulo 2^64, of the bytes read as 64-bit integers. Any flipped byte changes
    the sum, and computing it is as fast as reading memory."""
    import numpy as np  # late: reading only the state needs no numpy

    flat = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    whole = len(flat) // 8 * 8
    rest = int.from_bytes(flat[whole:].tobytes(), "little")
    return (int(flat[:whole].view("<u8").sum(dtype=np.uint64)) + rest) % 2**64


def folder_of(vectors: Path, fingerprint: str) -> Path:
    """Return the folder of the cache of a model. vectors: where the caches of all models are.

    The fingerprint stands in the catalogue, which may come from anywhere: what is none becomes a
    name that leads nowhere else.
    """
    if not _FINGERPRINT.fullmatch(fingerprint):
        fingerprint = hashlib.sha256(fingerprint.encode("utf-8", "replace")).hexdigest()
    return vectors / fingerprint[:16]


def read_state(folder: Path, dimension: int) -> State | None:
    """Return the state in a cache's folder, None if its file is missing, damaged, or for vectors of
    another dimension."""
    try:
        data = read_json(folder / STATE, LARGEST)
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
    """Replace the state in a cache's folder. With None the state's file is deleted."""
    path = folder / STATE
    if state is None:
        path.unlink(missing_ok=True)
        return
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as stream:
        data = asdict(state)
        json.dump({**data, "crc": _crc(data)}, stream)
        stream.flush()
        os.fsync(stream.fileno())
