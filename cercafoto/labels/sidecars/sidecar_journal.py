"""What the journal says of a changed sidecar: what was in it, and the digest of what was put in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cercafoto.base.run_journal import Entry, coded, decoded
from cercafoto.labels.sidecars.sidecar import Change


def entry_of(change: Change, action: int | None = None) -> Entry:
    """Return what the journal says of a change, which belongs to an action on labels, if any."""
    return {
        "action": action,
        "sidecar": coded(change.sidecar),
        "before": None if change.before is None else coded(change.before),
        "after": digest(change.after),
    }


def read_entry(entry: Entry) -> tuple[bytes, bytes | None, str | None]:
    """Return the sidecar, its content before, and the digest of its content after."""
    before = entry["before"]
    return decoded(entry["sidecar"]), None if before is None else decoded(before), entry["after"]


def action_of(entries: Sequence[Entry]) -> int | None:
    """Return the action on labels that a run belongs to; None if it is not known."""
    return next((entry["action"] for entry in entries if entry.get("action")), None)


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
