"""A journal of changed sidecars, so that it can be undone exactly.

A folder in the archive holds one file of JSON lines for each run that wrote something, the last
ten. A line says of a sidecar what was in it, and the digest of what was put in; it reaches the
disk before the sidecar changes, so that a run cut short can be undone as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.labels.sidecars.sidecar import Change

KEPT = 10


class Journal:
    """The journal of one run, made at its first `record`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: Any = None

    def record(self, change: Change) -> None:
        """Record a change before the sidecar is written. Raises OSError."""
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            runs = _runs(self.folder)
            number = int(runs[-1].stem) + 1 if runs else 1
            self._file = (self.folder / f"{number:06}.jsonl").open("ab")
            for old in runs[: max(0, len(runs) + 1 - KEPT)]:
                old.unlink()
        self._file.write(_line(change.sidecar, change.before, digest(change.after)))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class LastRun:
    """The last run that has something left to undo."""

    def __init__(self, folder: Path) -> None:
        runs = _runs(folder)
        self.path = runs[-1] if runs else None
        self.entries: list[tuple[bytes, bytes | None, str | None]] = []
        if self.path is not None:
            for line in self.path.read_bytes().splitlines():
                # A line cut short belongs to a sidecar that was not touched yet.
                try:
                    self.entries.append(_entry(json.loads(line)))
                except (ValueError, KeyError, TypeError):
                    continue

    def forget(self, sidecars: set[bytes]) -> None:
        """Forget the sidecars, which are undone; the journal goes when nothing is left in it."""
        if self.path is None:
            return
        remaining = [entry for entry in self.entries if entry[0] not in sidecars]
        if not remaining:
            self.path.unlink()
            return
        with replacing(self.path) as partial:
            partial.write_bytes(b"".join(_line(*entry) for entry in remaining))


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _runs(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.jsonl") if p.stem.isdigit())


def _line(sidecar: bytes, before: bytes | None, after: str | None) -> bytes:
    data = {
        "sidecar": _coded(sidecar),
        "before": None if before is None else _coded(before),
        "after": after,
    }
    return json.dumps(data).encode() + b"\n"


def _entry(data: dict[str, Any]) -> tuple[bytes, bytes | None, str | None]:
    before = data["before"]
    return (
        base64.b64decode(data["sidecar"], validate=True),
        None if before is None else base64.b64decode(before, validate=True),
        data["after"],
    )


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
