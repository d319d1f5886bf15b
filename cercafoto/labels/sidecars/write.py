"""Write labels to the sidecars of many photos, and undo the writing. A sidecar that cannot be read,
merged or written is skipped and reported. Photos are never opened for writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cercafoto.base.atomic_file import remove_leftovers
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.base.run_journal import Journal, LastRun
from cercafoto.errors import ImageError
from cercafoto.labels.sidecars.embedded import embedded_lists
from cercafoto.labels.sidecars.replacement import ChangedError, write
from cercafoto.labels.sidecars.sidecar import Change, plan, read
from cercafoto.labels.sidecars.sidecar_journal import digest, entry_of, read_entry
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.xmp import PacketError

JOURNAL = "xmp"  # folder in the archive
ATTEMPTS = 3  # at a sidecar that another program changes at the same time
CHANGED_SINCE = "è cambiato dopo che l'ha scritto cercafoto: resta com'è"


@dataclass
class XmpReport:
    """The result of a run over sidecars, or of its rehearsal.

    changed: paths of the sidecars that changed, or would change.
    changes: the changes themselves; only in a rehearsal.
    unchanged: how many sidecars were up to date.
    problems: (path, why) of photos or sidecars that were left as they were.
    """

    rehearsal: bool = False
    changed: list[bytes] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[tuple[bytes, str]] = field(default_factory=list)


def write_sidecars(
    photos: Iterable[Wanted],
    archive: Path,
    rehearsal: bool = False,
    folders: PhotoFolders | None = None,
    action: int | None = None,
) -> XmpReport:
    """Bring the sidecars of photos up to date. A rehearsal writes nothing.

    archive: folder of the archive, which has the journal.
    folders: see `Decoders`, which read the keywords inside the photos.
    action: id of the action on labels that this run belongs to, or None.
    """
    report = XmpReport(rehearsal)
    journal = Journal(archive / JOURNAL)
    swept: set[bytes] = set()
    try:
        with Decoders(None, 1, folders=folders) as decoders:
            for photo in photos:
                try:
                    if not rehearsal:
                        _sweep(photo.photo, swept)
                    _bring_up(photo, decoders, journal, report, action)
                except (OSError, PacketError, ImageError) as error:
                    report.problems.append((photo.photo, _why(error, photo.photo)))
    finally:
        journal.close()
    return report


def _bring_up(
    photo: Wanted, decoders: Decoders, journal: Journal, report: XmpReport, action: int | None
) -> None:
    """Bring one sidecar up to date. If another program changes it at the same time, try again.
    Raises OSError, PacketError, ImageError."""
    for attempt in range(1, ATTEMPTS + 1):
        inherited = partial(embedded_lists, decoders, photo.photo)
        change = plan(photo.photo, photo.labels, photo.taken, inherited, photo.people)
        if change is None:
            report.unchanged += 1
            return
        try:
            _carry_out(change, report, partial(journal.record, entry_of(change, action)))
            return
        except ChangedError:
            if attempt == ATTEMPTS:
                raise


def undo_sidecars(archive: Path, rehearsal: bool = False, skipped: int = 0) -> XmpReport:
    """Put back the sidecars as they were before the last run, byte for byte. A sidecar that changed
    since is left as it is and reported, and can be undone later.

    skipped: how many of the latest runs to pass over; only in a rehearsal.
    """
    report = XmpReport(rehearsal)
    last = LastRun(archive / JOURNAL, skipped)
    report.problems += last.problems
    restored: set[int] = set()
    latest: dict[bytes, int] = {}
    swept: set[bytes] = set()
    for at, entry in reversed([*enumerate(last.entries)]):
        sidecar, before, after = read_entry(entry)
        # An earlier entry for the same sidecar is an attempt that failed, because another program
        # changed it first.
        if latest.setdefault(sidecar, at) != at:
            if latest[sidecar] in restored:
                restored.add(at)
            continue
        try:
            if not rehearsal:
                _sweep(sidecar, swept)
            current = read(sidecar)
            if digest(current) == digest(before):
                report.unchanged += 1
            elif digest(current) != after:
                report.problems.append((sidecar, CHANGED_SINCE))
                continue
            else:
                _carry_out(Change(sidecar, current, before), report, lambda: None)
            restored.add(at)
        except (OSError, PacketError) as error:
            report.problems.append((sidecar, _why(error)))
    if not rehearsal:
        last.forget(restored)
    return report


def _carry_out(change: Change, report: XmpReport, record: Callable[[], None]) -> None:
    """Write a change, or only report it in a rehearsal."""
    if report.rehearsal:
        report.changes.append(change)
    else:
        write(change, record)
    report.changed.append(change.sidecar)


def _sweep(path: bytes, swept: set[bytes]) -> None:
    """Remove the unfinished files that a killed run left in the folder of `path`, and add the
    folder to `swept`. Do nothing for a folder that is already in `swept`."""
    folder = os.path.dirname(path)  # noqa: PTH120 (bytes)
    if folder not in swept:
        swept.add(folder)
        remove_leftovers(Path(os.fsdecode(folder)))


def _why(error: Exception, photo: bytes = b"") -> str:
    """Return an error in Italian, without the name of the photo."""
    if isinstance(error, ImageError):
        why = error.message.removeprefix(f"{printable(photo)}: ").removesuffix(".")
        return f"{why}; il file .xmp resta com'è"
    if isinstance(error, OSError) and error.errno:
        return os_error_in_italian(error, "scrivere")
    reason = error.strerror if isinstance(error, OSError) else error
    return f"il file .xmp {reason}; resta com'è"
