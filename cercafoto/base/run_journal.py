"""Record the file changes of each run in a journal, so that the last run can be undone exactly.

A folder holds one file of JSON lines per run, for the last ten runs that changed something. A line
is synced to the disk before its change is made, so an interrupted run can be undone too. Each line
ends with its CRC-32, so that a line damaged by the disk is not used; older versions wrote none.
"""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing

KEPT = 10
DAMAGED = "righe rovinate dal disco: quello che dicevano non si può annullare"
_CHECKED = re.compile(rb"(.*) ([0-9a-f]{8})", re.DOTALL)

Entry = dict[str, Any]


class Journal:
    """The journal of one run, in `folder`. The first `record` makes its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: Any = None

    def record(self, entry: Entry) -> None:
        """Write a line about a change before the change is made. Raises OSError."""
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            runs = _runs(self.folder)
            number = int(runs[-1].stem) + 1 if runs else 1
            # Unbuffered: on a full disk, closing would try to write the rest of a line again.
            self._file = (self.folder / f"{number:06}.jsonl").open("ab", buffering=0)
            for old in runs[: max(0, len(runs) + 1 - KEPT)]:
                old.unlink()
        line, before = _line(entry), os.fstat(self._file.fileno()).st_size
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):  # an incomplete line would damage the next one
                self._file.truncate(before)
            raise

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class LastRun:
    """The latest run that can still be undone.

    folder: where the journals are.
    skipped: how many later runs to pass over.
    path: journal of the run; None if there is no run to undo.
    entries: what the run recorded, in order.
    problems: (path of the journal, reason in Italian) if lines are damaged.

    Raises OSError if the journal cannot be read.
    """

    def __init__(self, folder: Path, skipped: int = 0) -> None:
        runs = _runs(folder)[::-1][skipped:]
        self.path = runs[0] if runs else None
        self.entries: list[Entry] = []
        self.problems: list[tuple[bytes, str]] = []
        if self.path is None:
            return
        # Text after the last line end is an incomplete line: its change was not made.
        *lines, _ = self.path.read_bytes().split(b"\n")
        read = [_read(line) for line in lines]
        self.entries = [entry for entry in read if entry is not None]
        if damaged := read.count(None):
            self.problems.append((os.fsencode(self.path), f"{damaged} {DAMAGED}"))

    def forget(self, undone: Collection[int]) -> None:
        """Remove the entries with the indices `undone` from the journal, and an empty journal from
        the disk. Raises OSError."""
        if self.path is None:
            return
        remaining = [entry for at, entry in enumerate(self.entries) if at not in undone]
        if not remaining:
            self.path.unlink()
            return
        with replacing(self.path) as partial:
            partial.write_bytes(b"".join(map(_line, remaining)))


def coded(content: bytes) -> str:
    """Return bytes, such as a path, as base64 text for JSON."""
    return base64.b64encode(content).decode("ascii")


def decoded(text: str) -> bytes:
    """Return the bytes that `coded` turned into text. Raises ValueError if it is not base64."""
    return base64.b64decode(text, validate=True)


def _runs(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.jsonl") if p.stem.isdigit())


def _line(entry: Entry) -> bytes:
    text = json.dumps(entry).encode()
    return b"%b %08x\n" % (text, zlib.crc32(text))


def _read(line: bytes) -> Entry | None:
    """Return the entry of a line, None if it is damaged."""
    checked = _CHECKED.fullmatch(line)
    text = checked[1] if checked else line
    if checked and zlib.crc32(text) != int(checked[2], 16):
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
