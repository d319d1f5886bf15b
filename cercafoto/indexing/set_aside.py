"""`doppioni --sposta-in`: photos that are there several times go into a folder, and come back.

A photo keeps its path below the indexed folder, its sidecars go along, and nothing is ever
replaced. Every move stands in a journal before it is made. What was moved counts as gone: its
row, with vector and labels, waits for it as for any photo that is not where it was.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cercafoto.archive.local import own_files
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.records import MISSING, OK
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import absolute, is_inside, prefix_range, printable
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.base.run_journal import Entry, Journal, LastRun, coded, decoded
from cercafoto.errors import DiskFullError, UsageError
from cercafoto.indexing.folder_choices import WalkFactory
from cercafoto.photos.moves import Move, digest_of, remove_empty
from cercafoto.results import PhotoFile

JOURNAL = own_files.SET_ASIDE
FINISHED: Entry = {"finished": True}  # the last line of a run that was not cut short
CHANGED = "è cambiata dopo l'ultimo «cercafoto index»"
LINK = "è un collegamento: resta dov'è"
NOT_KEPT = "quella da tenere non c'è più, o è cambiata"


class Extra(NamedTuple):
    """A photo to set aside, and the one that is kept instead."""

    photo: PhotoFile
    kept: PhotoFile


class SetAside(NamedTuple):
    """A photo that goes from `source` to `target`, absolute paths.

    sidecars: (from, to) of those that go along.
    """

    source: bytes
    target: bytes
    kept: bytes
    sidecars: tuple[tuple[bytes, bytes], ...]


@dataclass
class SetAsideReport:
    """The result of a run, or of its rehearsal.

    size: bytes of the photos in `moved`.
    labels: (kept photo, labels that the person gave to a near copy that is moved, and it has not).
    problems: (path, why) of what stays where it is.
    """

    done: bool
    folder: bytes
    moved: list[SetAside] = field(default_factory=list)
    size: int = 0
    labels: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)
    problems: list[tuple[bytes, str]] = field(default_factory=list)


@dataclass
class ReturnReport:
    """The result of an undoing.

    returned: (where it was aside, where it is again) of photos.
    sidecars: how many came back along.
    problems: (path, why) of what stays aside.
    """

    returned: list[tuple[bytes, bytes]] = field(default_factory=list)
    sidecars: int = 0
    problems: list[tuple[bytes, str]] = field(default_factory=list)


@contextmanager
def setting_aside(archive: LocalArchive, folder: Path, confirmed: bool) -> Iterator[Mover]:
    """Yield what moves photos into a folder, or, unless `confirmed`, only says what it would do.

    A run that was cut short before is tidied up first: what it had half moved is where it was.

    Raises UsageError for a folder that cannot be, ArchiveBusyError, ArchiveError.
    """
    with archive.catalog() as catalog:
        mover = Mover(archive, catalog, absolute(folder), confirmed)
        if not confirmed:
            yield mover
            return
    with archive.writing() as catalog:
        tidy_up(archive, catalog)
        yield Mover(archive, catalog, absolute(folder), confirmed)


class Mover:
    """Moves photos into one folder; see `setting_aside`."""

    def __init__(
        self, archive: LocalArchive, catalog: Catalog, folder: bytes, confirmed: bool
    ) -> None:
        self._journal_folder = archive.settings.archive / JOURNAL
        self._catalog = catalog
        self._folder = folder
        self._confirmed = confirmed
        self._roots = catalog.folders.roots()
        self._taken: set[bytes] = set()  # a rehearsal gives names without taking them
        _refuse(catalog, folder)

    def move(self, extras: Sequence[Extra], reporter: Reporter = SILENT) -> SetAsideReport:
        """Move photos, one after the other; one that cannot be moved costs itself.

        Raises DiskFullError. What was moved until then, or until an interruption, is recorded.
        """
        report = SetAsideReport(self._confirmed, self._folder)
        contents = {photo.content_id for extra in extras for photo in extra}
        digests, labels = (
            self._catalog.photos.digests_of(contents),
            self._catalog.labels.of_contents(contents),
        )
        journal = Journal(self._journal_folder)
        try:
            for done, extra in enumerate(extras, start=1):
                try:
                    self._move(extra, digests, journal, report)
                    given = labels.get(extra.photo.content_id, {})
                    has = labels.get(extra.kept.content_id, {})
                    own = (name for name, by_hand in given.items() if by_hand and name not in has)
                    if names := tuple(own):
                        report.labels.append((extra.kept.path, names))
                except OSError as error:
                    if error.errno in (errno.ENOSPC, errno.EDQUOT):
                        raise _full(self._folder) from error
                    why = os_error_in_italian(error, "spostarla")
                    report.problems.append((extra.photo.path, why))
                last = os.fsdecode(extra.photo.path)
                reporter.progress(PHOTOS, done, len(extras), last)
            self._record(report)
            if report.done and report.moved:
                journal.record(FINISHED)
        except BaseException:
            self._record(report)
            raise
        finally:
            journal.close()
        return report

    def _record(self, report: SetAsideReport) -> None:
        """Let the catalogue know what is gone from its place."""
        if report.done and report.moved:
            with self._catalog.transaction():
                self._catalog.intake.set_state_of((each.source for each in report.moved), MISSING)

    def _move(
        self,
        extra: Extra,
        digests: Mapping[int, bytes],
        journal: Journal,
        report: SetAsideReport,
    ) -> None:
        """Move a photo that is still what was indexed, as is the one that is kept.

        Both are read whole before anything moves: a file can rot at the same size and time.
        """
        source = extra.photo.path
        if os.path.islink(source):
            raise OSError(0, LINK)
        if not _is_as_indexed(extra.kept):
            raise OSError(0, NOT_KEPT)
        if not _is_as_indexed(extra.photo):
            raise OSError(0, CHANGED)
        step = self._place(extra)
        if report.done:
            digest = digests[extra.photo.content_id].hex()
            if digest_of(extra.kept.path) != digests[extra.kept.content_id].hex():
                raise OSError(0, NOT_KEPT)
            if digest_of(source) != digest:
                raise OSError(0, CHANGED)
            moves = [Move(source, step.target, digest)]
            moves += [Move(old, new, digest_of(old)) for old, new in step.sidecars]
            journal.record(_entry(self._folder, moves))
            moves[0].carry_out()
            step = step._replace(sidecars=tuple(self._move_sidecars(moves[1:], report)))
        report.moved.append(step)
        report.size += extra.photo.size

    def _move_sidecars(
        self, moves: Sequence[Move], report: SetAsideReport
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the sidecars that went along; one that did not costs itself."""
        for move in moves:
            try:
                move.carry_out()
                yield move.source, move.target
            except OSError as error:
                report.problems.append((move.source, os_error_in_italian(error, "spostarlo")))

    def _place(self, extra: Extra) -> SetAside:
        """Find free names for a photo and its sidecars."""
        # Late: it loads what reads XML, which `index` does without.
        from cercafoto.labels.sidecars.sidecar import own_sidecars

        source = extra.photo.path
        sidecars = own_sidecars(source)
        root = next((root for root in self._roots if is_inside(source, root)), None)
        below = source.removeprefix(prefix_range(root)[0]) if root else os.path.basename(source)
        for target in _names(os.path.join(self._folder, below)):
            beside = tuple((path, _renamed(path, source, target)) for path in sidecars)
            names = [target, *(new for _, new in beside)]
            keys = {name.lower() for name in names}  # on some disks Foto.jpg and foto.jpg are one
            if not (keys & self._taken or any(map(os.path.lexists, names))):
                self._taken |= keys
                return SetAside(source, target, extra.kept.path, beside)
        raise AssertionError("names never end")


def bring_back(archive: LocalArchive) -> ReturnReport:
    """Move the photos of the last run back to where they were. What was changed since, or whose
    place is taken, stays aside, is named, and can be brought back later.

    Raises ArchiveBusyError, ArchiveError.
    """
    report = ReturnReport()
    with archive.catalog():
        pass  # where there is no archive, none is made
    with archive.writing() as catalog:
        last = LastRun(archive.settings.archive / JOURNAL)
        report.problems += last.problems
        entries = {at: entry for at, entry in enumerate(last.entries) if entry != FINISHED}
        undone = set()
        try:
            for at in sorted(entries, reverse=True):
                if _bring_back(entries[at], report):
                    undone.add(at)
        finally:
            _mark_returned(catalog, [_moves(entry)[0] for entry in entries.values()])
            last.forget(undone if undone < entries.keys() else range(len(last.entries)))
    return report


def _bring_back(entry: Entry, report: ReturnReport) -> bool:
    """Bring back a photo and its sidecars; tell whether nothing of it is left aside."""
    complete = True
    for number, move in enumerate(_moves(entry)):
        try:
            moved = move.undo()
        except OSError as error:
            why = os_error_in_italian(error, "spostarla")
            report.problems.append((move.target, why))
            complete = False
            continue
        if moved and number == 0:
            report.returned.append((move.target, move.source))
        elif moved:
            report.sidecars += 1
        remove_empty(os.path.dirname(move.target), decoded(entry["in"]))
    return complete


def _mark_returned(catalog: Catalog, photos: Iterable[Move]) -> None:
    """Show the photos that are back; one that was indexed where it was aside returns from there."""
    with catalog.transaction():
        for photo in photos:
            if not os.path.lexists(photo.source):
                continue
            known = catalog.known.known_at(photo.source)
            aside = catalog.known.known_at(photo.target)
            if known is None and aside is not None:
                catalog.intake.move(aside.photo_id, photo.source)
            elif known is not None and known.state == MISSING:
                catalog.intake.set_state([known.photo_id], OK)
                catalog.intake.forget([aside.photo_id] if aside is not None else [])


def tidy_up(archive: LocalArchive, catalog: Catalog) -> None:
    """Take back what a run that was cut short had half moved, record what it had moved, and let
    the sidecars of that follow."""
    last = LastRun(archive.settings.archive / JOURNAL)
    if not last.entries or FINISHED in last.entries:
        return
    moved = []
    for entry in last.entries:
        photo, *sidecars = _moves(entry)
        with suppress(OSError):  # what cannot be done here is named when it is undone
            photo.take_back_unfinished()
        if not photo.is_done:
            continue
        moved.append(photo.source)
        for sidecar in sidecars:
            with suppress(OSError):
                sidecar.take_back_unfinished()
                if digest_of(sidecar.source) == sidecar.digest:
                    sidecar.carry_out()
    with catalog.transaction():
        catalog.intake.set_state_of(moved, MISSING)


def _entry(folder: bytes, moves: Iterable[Move]) -> Entry:
    files = [
        {"from": coded(move.source), "to": coded(move.target), "sha256": move.digest}
        for move in moves
    ]
    return {"in": coded(folder), "files": files}


def _moves(entry: Entry) -> list[Move]:
    """Read the moves of an entry: of the photo, then of its sidecars."""
    return [
        Move(decoded(file["from"]), decoded(file["to"]), file["sha256"])
        for file in entry.get("files", ())
    ]


def _is_as_indexed(photo: PhotoFile) -> bool:
    try:
        status = os.stat(photo.path)
    except OSError:
        return False
    return stamp_of(status) == (photo.size, photo.mtime_ns)


def _names(target: bytes) -> Iterator[bytes]:
    """Yield foto.jpg, foto-2.jpg, foto-3.jpg..."""
    yield target
    stem, extension = os.path.splitext(target)
    number = 2
    while True:
        yield b"%s-%d%s" % (stem, number, extension)
        number += 1


def _renamed(sidecar: bytes, photo: bytes, target: bytes) -> bytes:
    """Name a sidecar for the new name of its photo, foto.jpg.xmp as foto.xmp."""
    if sidecar.startswith(photo):
        return target + sidecar[len(photo) :]
    return os.path.splitext(target)[0] + os.path.splitext(sidecar)[1]


def _refuse(catalog: Catalog, folder: bytes) -> None:
    """Refuse a folder from which the photos would come back into the archive, or that is none."""
    name, last = printable(folder), printable(os.path.basename(folder))
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise UsageError(f"{name} non è una cartella.", "Indica una cartella, nuova o no.")
    real = os.path.realpath(folder)
    for root in catalog.folders.roots():
        real_root = os.path.realpath(root)
        if is_inside(real_root, real):
            raise UsageError(
                f"{name} contiene la cartella indicizzata {printable(root)}.",
                "Indica una cartella a parte, per esempio una nuova accanto.",
            )
        left_out = WalkFactory(catalog)(os.path.join(folder, b"foto.jpg")).left_out()
        if is_inside(real, real_root) and not left_out:
            raise UsageError(
                f"{name} è dentro la cartella indicizzata {printable(root)}: le foto spostate "
                "resterebbero nell'archivio.",
                "Indica una cartella fuori, oppure escludi prima questa: "
                f"cercafoto index {printable(root)} --escludi '{last}/'",
            )


def _full(folder: bytes) -> DiskFullError:
    return DiskFullError(
        f"{printable(folder)}: il disco è pieno.",
        "Le foto già spostate restano lì; «cercafoto doppioni --annulla» le rimette a posto.",
    )
