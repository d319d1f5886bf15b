"""Record the file changes of each run in a journal, so that the last run can be undone exactly.

A folder holds one file of JSON lines per run, for the last ten runs that changed something. A line
is synced to the disk before its change is made, so an interrupted run can be undone too. Each line
ends with its seal (`base/seals.py`), which depends on the run: a line that the disk has damaged,
that somebody else wrote or that belongs to another run is not carried out by itself. The order of
lines is not sealed: each is compared with the files before anything happens.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.seals import Seals

KEPT = 10
DAMAGED = ": quello che vi era scritto non si può annullare"
LINKED = "{} è un collegamento: un archivio ha soltanto file suoi"
_NAME = re.compile(r"[0-9]{6,}\.jsonl")
_SEALED = re.compile(rb"(.*) ([0-9a-f]{32})", re.DOTALL)
_LARGEST = 1 << 34  # bytes; a file that claims more is no journal

Entry = dict[str, Any]


class Journal:
    """The journal of one run, in the folder `name` of an archive. The first `record` makes its
    file."""

    def __init__(self, seals: Seals, name: str) -> None:
        self.folder = seals.archive / name
        self._seals = seals
        self._file: Any = None
        self._run = ""

    def record(self, entry: Entry) -> None:
        """Write a line about a change before the change is made. Raises OSError."""
        if self._file is None:
            self._begin()
        line = _line(entry, self._seals, self.folder.name, self._run)
        before = os.fstat(self._file.fileno()).st_size
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):  # an incomplete line would damage the next one
                self._file.truncate(before)
            raise

    def _begin(self) -> None:
        if self.folder.is_symlink():
            raise OSError(0, LINKED.format(self.folder))
        self.folder.mkdir(parents=True, exist_ok=True)
        runs = journals(self.folder)
        taken = (path.stem for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        self._run = f"{1 + max(map(int, taken), default=0):06}"
        # Unbuffered: on a full disk, closing would try to write the rest of a line again.
        self._file = (self.folder / f"{self._run}.jsonl").open("xb", buffering=0)
        for old in runs[: max(0, len(runs) + 1 - KEPT)]:
            old.unlink()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class RecordedRun:
    """What the journal of one run says.

    path: the journal; None if there is no run.
    entries: what the run recorded, in order.
    foreign: indices of the entries whose line has no right seal. The person has to confirm them.
    damaged: number of lines that say nothing.
    problems: (path of the journal, reason in Italian) if it cannot be read, or lines are damaged.

    read: raises KeyError, TypeError or ValueError for an entry that is not as it should be. Its
        line counts as damaged, with or without a seal.
    """

    def __init__(
        self,
        path: Path | None,
        seals: Seals,
        read: Callable[[Entry], object],
    ) -> None:
        self.path = path
        self.entries: list[Entry] = []
        self.foreign: set[int] = set()
        self.problems: list[tuple[bytes, str]] = []
        self.damaged = 0
        self._lines: list[bytes] = []  # the line of each entry
        if path is None:
            return
        try:
            # Text after the last line end is an incomplete line: its change was not made.
            *lines, _ = _content(path).split(b"\n")
        except OSError as error:
            self.path = None
            self.problems.append((os.fsencode(path), os_error_in_italian(error)))
            return
        for line in lines:
            entry, is_signed = _read(line, seals, path.parent.name, path.stem, read)
            if entry is None:
                self.damaged += 1
                continue
            if not is_signed:
                self.foreign.add(len(self.entries))
            self.entries.append(entry)
            self._lines.append(line + b"\n")
        if self.damaged:
            word = "riga rovinata" if self.damaged == 1 else "righe rovinate"
            self.problems.append((os.fsencode(path), f"{self.damaged} {word}{DAMAGED}"))

    def forget(self, undone: Collection[int]) -> None:
        """Remove the entries with the indices `undone`, and damaged lines, from the journal; and an
        empty journal from the disk. Raises OSError."""
        if self.path is None:
            return
        kept = [line for at, line in enumerate(self._lines) if at not in undone]
        if not kept:
            self.path.unlink()
            return
        with replacing(self.path) as partial:
            partial.write_bytes(b"".join(kept))


def last_run(
    seals: Seals, name: str, read: Callable[[Entry], object], skipped: int = 0
) -> RecordedRun:
    """Return the latest run that can still be undone.

    name: folder in the archive where the journals are.
    read: see `RecordedRun`.
    skipped: how many later runs to pass over.
    """
    runs = journals(seals.archive / name)[::-1][skipped:]
    return RecordedRun(runs[0] if runs else None, seals, read)


def journals(folder: Path) -> list[Path]:
    """Return the journals in a folder, oldest first. Links, folders and pipes are none."""
    if folder.is_symlink():
        return []
    with suppress(OSError):
        found = (path for path in folder.iterdir() if _NAME.fullmatch(path.name))
        return sorted((path for path in found if _is_file(path)), key=lambda path: int(path.stem))
    return []


def coded(content: bytes) -> str:
    """Return bytes, such as a path, as base64 text for JSON."""
    return base64.b64encode(content).decode("ascii")


def decoded(text: str) -> bytes:
    """Return the bytes that `coded` turned into text. Raises ValueError if it is not base64."""
    return base64.b64decode(text, validate=True)


def decoded_path(text: object) -> bytes:
    """Return the absolute path that `coded` turned into text. Raises ValueError for anything else,
    also for a path with "..", which could lead out of a folder."""
    path = decoded(text) if isinstance(text, str) else b""
    if not os.path.isabs(path) or b"\0" in path or os.path.normpath(path) != path:
        raise ValueError("no absolute path")
    return path


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _content(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST:
        raise OSError(0, "è troppo grande")
    return path.read_bytes()


def _line(entry: Entry, seals: Seals, purpose: str, run: str) -> bytes:
    text = json.dumps(entry).encode()
    return b"%b %b\n" % (text, _hex(seals.seal(purpose, run.encode(), text)))


def _hex(seal: bytes) -> bytes:
    """Return a seal as 32 digits; zeros if there was no key."""
    return seal.hex().encode() or b"0" * 32


def _read(
    line: bytes, seals: Seals, purpose: str, run: str, read: Callable[[Entry], object]
) -> tuple[Entry | None, bool]:
    """Return the entry of a line, None if it is damaged, and whether its seal is right."""
    sealed = _SEALED.fullmatch(line)
    text = sealed[1] if sealed else line
    try:
        entry = json.loads(text)
        if not isinstance(entry, dict):
            return None, False
        read(entry)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None, False
    seal = bytes.fromhex(sealed[2].decode()) if sealed else None
    return entry, seals.is_right(seal, purpose, run.encode(), text)
