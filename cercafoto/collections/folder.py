"""Keep a folder in which each collection is a folder of links to its photos, with a playlist.

Every file is noted in the catalogue before it is made, with what it must still be to be removed
later: where a link points, which file a hard link is, what a copy contains. So whatever the moment
of an interruption, only files that cercafoto made are removed, and a file that a person put in the
place of one stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.stored_collections import Put
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.atomic_file import (
    fill_atomically,
    partial_name,
    remove_leftovers,
    translated_errors,
)
from cercafoto.base.json_keys import PROBLEMS, json_keys
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.base.safe_names import numbered, safe_name
from cercafoto.errors import UsageError
from cercafoto.indexing.kept_folder import (
    COPY,
    HARD,
    LINK,
    PLAYLIST,
    TAKEN,
    TEXT,
    FolderKeeper,
    KeptFolder,
    listed,
    refuse_place,
    refuse_unconfirmed,
)
from cercafoto.photos import ignore
from cercafoto.photos.moves import digest_of
from cercafoto.photos.opening import PhotoFolders
from cercafoto.results.answer import doubt_in_words
from cercafoto.results.collections import CollectionPhotos

AWAY = (
    "la cartella delle raccolte non c'è: il disco è staccato? "
    "Se non la vuoi più: cercafoto raccolte --senza-cartella"
)
LAST_COPY = "è l'ultima copia di una foto che non c'è più: resta, e ora è tua"
STRANGERS = "l'archivio vi elenca file che cercafoto lascia stare ({}): l'elenco {}. {}"
_DOUBT = "volto in dubbio, {}, "  # of a file name, which sorts after every date and "senza data"
_exists = os.path.lexists


@json_keys("folder collections added removed copies waiting", PROBLEMS)
@dataclass
class FolderReport:
    """What changed in the folder of collections.

    added, removed: number of links or copies of photos.
    copies: whether copies had to be made, because no links can be made there.
    waiting: why the folder, or some files in it, stay as they are until the person says whose they
        are; "" if all is the person's.
    problems: (path, why) of collections and files that stay as they are.
    """

    folder: bytes
    collections: int = 0
    added: int = 0
    removed: int = 0
    copies: bool = False
    waiting: str = ""
    problems: list[tuple[bytes, str]] = field(default_factory=list)


def refresh(
    archive: LocalArchive,
    collections: Callable[[], Sequence[CollectionPhotos]],
    folder: bytes | None,
    hard: bool,
    wait: bool,
    confirmed: bool = False,
) -> FolderReport | None:
    """Bring the folder up to date; see `CollectionAlbum.refresh_folder`.

    collections: returns all collections with their photos.
    """
    with archive.writing(wait) as catalog:
        keeper = FolderKeeper(catalog, archive.seals)
        kept = keeper.setting()
        if folder is not None:
            report = FolderReport(folder)
            kept = _keep_in(keeper, catalog, archive, KeptFolder(folder, hard), confirmed, report)
        elif kept is None:  # another command has just forgotten the folder
            return None
        else:
            report = FolderReport(kept.folder)
            report.waiting = _refused(keeper, kept, archive)
            if report.waiting:
                return report
        now = _state(archive, catalog)
        if kept.as_of == now:
            return None
        if os.path.isdir(report.folder):
            _Refresh(archive, catalog, keeper, report, kept.hard).run(collections())
        else:
            report.problems.append((report.folder, AWAY))
        if strangers := keeper.strangers(kept):
            report.waiting = STRANGERS.format(
                listed(strangers), archive.seals.reason, _confirm(kept)
            )
        with catalog.transaction():
            # The number that the next run finds, if nobody else writes: this transaction's own.
            now = _state(archive, catalog)
            kept.as_of = [] if report.problems or report.waiting else now
            keeper.put(kept)
        catalog.keep_facets()  # they were counted before this transaction
    return report


def _state(archive: LocalArchive, catalog: Catalog) -> list[object]:
    """Return what tells whether the folder must be looked at again: who is in a photo may change
    without the catalogue."""
    faces = archive.settings.faces
    named = [faces.stat().st_mtime_ns] if faces.exists() else []
    return [*catalog.changes(), date.today().isoformat(), *named]


def _keep_in(
    keeper: FolderKeeper,
    catalog: Catalog,
    archive: LocalArchive,
    new: KeptFolder,
    confirmed: bool,
    report: FolderReport,
) -> KeptFolder:
    """Keep the collections in a new folder from now on, and empty the former one. Return the new
    one. Raises UsageError if it cannot be used, or the person has to confirm it."""
    folder, former = new.folder, keeper.setting()
    refuse_place(folder, archive.settings.archive)
    strangers = keeper.strangers(former)
    if not confirmed:
        owner = keeper.owner(folder)
        refuse_unconfirmed(folder, owner, strangers, archive.seals.reason)
    with translated_errors(Path(os.fsdecode(folder))):
        os.makedirs(folder, exist_ok=True)
        keeper.mark(folder)
    if former is not None and former.is_ours and former.folder != folder:
        _leave(keeper, catalog, former.folder, report)
    with catalog.transaction():
        keeper.adopt(folder, strangers)
        keeper.put(new)
    return new


def _leave(keeper: FolderKeeper, catalog: Catalog, folder: bytes, report: FolderReport) -> None:
    """Remove what was put into a folder, unless another archive keeps it now."""
    files = keeper.files(folder)
    if keeper.owner(folder) is None:
        _remove(catalog, files, folder, report)
        keeper.unmark(folder)
    else:
        with catalog.transaction():
            catalog.collections.forget(files)


def _refused(keeper: FolderKeeper, kept: KeptFolder, archive: LocalArchive) -> str:
    """Return why the folder is not touched; "" if it may be."""
    if not kept.is_ours:
        return f"{archive.seals.reason}. {_confirm(kept)}"
    owner = keeper.owner(kept.folder)
    if owner is not None:
        return f"{TAKEN}{'' if owner == '?' else f' ({printable(owner)})'}. {_confirm(kept)}"
    return ""


def _confirm(kept: KeptFolder) -> str:
    return (
        f"Resta com'è. Se è di questo archivio: cercafoto raccolte --cartella "
        f"{printable(kept.folder)} --conferma; se non la vuoi: cercafoto raccolte --senza-cartella"
    )


def empty(archive: LocalArchive, confirmed: bool = False) -> FolderReport | None:
    """Remove what was put into the folder, and forget the folder; see
    `CollectionAlbum.forget_folder`."""
    with archive.writing() as catalog:
        keeper = FolderKeeper(catalog, archive.seals)
        kept = keeper.setting()
        if kept is None:
            return None
        report = FolderReport(kept.folder)
        strangers = keeper.strangers(kept)
        if strangers and not confirmed:
            raise UsageError(
                f"L'elenco dei file delle raccolte {archive.seals.reason}. Si "
                f"toglierebbero, se sono ancora come dice l'elenco: {listed(strangers)}. Niente è "
                "stato toccato.",
                "Per farlo: cercafoto raccolte --senza-cartella --conferma",
            )
        with catalog.transaction():
            keeper.adopt(kept.folder, strangers)
        _leave(keeper, catalog, kept.folder, report)
        with catalog.transaction():
            keeper.put(None)
    return report


class _Refresh:
    """Makes the folder show the collections as they are now, in one run."""

    def __init__(
        self,
        archive: LocalArchive,
        catalog: Catalog,
        keeper: FolderKeeper,
        report: FolderReport,
        hard: bool,
    ) -> None:
        self._catalog, self._report, self._folder = catalog, report, report.folder
        self._keeper = keeper
        self._opened = PhotoFolders.fixed(archive.indexed_folders()).open
        self._kinds = (HARD, LINK) if hard else (LINK, HARD)
        self._possible: dict[tuple[str, int], bool] = {}
        self._known = keeper.files(self._folder)
        self._own: dict[bytes, list[Put]] = {}  # path -> what was put there
        for put in self._known:
            self._own.setdefault(put[0], []).append(put)
        self._sources: dict[Put, bytes] = {}  # a photo's path, or the text of a file

    def run(self, collections: Sequence[CollectionPhotos]) -> None:
        remove_leftovers(Path(os.fsdecode(self._folder)))
        kept: set[Put] = set()
        for name, each in self._named(collections):
            if each.problem:
                self._report.problems.append((os.path.join(self._folder, name), each.problem))
                inside = os.path.join(self._folder, name)
                own = (inside, _playlist(inside))
                kept |= {p for p in self._known if p[0] in own or os.path.dirname(p[0]) in own}
            else:
                self._report.collections += 1
                self._plan(name, each)
        stale = self._known - self._sources.keys() - kept
        new = [put for put in self._sources if put not in self._known or not _exists(put[0])]
        with self._catalog.transaction():
            self._keeper.announce(self._folder, new)
        _remove(self._catalog, stale, self._folder, self._report)
        for put in new:
            self._make(put)

    def _named(
        self, collections: Iterable[CollectionPhotos]
    ) -> Iterator[tuple[bytes, CollectionPhotos]]:
        """Yield each collection with the name of its folder: never a folder that a person made."""
        taken = set[bytes]()
        for each in sorted(collections, key=lambda each: each.collection.id):
            base = safe_name(each.collection.name)
            for number in count(1):
                name = numbered(base, number)
                inside = os.path.join(self._folder, name.encode())
                folded = name.casefold().encode()
                both = {folded, _playlist(folded)}
                if self._is_free(inside) and not both & taken:
                    break
            taken |= both
            yield name.encode(), each

    def _is_free(self, inside: bytes) -> bool:
        """Whether a collection may have this folder and its playlist: neither is there, or
        an earlier run made it. A link, or a folder without our file, took the place of ours."""
        ignored, playlist = os.path.join(inside, ignore.FILE), _playlist(inside)
        is_ours = ignored in self._own and _exists(ignored) and not os.path.islink(inside)
        return (is_ours or not _exists(inside)) and (playlist in self._own or not _exists(playlist))

    def _plan(self, name: bytes, collection: CollectionPhotos) -> None:
        """Note the files that the folder of a collection should have."""
        inside = os.path.join(self._folder, name)
        remove_leftovers(Path(os.fsdecode(inside)))
        # An indexed folder may hold the folder of collections: `index` leaves the links out.
        self._want_text(os.path.join(inside, ignore.FILE), b"*\n")
        taken, played = set[str](), [b"#EXTM3U"]
        for photo, (digest, taken_at) in collection.photos.items():
            stem, suffix = os.path.splitext(os.path.basename(os.fsdecode(photo)))
            doubt = doubt_in_words(collection.doubtful.get(photo, ()))
            stem = f"{_DOUBT.format(doubt) if doubt else ''}{_day(taken_at)} {stem}"
            base, suffix = safe_name(stem), safe_name("_" + suffix)[1:]
            for number in count(1):
                file = numbered(base, number, suffix)
                path = os.path.join(inside, os.fsencode(file))
                if file.casefold() not in taken and (path in self._own or not _exists(path)):
                    break
            taken.add(file.casefold())
            self._want_photo(path, photo, digest)
            played.append(b"./" + name + b"/" + file.encode())  # a line "#…" would be a comment
        self._want_text(_playlist(inside), b"\n".join([*played, b""]))

    def _want_text(self, path: bytes, text: bytes) -> None:
        self._sources[path, TEXT, sha256(text).digest()] = text

    def _want_photo(self, path: bytes, photo: bytes, digest: bytes) -> None:
        real = os.path.realpath(photo)
        try:
            status = os.stat(real)
        except OSError:  # its disk is away: what there is stays
            new = [(path, LINK, photo)] if self._kinds[0] == LINK else []
            self._sources |= dict.fromkeys(self._own.get(path, new), photo)
            return
        kind = next((kind for kind in self._kinds if self._can(kind, real, status.st_dev)), COPY)
        self._report.copies |= kind == COPY
        mark = {LINK: photo, HARD: b"%d:%d" % (status.st_dev, status.st_ino), COPY: digest}[kind]
        self._sources[path, kind, mark] = photo

    def _can(self, kind: str, photo: bytes, device: int) -> bool:
        """Whether links of this kind to photos on this device can be made in the folder."""
        if (kind, device) not in self._possible:
            probe = os.path.join(self._folder, os.fsencode(partial_name()))
            with suppress(OSError):
                (os.symlink if kind == LINK else os.link)(photo, probe)
            self._possible[kind, device] = _exists(probe)
            with suppress(OSError):
                os.unlink(probe)
        return self._possible[kind, device]

    def _make(self, put: Put) -> None:
        """Make a file, or note the problem. An existing file is never replaced."""
        path, kind, _ = put
        source = self._sources[put]
        try:
            with suppress(FileExistsError):
                os.mkdir(os.path.dirname(path))
            if kind == LINK:
                os.symlink(source, path)
            elif kind == HARD:
                os.link(os.path.realpath(source), path)
            elif kind == COPY:
                self._copy(source, path)
            else:
                fill_atomically(Path(os.fsdecode(path)), lambda stream: stream.write(source))
        except FileExistsError:
            if kind == TEXT:  # the person changed the playlist, and keeps it
                return
            self._report.problems.append((path, "c'è già un altro file: resta com'è"))
        except OSError as error:
            self._report.problems.append((path, os_error_in_italian(error, "scrivere")))
        else:
            self._report.added += kind != TEXT

    def _copy(self, photo: bytes, path: bytes) -> None:
        with self._opened(photo) as stream:
            moment = os.fstat(stream.fileno())
            fill_atomically(
                Path(os.fsdecode(path)), lambda copy: shutil.copyfileobj(stream, copy, 1 << 20)
            )
        with suppress(OSError, OverflowError):
            os.utime(path, ns=(moment.st_atime_ns, moment.st_mtime_ns))


def _remove(catalog: Catalog, files: Iterable[Put], folder: bytes, report: FolderReport) -> None:
    """Remove files that are still as they were put there, then empty folders, and forget them all.
    A collection's folder that is now a link leads to the person's files: nothing in it is removed.

    folder: the folder of collections, which may be a link.
    """
    files = sorted(files)
    for path, kind, mark in files:
        inside = os.path.dirname(path)
        try:
            is_elsewhere = inside != folder and os.path.islink(inside)
            if is_elsewhere or not _is_unchanged(path, kind, mark):
                continue
            if kind == COPY:
                content = catalog.photos.content_of(mark)
                others = catalog.collections.photos([] if content is None else [content])
                is_last = not any(_has_content(other, mark) for other in others if other != path)
            else:
                is_last = kind == HARD and os.lstat(path).st_nlink == 1
            if is_last:
                report.problems.append((path, LAST_COPY))
                continue
            os.unlink(path)
            report.removed += kind != TEXT
        except OSError as error:
            report.problems.append((path, os_error_in_italian(error, "togliere")))
    for path, *_ in files:
        if os.path.basename(path) == ignore.FILE:
            with suppress(OSError):  # the person put something there
                os.rmdir(os.path.dirname(path))
    with catalog.transaction():
        catalog.collections.forget(files)


def _has_content(path: bytes, digest: bytes) -> bool:
    try:
        return bytes.fromhex(digest_of(path)) == digest
    except OSError:
        return False


def _is_unchanged(path: bytes, kind: str, mark: bytes) -> bool:
    """Whether a file is still what was put there. Raises OSError if it cannot be read."""
    if not _exists(path):
        return False
    if kind == LINK:
        return os.path.islink(path) and os.readlink(path) == mark
    if os.path.islink(path):
        return False
    if kind == HARD:
        status = os.lstat(path)
        return b"%d:%d" % (status.st_dev, status.st_ino) == mark
    return bytes.fromhex(digest_of(path)) == mark


def _playlist(inside: bytes) -> bytes:
    return inside + PLAYLIST


def _day(taken_at: str | None) -> str:
    """Return a date for the beginning of a name: "2019-08-14 17.32.05", or as much as is known."""
    return (taken_at or "senza data").replace("T", " ").replace(":", ".")[:19]
