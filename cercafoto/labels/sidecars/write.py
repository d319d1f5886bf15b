"""Writing of labels to the sidecars of many photos, and undoing it. A sidecar that cannot be read,
merged or written costs that sidecar, never the run; a photo is never opened for writing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.run_journal import Journal, LastRun
from cercafoto.labels.sidecars.journal import digest, entry_of, read_entry
from cercafoto.labels.sidecars.sidecar import Change, plan, read, write
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.labels.sidecars.xml_tree import PacketError

JOURNAL = "xmp"  # folder in the archive
CHANGED_SINCE = "è cambiato dopo che l'ha scritto cercafoto: resta com'è"


@dataclass
class XmpReport:
    """The result of a run over sidecars, or of its rehearsal.

    changes: written, or to be written where it was a rehearsal; contents of sidecars are kept only
        then.
    problems: (path, why) of what was left as it was.
    """

    rehearsal: bool = False
    changed: list[bytes] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[tuple[bytes, str]] = field(default_factory=list)


def write_sidecars(photos: Iterable[Wanted], archive: Path, rehearsal: bool = False) -> XmpReport:
    """Bring the sidecar of every photo up to what is wanted. A rehearsal writes nothing at all."""
    report = XmpReport(rehearsal)
    journal = Journal(archive / JOURNAL)
    try:
        for photo in photos:
            try:
                change = plan(photo.photo, photo.labels, photo.taken)
                if change is None:
                    report.unchanged += 1
                    continue
                if not rehearsal:
                    journal.record(entry_of(change))
                _carry_out(change, report)
            except (OSError, PacketError) as error:
                report.problems.append((photo.photo, _why(error)))
    finally:
        journal.close()
    return report


def undo_sidecars(archive: Path, rehearsal: bool = False) -> XmpReport:
    """Put back what was there before the last run, byte for byte. A sidecar that was changed
    since stays as it is, is named, and can be undone later."""
    report = XmpReport(rehearsal)
    last = LastRun(archive / JOURNAL)
    restored = set()
    for at, entry in reversed([*enumerate(last.entries)]):
        sidecar, before, after = read_entry(entry)
        try:
            current = read(sidecar)
            if digest(current) == digest(before):
                report.unchanged += 1
            elif digest(current) != after:
                report.problems.append((sidecar, CHANGED_SINCE))
                continue
            else:
                _carry_out(Change(sidecar, current, before), report)
            restored.add(at)
        except (OSError, PacketError) as error:
            report.problems.append((sidecar, _why(error)))
    if not rehearsal:
        last.forget(restored)
    return report


def _carry_out(change: Change, report: XmpReport) -> None:
    if report.rehearsal:
        report.changes.append(change)
    else:
        write(change.sidecar, change.after)
    report.changed.append(change.sidecar)


def _why(error: Exception) -> str:
    if isinstance(error, PacketError):
        return f"il sidecar {error}, resta com'è"
    return os_error_in_italian(error, "scrivere") if isinstance(error, OSError) else str(error)
