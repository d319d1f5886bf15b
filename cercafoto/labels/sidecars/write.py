"""Writing of labels to the sidecars of many photos, and undoing it. A sidecar that cannot be read,
merged or written costs that sidecar, never the run; a photo is never opened for writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.labels.sidecars.journal import Journal, LastRun, digest
from cercafoto.labels.sidecars.sidecar import Change, plan, read, write
from cercafoto.labels.sidecars.xml_tree import PacketError
from cercafoto.results import TagResult

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


def write_sidecars(tagged: TagResult, archive: Path, rehearsal: bool = False) -> XmpReport:
    """Bring the sidecar of every photo up to its labels. A rehearsal writes nothing at all.

    What stands for the rest of a section stays in the archive: to other programs it says nothing.
    """
    report = XmpReport(rehearsal)
    source = Path(tagged.label_file).name
    journal = Journal(archive / JOURNAL)
    try:
        for photo in tagged.photos:
            try:
                paths = [
                    tagged.places[label] for label, _, _ in photo.tags if label not in tagged.rests
                ]
                change = plan(photo.path, paths, source)
                if change is None:
                    report.unchanged += 1
                    continue
                if not rehearsal:
                    journal.record(change)
                _carry_out(change, report)
            except (OSError, PacketError) as error:
                report.problems.append((photo.path, _why(error)))
    finally:
        journal.close()
    return report


def undo_sidecars(archive: Path, rehearsal: bool = False) -> XmpReport:
    """Put back what was there before the last run, byte for byte. A sidecar that was changed
    since stays as it is, is named, and can be undone later."""
    report = XmpReport(rehearsal)
    last = LastRun(archive / JOURNAL)
    restored = set()
    for sidecar, before, after in reversed(last.entries):
        try:
            current = read(sidecar)
            if digest(current) == digest(before):
                report.unchanged += 1
            elif digest(current) != after:
                report.problems.append((sidecar, CHANGED_SINCE))
                continue
            else:
                _carry_out(Change(sidecar, current, before), report)
            restored.add(sidecar)
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
