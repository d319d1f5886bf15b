"""`doppioni --sposta-in`: move duplicate photos into a folder, and bring them back.

A photo keeps its path below the indexed folder, its sidecars move along, and no file is ever
replaced. Every move is written to a journal before it is made. A moved photo counts as missing: its
row, with vector and labels, is kept for its return.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.records import MISSING, OK
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.json_keys import PROBLEMS, Key, json_keys
from cercafoto.base.os_reasons import naming, os_error_in_italian
from cercafoto.base.paths import absolute, is_inside, is_inside_any, prefix_range, printable
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.base.run_journal import Entry, Journal, decoded_path, last_run
from cercafoto.errors import DiskFullError, UsageError
from cercafoto.indexing.folder_choices import WalkFactory
from cercafoto.indexing.move_journal import FINISHED, JOURNAL, entry_of, moves_of, read_entry
from cercafoto.photos.decoding.file_kind import is_photo_file
from cercafoto.photos.moves import Move, digest_of, remove_empty
from cercafoto.photos.opening import PhotoFolders
from cercafoto.results.photos import PhotoFile

CHANGED = "è cambiata dopo l'ultimo «cercafoto index»"
LINK = "è un collegamento: resta dov'è"
NOT_KEPT = "quella da tenere non c'è più, o è cambiata"
NO_PHOTO = "non è una foto: resta dov'è"
NOT_INDEXED = "tornerebbe fuori dalle cartelle indicizzate: resta dov'è"


class Extra(NamedTuple):
    """A photo to set aside, and its duplicate that is kept."""

    photo: PhotoFile
    kept: PhotoFile


@json_keys(Key("from", "source"), Key("to", "target"), "kept", Key("sidecars", columns="from to"))
class SetAside(NamedTuple):
    """One photo moved from `source` to `target`, absolute paths; in a rehearsal, a move that would
    be made.

    kept: path of the duplicate that stays where it is.
    sidecars: (from, to) of each sidecar moved with the photo.
    """

    source: bytes
    target: bytes
    kept: bytes
    sidecars: tuple[tuple[bytes, bytes], ...]


@json_keys(
    "done folder moved",
    Key("labels", columns="kept labels"),
    Key("waiting", lambda report: sum(report.waiting.values())),
    Key("waiting_folders", lambda report: sorted(report.waiting)),
    PROBLEMS,
)
@dataclass
class SetAsideReport:
    """The result of a run, or of its rehearsal.

    done: False for a rehearsal, which moves nothing.
    folder: folder into which the photos are moved.
    size: bytes of the photos in `moved`.
    labels: (path of a kept photo, labels that it lacks and that the moved photo has by hand).
    waiting: of a rehearsal, folder -> how many of the photos lie in it, although nobody on this
        computer named the folder.
    confirmed: such folders, which the person confirmed in this run.
    problems: (path, why) of files that stay where they are.
    """

    done: bool
    folder: bytes
    moved: list[SetAside] = field(default_factory=list)
    size: int = 0
    labels: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)
    waiting: dict[bytes, int] = field(default_factory=dict)
    confirmed: list[bytes] = field(default_factory=list)
    problems: list[tuple[bytes, str]] = field(default_factory=list)


@json_keys(Key("returned", columns="from to"), "sidecars waiting", PROBLEMS)
@dataclass
class ReturnReport:
    """The result of bringing photos back.

    returned: (path in the folder, path now) of photos; if `waiting`, of those that would come back.
    sidecars: number of sidecars that came back.
    waiting: how many photos nobody on this computer signed; the person has to confirm them. If
        there are any, nothing came back.
    problems: (path, why) of files that stay in the folder.
    """

    waiting: int = 0
    returned: list[tuple[bytes, bytes]] = field(default_factory=list)
    sidecars: int = 0
    problems: list[tuple[bytes, str]] = field(default_factory=list)


@contextmanager
def setting_aside(archive: LocalArchive, folder: Path, confirmed: bool) -> Iterator[Mover]:
    """Yield a Mover into `folder`; unless `confirmed`, it only reports what it would do.

    If `confirmed`, first tidy up after an interrupted run, see `tidy_up`.

    Raises UsageError for a folder that cannot be used, ArchiveBusyError, ArchiveError.
    """
    with archive.catalog() as catalog:
        mover = Mover(archive, catalog, absolute(folder), confirmed)
        if not confirmed:
            yield mover
            return
    with archive.writing() as catalog:
        if told := tidy_up(archive, catalog):
            raise UsageError(told)
        yield Mover(archive, catalog, absolute(folder), confirmed)


class Mover:
    """Moves photos into one folder; see `setting_aside`."""

    def __init__(
        self, archive: LocalArchive, catalog: Catalog, folder: bytes, confirmed: bool
    ) -> None:
        self._seals = archive.seals
        self._catalog = catalog
        self._folder = folder
        self._confirmed = confirmed
        self._roots = catalog.folders.roots()
        self._own = archive.own_folders(catalog, confirmed)
        self._opened = PhotoFolders.fixed(catalog.folders.indexed_folders()).open
        self._taken: set[bytes] = set()  # names given out, which in a rehearsal do not exist
        _refuse(catalog, folder)

    def move(self, extras: Sequence[Extra], reporter: Reporter = SILENT) -> SetAsideReport:
        """Move photos one after the other, and return the report.

        Problems of one photo do not stop the others. Photos moved before an interruption or an
        error are marked as missing in the catalogue. Raises DiskFullError, ArchiveError.
        """
        report = SetAsideReport(self._confirmed, self._folder)
        contents = {photo.content_id for extra in extras for photo in extra}
        digests, labels = (
            self._catalog.photos.digests_of(contents),
            self._catalog.labels.of_contents(contents),
        )
        journal = Journal(self._seals, JOURNAL)
        try:
            for done, extra in enumerate(extras, start=1):
                try:
                    self._move(extra, digests, journal, report)
                    is_by_hand = labels.get(extra.photo.content_id, {})
                    has = labels.get(extra.kept.content_id, {})
                    own = (
                        name for name, by_hand in is_by_hand.items() if by_hand and name not in has
                    )
                    if names := tuple(own):
                        report.labels.append((extra.kept.path, names))
                except OSError as error:
                    if error.errno in (errno.ENOSPC, errno.EDQUOT):
                        raise DiskFullError(
                            f"{printable(self._folder)}: il disco è pieno.",
                            "Le foto già spostate restano lì; «cercafoto doppioni --annulla» le "
                            "rimette a posto.",
                        ) from error
                    why = os_error_in_italian(error, "spostarla")
                    report.problems.append((extra.photo.path, why))
                last = os.fsdecode(extra.photo.path)
                reporter.progress(PHOTOS, done, len(extras), last)
            self._record(report)
            self._own.keep()
            report.waiting, report.confirmed = self._own.waiting, self._own.confirmed
            if report.done and report.moved:
                with suppress(OSError):  # without it, the next run looks whether it was interrupted
                    journal.record(FINISHED)
        except BaseException:
            self._record(report)
            raise
        finally:
            journal.close()
        return report

    def _record(self, report: SetAsideReport) -> None:
        """Mark the moved photos as missing in the catalogue."""
        if report.done and report.moved:
            with self._catalog.transaction():
                self._catalog.intake.set_state_of((aside.source for aside in report.moved), MISSING)

    def _move(
        self,
        extra: Extra,
        digests: Mapping[int, bytes],
        journal: Journal,
        report: SetAsideReport,
    ) -> None:
        """Move a photo, if it and its kept duplicate are unchanged since they were indexed.

        Except in a rehearsal, both files are read completely first: a file can be damaged without a
        change of size or time. Raises OSError if the photo stays.
        digests: content id -> SHA-256.
        """
        source = extra.photo.path
        if os.path.islink(source):
            raise OSError(0, LINK)
        if not _is_as_indexed(extra.kept):
            raise OSError(0, NOT_KEPT)
        if not _is_as_indexed(extra.photo):
            raise OSError(0, CHANGED)
        if not is_photo_file(source, self._opened):
            raise OSError(0, NO_PHOTO)
        self._own.waits(source)
        step = self._place(extra)
        if report.done:
            digest = digests[extra.photo.content_id].hex()
            if digest_of(extra.kept.path) != digests[extra.kept.content_id].hex():
                raise OSError(0, NOT_KEPT)
            if digest_of(source) != digest:
                raise OSError(0, CHANGED)
            moves = [Move(source, step.target, digest)]
            moves += [Move(old, new, digest_of(old)) for old, new in step.sidecars]
            journal.record(entry_of(self._folder, moves))
            moves[0].carry_out()
            step = step._replace(sidecars=tuple(self._move_sidecars(moves[1:], report)))
        report.moved.append(step)
        report.size += extra.photo.size

    def _move_sidecars(
        self, moves: Sequence[Move], report: SetAsideReport
    ) -> Iterator[tuple[bytes, bytes]]:
        """Move sidecars, and yield (from, to) of each that was moved."""
        for move in moves:
            try:
                move.carry_out()
                yield move.source, move.target
            except OSError as error:
                report.problems.append((move.source, os_error_in_italian(error, "spostarlo")))

    def _place(self, extra: Extra) -> SetAside:
        """Return the move of a photo and its sidecars to names that are free."""
        # Imported late: it loads the XML reader, which `index` does not need.
        from cercafoto.labels.sidecars.sidecar import own_sidecars

        source = extra.photo.path
        sidecars = own_sidecars(source)
        root = next((root for root in self._roots if is_inside(source, root)), None)
        below = source.removeprefix(prefix_range(root)[0]) if root else os.path.basename(source)
        for target in _names(os.path.join(self._folder, below)):
            beside = tuple((path, _renamed(path, source, target)) for path in sidecars)
            names = [target, *(new for _, new in beside)]
            keys = {name.lower() for name in names}  # some disks ignore upper and lower case
            if not (keys & self._taken or any(map(os.path.lexists, names))):
                self._taken |= keys
                return SetAside(source, target, extra.kept.path, beside)
        raise AssertionError("names never end")


def bring_back(archive: LocalArchive, confirmed: bool = False) -> ReturnReport:
    """Move the photos that the last run set aside back to where they were.

    Returns the report. A photo that was changed, or whose place is taken, stays in the folder; the
    report names it among the problems, and it can be brought back later. If the journal has lines
    without a right seal, nothing is moved unless `confirmed`.

    Raises ArchiveBusyError, ArchiveError.
    """
    report = ReturnReport()
    with archive.catalog():
        pass  # raises if there is no archive; `writing` would make one
    with archive.writing() as catalog:
        last = last_run(archive.seals, JOURNAL, read_entry)
        report.problems += last.problems
        entries = {number: entry for number, entry in enumerate(last.entries) if entry != FINISHED}
        foreign = last.foreign & entries.keys()
        if foreign and not confirmed:
            report.waiting = len(foreign)
            moves = (moves_of(entry)[0] for entry in entries.values())
            report.returned = [(move.target, move.source) for move in moves if move.is_done]
            return report
        roots, undone = catalog.folders.roots(), set()
        try:
            for number in sorted(entries, reverse=True):
                photo = moves_of(entries[number])[0]
                why = _refused(photo, roots) if number in foreign else ""
                if why:
                    report.problems.append((photo.target, why))
                elif _bring_back(entries[number], report):
                    undone.add(number)
        finally:
            back = entries.keys() - foreign | undone
            _mark_returned(catalog, [moves_of(entries[number])[0] for number in sorted(back)])
            with naming(last.path or ""):
                last.forget(undone if undone < entries.keys() else range(len(last.entries)))
    return report


def last_set_aside(archive: LocalArchive) -> int:
    """Return how many photos `bring_back` would move now, or would if the person confirmed it."""
    entries = last_run(archive.seals, JOURNAL, read_entry).entries
    return sum(moves_of(entry)[0].is_done for entry in entries if entry != FINISHED)


def _refused(photo: Move, roots: Sequence[bytes]) -> str:
    """Return why a photo that only a line without a seal names does not come back; "" if it may.
    roots: the indexed folders."""
    if not is_inside_any(photo.source, roots):
        return NOT_INDEXED
    is_there = os.path.lexists(photo.target)
    return NO_PHOTO if is_there and not is_photo_file(photo.target) else ""


def _bring_back(entry: Entry, report: ReturnReport) -> bool:
    """Move a photo and its sidecars back; return True if all of them came back."""
    complete = True
    for number, move in enumerate(moves_of(entry)):
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
        remove_empty(os.path.dirname(move.target), decoded_path(entry["in"]))
    return complete


def _mark_returned(catalog: Catalog, photos: Iterable[Move]) -> None:
    """Mark photos that are back as present.

    If a photo was indexed in the folder meanwhile, it has a second row. This row is deleted; if the
    old row is gone, this row gets the old path instead.
    """
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


def tidy_up(archive: LocalArchive, catalog: Catalog) -> str:
    """Tidy up if the last run was interrupted. Return a sentence for the person if its journal has
    lines without a right seal: then nothing is done; else "".

    Of a half-moved file, only the source is kept. Photos that were moved are marked as missing, and
    their sidecars are moved too.
    """
    last = last_run(archive.seals, JOURNAL, read_entry)
    if not last.entries or FINISHED in last.entries:
        return ""
    if last.foreign:
        return (
            f"In {printable(archive.settings.archive)} c'è uno spostamento di doppioni interrotto, "
            f"ma il suo registro {archive.seals.reason}: resta com'è. Per vedere che "
            "cosa dice: cercafoto doppioni --annulla"
        )
    moved = []
    for entry in last.entries:
        photo, *sidecars = moves_of(entry)
        with suppress(OSError):  # `bring_back` will report the problem
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
    return ""


def _is_as_indexed(photo: PhotoFile) -> bool:
    try:
        status = os.stat(photo.path)
    except OSError:
        return False
    return stamp_of(status) == (photo.size, photo.mtime_ns)


def _names(target: bytes) -> Iterator[bytes]:
    """Yield names to try, without end: foto.jpg, foto-2.jpg, foto-3.jpg…"""
    yield target
    stem, extension = os.path.splitext(target)
    number = 2
    while True:
        yield b"%s-%d%s" % (stem, number, extension)
        number += 1


def _renamed(sidecar: bytes, photo: bytes, target: bytes) -> bytes:
    """Return the path of a sidecar (foto.jpg.xmp or foto.xmp) for its photo's path `target`."""
    if sidecar.startswith(photo):
        return target + sidecar[len(photo) :]
    return os.path.splitext(target)[0] + os.path.splitext(sidecar)[1]


def _refuse(catalog: Catalog, folder: bytes) -> None:
    """Raise UsageError if `folder` is a file, contains an indexed folder, or lies in one and is not
    excluded: its photos would be indexed again."""
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
