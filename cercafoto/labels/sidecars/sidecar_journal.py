"""Convert changes of sidecars to entries of the journal, and back. An entry has the old content of
a sidecar and the digest of the new content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cercafoto.base.run_journal import Entry, coded, decoded, decoded_path
from cercafoto.labels.sidecars.sidecar import Change

LARGEST = 2**63 - 1  # of the numbers that SQLite holds


def entry_of(change: Change, action: int | None = None) -> Entry:
    """Return the entry of the journal for a change.

    action: id of the action on labels that caused the change, or None.
    """
    return {
        "action": action,
        "sidecar": coded(change.sidecar),
        "before": None if change.before is None else coded(change.before),
        "after": digest(change.after),
    }


def read_entry(entry: Entry) -> tuple[bytes, bytes | None, str | None]:
    """Return (path of the sidecar, its old content, digest of its new content); None for a content
    if there was no file.

    Raises KeyError, TypeError or ValueError for an entry that `entry_of` did not make. Nothing but
    an .xmp file is ever named.
    """
    sidecar, before, after = decoded_path(entry["sidecar"]), entry["before"], entry["after"]
    if not sidecar.lower().endswith(b".xmp"):
        raise ValueError("no sidecar")
    action = entry["action"]
    if not isinstance(after, str | None) or not isinstance(action, int | None):
        raise TypeError("no entry")
    if action is not None and not 0 <= action <= LARGEST:
        raise ValueError("no action")
    return sidecar, None if before is None else decoded(before), after


def action_of(entries: Sequence[Entry]) -> int | None:
    """Return the id of the action on labels that a run belongs to; None if it is not known."""
    return next((entry["action"] for entry in entries if entry.get("action")), None)


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
