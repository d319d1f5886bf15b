"""Write labels to the sidecars of many photos, and undo the writing. A sidecar that cannot be read,
merged or written is skipped and reported. Photos are never opened for writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cercafoto.archive.local_archive import FolderOwnership, LocalArchive
from cercafoto.base.atomic_file import remove_leftovers
from cercafoto.base.json_keys import PROBLEMS, Key, json_keys
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import is_inside_any, printable
from cercafoto.base.run_journal import Journal, last_run
from cercafoto.base.seals import Seals
from cercafoto.errors import ImageError
from cercafoto.labels.sidecars.embedded import embedded_lists
from cercafoto.labels.sidecars.named_regions import names_left
from cercafoto.labels.sidecars.read_back import read_sidecars
from cercafoto.labels.sidecars.replacement import ChangedError, write
from cercafoto.labels.sidecars.sidecar import (
    Change,
    is_beside_photo,
    plan,
    read,
)
from cercafoto.labels.sidecars.sidecar_journal import digest, entry_of, read_entry
from cercafoto.labels.sidecars.wanted import Wanted
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.decoding.file_kind import is_photo_file
from cercafoto.photos.opening import PhotoFolders, open_beside
from cercafoto.photos.xmp import PacketError

JOURNAL = "xmp"  # folder in the archive
ATTEMPTS = 3  # at a sidecar that another program changes at the same time
CHANGED_SINCE = "è cambiato dopo che l'ha scritto cercafoto: resta com'è"
NO_PHOTO = "accanto non c'è nessuna foto: resta com'è"
NOT_INDEXED = "non è in una cartella indicizzata: resta com'è"
LEFT = {CHANGED_SINCE, NO_PHOTO, NOT_INDEXED}  # of sidecars that another undo leaves too


@json_keys(
    "rehearsal",
    Key("waiting", lambda report: report.unsigned + sum(report.waiting.values())),
    Key("waiting_folders", lambda report: sorted(report.waiting)),
    Key("sidecars", "changed"),
    "unchanged",
    Key("kept_keywords", lambda report: sorted(report.names_left)),
    Key("diffs", lambda report: [change.diff() for change in report.changes]),
    PROBLEMS,
)
@dataclass
class XmpReport:
    """The result of a run over sidecars, or of its rehearsal.

    changed: paths of the sidecars that changed, or would change.
    changes: the changes themselves; only in a rehearsal.
    unchanged: how many sidecars were up to date.
    names_left: names of people that were taken away, or would be, and that keywords of other
        programs in the sidecar still have.
    waiting: folder -> how many sidecars in it wait for the person, since nobody on this computer
        named the folder.
    confirmed: folders that the person confirmed in this run.
    unsigned: of an undo, how many changes nobody on this computer signed; the person has to confirm
        them. If there are any, nothing was written.
    problems: (path, why) of photos or sidecars that were left as they were.
    """

    rehearsal: bool = False
    unsigned: int = 0
    changed: list[bytes] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    names_left: set[str] = field(default_factory=set)
    waiting: dict[bytes, int] = field(default_factory=dict)
    confirmed: list[bytes] = field(default_factory=list)
    problems: list[tuple[bytes, str]] = field(default_factory=list)


def write_in_archive(
    archive: LocalArchive,
    photos: Iterable[Wanted],
    action: int | None,
    rehearsal: bool,
    confirmed: bool,
    *,
    read_again: bool = False,
) -> XmpReport:
    """Bring the sidecars of photos of an archive up to date, and return the report. Sidecars in
    folders that are not the person's wait, unless `confirmed`.

    action, rehearsal: see `write_sidecars`.
    read_again: whether the archive takes over at once what the sidecars say now.

    Raises ArchiveBusyError, ArchiveError.
    """
    with archive.writing() as catalog:
        own = archive.own_folders(catalog, confirmed and not rehearsal)
        opened = PhotoFolders.fixed(catalog.folders.indexed_folders())
        report = write_sidecars(photos, archive.seals, rehearsal, opened, action, own)
        own.keep()
        if read_again and not rehearsal:
            with catalog.transaction():
                read_sidecars(catalog, report.changed, opened)
    report.waiting, report.confirmed = own.waiting, own.confirmed
    return report


def write_sidecars(
    photos: Iterable[Wanted],
    seals: Seals,
    rehearsal: bool = False,
    folders: PhotoFolders | None = None,
    action: int | None = None,
    own: FolderOwnership | None = None,
) -> XmpReport:
    """Bring the sidecars of photos up to date. A rehearsal writes nothing.

    seals: of the archive, which has the journal.
    folders: see `Decoders`, which read the keywords inside the photos. A file that they do not
        open, or that is no photo, gets no sidecar.
    action: id of the action on labels that this run belongs to, or None.
    own: says which sidecars wait for the person; None: none do. A rehearsal reports their changes
        all the same.
    """
    report = XmpReport(rehearsal)
    journal = Journal(seals, JOURNAL)
    opened = folders.open if folders else open_beside
    swept: set[bytes] = set()
    try:
        with Decoders(None, 1, folders=folders) as decoders:
            for photo in photos:
                try:
                    if (own is None or own.has(photo.photo)) and not rehearsal:
                        _sweep(photo.photo, swept)
                    _bring_up(photo, decoders, opened, journal, report, action, own)
                except (OSError, PacketError, ImageError) as error:
                    report.problems.append((photo.photo, _why(error, photo.photo)))
    finally:
        journal.close()
    return report


def _bring_up(
    photo: Wanted,
    decoders: Decoders,
    opened: Callable[[bytes], BinaryIO],
    journal: Journal,
    report: XmpReport,
    action: int | None,
    own: FolderOwnership | None,
) -> None:
    """Bring one sidecar up to date. If another program changes it at the same time, try again.
    Raises OSError, PacketError, ImageError."""
    for attempt in range(1, ATTEMPTS + 1):
        inherited = partial(embedded_lists, decoders, photo.photo)
        change = plan(photo.photo, photo.labels, photo.taken, inherited, photo.people, photo.marks)
        if change is None:
            report.unchanged += 1
            return
        if not is_photo_file(photo.photo, opened):
            raise OSError(0, "resterebbe accanto a un file che non è una foto")
        if own and attempt == 1 and own.waits(photo.photo) and not report.rehearsal:
            return
        try:
            _carry_out(change, report, partial(journal.record, entry_of(change, action)))
            if photo.people and change.before and change.after:
                report.names_left.update(names_left(change.before, change.after))
            return
        except ChangedError:
            if attempt == ATTEMPTS:
                raise


def undo_sidecars(
    seals: Seals,
    rehearsal: bool = False,
    skipped: int = 0,
    *,
    confirmed: bool = False,
    folders: Sequence[bytes] = (),
) -> XmpReport:
    """Put back the sidecars as they were before the last run, byte for byte. A sidecar that changed
    since is left as it is and reported, and can be undone later.

    If the journal has lines without a right seal, this is a rehearsal unless `confirmed`.

    skipped: how many of the latest runs to pass over; only in a rehearsal.
    folders: the indexed folders. What such lines say is done only in them.
    """
    last = last_run(seals, JOURNAL, read_entry, skipped)
    report = XmpReport(rehearsal)
    if last.foreign and not confirmed:
        report = XmpReport(rehearsal=True, unsigned=len(last.foreign))
        rehearsal = True
    report.problems += last.problems
    restored: set[int] = set()
    latest: dict[bytes, int] = {}
    swept: set[bytes] = set()
    for number, entry in reversed([*enumerate(last.entries)]):
        sidecar, before, after = read_entry(entry)
        # An earlier entry for the same sidecar is an attempt that failed, because another program
        # changed it first.
        if latest.setdefault(sidecar, number) != number:
            if latest[sidecar] in restored:
                restored.add(number)
            continue
        try:
            if number in last.foreign and not is_inside_any(sidecar, folders):
                report.problems.append((sidecar, NOT_INDEXED))
                continue
            if not is_beside_photo(sidecar):
                report.problems.append((sidecar, NO_PHOTO))
                continue
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
            restored.add(number)
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
