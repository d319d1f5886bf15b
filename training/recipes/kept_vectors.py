"""Vectors that are computed once, in a file that grows with the work and is whole at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Floats

Progress = Callable[[int, int], None]  # rows done, of


def key_of(*described: object) -> str:
    """A name for a file, by what its rows are computed from."""
    return hashlib.sha256(repr(described).encode()).hexdigest()[:16]


def kept(
    path: Path,
    rows: int,
    width: int,
    chunks: Callable[[int], Iterable[Floats]],
    progress: Progress = lambda done, of: None,
) -> Floats:
    """Return float32 [rows, width], mapped from the file, which is made if it is not there.

    chunks: gives the rows from the one named on, in order, some at a time. What an interrupted
        call computed is not computed again.
    """
    if not path.is_file():
        partial = path.with_suffix(".partial.npy")
        table = _opened(partial, rows, width)
        # NaN marks what is still to come; a row that a crash cut short lacks its end.
        missing = np.flatnonzero(np.isnan(table[:, [0, -1]]).any(axis=1))
        if len(missing):
            at = int(missing[0])
            for chunk in chunks(at):
                table[at : at + len(chunk)] = chunk
                table.flush()
                at += len(chunk)
                progress(at, rows)
        del table
        partial.replace(path)
    result: Floats = np.load(path, mmap_mode="r")
    return result


def _opened(partial: Path, rows: int, width: int) -> np.memmap:
    partial.parent.mkdir(parents=True, exist_ok=True)
    if partial.is_file():
        try:
            table: np.memmap = np.lib.format.open_memmap(partial, "r+")
            if table.shape == (rows, width):
                return table
        except ValueError:  # the crash was while the file was made
            pass
    table = np.lib.format.open_memmap(partial, "w+", np.float32, (rows, width))
    table[:] = np.nan
    table.flush()
    return table
