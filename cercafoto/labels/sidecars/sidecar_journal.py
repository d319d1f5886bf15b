"""Convert changes of sidecars to entries of the journal, and back. An entry has the old content of
a sidecar and the digest of the new content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cercafoto.base.run_journal import Entry, coded, decoded
from cercafoto.labels.sidecars.sidecar import Change


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
    if there was no file."""
    before = entry["before"]
    return decoded(entry["sidecar"]), None if before is None else decoded(before), entry["after"]


def action_of(entries: Sequence[Entry]) -> int | None:
    """Return the id of the action on labels that a run belongs to; None if it is not known."""
    return next((entry["action"] for entry in entries if entry.get("action")), None)


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
