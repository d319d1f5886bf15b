"""Note which steps of `reproduce` are done, with digests of what they read.

So a step is done again if its inputs are others than they were: a retrained model is measured anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from cercafoto.base.file_stamp import stamp_of

NOTES = "reproduce.done"  # a JSON line for each step: its command, and stamp and digest by input
WRITTEN = {"--out", "--cache", "--output_folder"}  # options whose path is not read
CHECKPOINTS = ("checkpoints/best.pt", "checkpoints/last.pt")  # what others read of a run

Noted = dict[str, tuple[list[int], str]]  # path -> size and time, digest


class Notes:
    """The notes in the current folder."""

    def __init__(self) -> None:
        self.done: dict[str, Noted] = {}
        if Path(NOTES).is_file():
            for line in Path(NOTES).read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # a line that a crash cut short
                    row = json.loads(line)
                    self.done[row["command"]] = row["inputs"]

    def holds(self, command: str) -> bool:
        """Whether a command is done, and each of its inputs as it was, or gone since."""
        noted = self.done.get(command)
        return noted is not None and not any(
            _changed(Path(path), *kept) for path, kept in noted.items()
        )

    def add(self, command: str, inputs: Noted) -> None:
        self.done[command] = inputs
        with Path(NOTES).open("a", encoding="utf-8") as note:
            note.write(json.dumps({"command": command, "inputs": inputs}) + "\n")
            note.flush()
            os.fsync(note.fileno())


def inputs_of(words: Sequence[str]) -> Noted:
    """Return what a command reads: its words that are paths, as they are now."""
    return {path.as_posix(): (_stamp(path), _digest(path)) for path in _read(words)}


def written(words: Sequence[str], folder: str = "") -> float:
    """Return the gigabytes that a command has written so far, into `folder` if it is given."""
    outputs = [Path(word) for before, word in pairwise(words) if before in WRITTEN]
    files = (file for path in ([Path(folder)] if folder else outputs) for file in _files(path))
    return sum(file.stat().st_size for file in files) / 1e9


def _read(words: Sequence[str]) -> Iterator[Path]:
    for before, word in pairwise(words):  # the first is the command's name
        path = Path(word)
        # "mscoco" may name a folder as well as a source; after an option it is a folder.
        is_named = "/" in word or before.startswith("--")
        if not is_named or before in WRITTEN or not path.exists():
            continue
        run = [path / name for name in CHECKPOINTS if (path / name).is_file()]
        yield from run or [path]


def _changed(path: Path, stamp: list[int], digest: str) -> bool:
    if not path.exists() or (stamp and _stamp(path) == stamp):
        return False
    return _digest(path) != digest


def _stamp(path: Path) -> list[int]:
    """Return size and time of a file; of a folder nothing, since they do not show what is in it."""
    return list(stamp_of(path.stat())) if path.is_file() else []


def _digest(path: Path) -> str:
    """Return the digest of a file, or of the names and sizes of all files in a folder."""
    if path.is_file():
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    names = hashlib.sha256()
    for file in _files(path):
        names.update(f"{file.as_posix()}\0{file.stat().st_size}\n".encode())
    return names.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or all files in a folder, always in the same order."""
    if path.is_file():
        yield path
    for folder, folders, files in os.walk(path):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(files))
