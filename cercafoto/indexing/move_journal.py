"""Convert moves of photos into a folder to entries of the journal, and back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from cercafoto.archive.local import own_files
from cercafoto.base.paths import is_inside
from cercafoto.base.run_journal import Entry, coded, decoded_path
from cercafoto.photos.moves import Move

JOURNAL = own_files.SET_ASIDE
FINISHED: Entry = {"finished": True}  # the last journal entry of a run that was not interrupted
_DIGEST = re.compile("[0-9a-f]{64}")


def entry_of(folder: bytes, moves: Iterable[Move]) -> Entry:
    """Return the entry for the move of a photo and its sidecars into `folder` or below."""
    files = [
        {"from": coded(move.source), "to": coded(move.target), "sha256": move.digest}
        for move in moves
    ]
    return {"in": coded(folder), "files": files}


def moves_of(entry: Entry) -> list[Move]:
    """Return the moves of a journal entry: the photo first, then its sidecars."""
    return [
        Move(decoded_path(file["from"]), decoded_path(file["to"]), file["sha256"])
        for file in entry["files"]
    ]


def read_entry(entry: Entry) -> None:
    """Raise KeyError, TypeError or ValueError for an entry that is neither FINISHED nor one that
    `entry_of` can make: all files lie in the folder, and those beside the photo are sidecars."""
    if entry == FINISHED:
        return
    folder, (photo, *sidecars) = decoded_path(entry["in"]), moves_of(entry)
    for move in (photo, *sidecars):
        ends = {os.path.splitext(path)[1] for path in (move.source, move.target)}
        if not is_inside(move.target, folder) or move.target == folder or len(ends) > 1:
            raise ValueError("moved elsewhere")
        if not isinstance(move.digest, str) or not _DIGEST.fullmatch(move.digest):
            raise ValueError("no digest")
        if move is not photo and (
            ends.pop().lower() != b".xmp" or not _is_beside(move.source, photo.source)
        ):
            raise ValueError("no sidecar")


def _is_beside(sidecar: bytes, photo: bytes) -> bool:
    return os.path.splitext(sidecar)[0] in (photo, os.path.splitext(photo)[0])
