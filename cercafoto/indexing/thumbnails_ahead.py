"""Make small copies of the latest photos ahead, so that a page need not wait for them.

During indexing the copies come from the pixels that are decoded anyway; the others are made
afterwards. No more copies are made than the cache keeps. The cache deletes the copy that was used
least recently: the further down the page a photo is, the earlier its copy counts as used. So copies
of the oldest photos are deleted first, and copies that the cache had for other photos even earlier.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.records import cursor
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import absolute, printable
from cercafoto.base.reporter import SILENT, THUMBNAILS, Reporter
from cercafoto.errors import CercafotoError, DiskFullError, ImageError
from cercafoto.looking.in_threads import in_threads
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import (
    LEFT_AFTER_EVICTION,
    MOST_BYTES,
    MOST_FILES,
    SMALL,
    Thumbnails,
)
from cercafoto.question.filters.filter import Filters
from cercafoto.settings import Settings

STEP = 1_000_000  # nanoseconds between the last uses of neighbours; every file system resolves it
LISTED = 2000  # photos in one query to the catalogue
AHEAD = 64  # while one photo takes long, so many others are made


@json_keys("made present skipped full", Key("seconds", digits=3))
@dataclass(frozen=True)
class ThumbnailReport:
    """The results of a run. Numbers count contents: identical files of one photo count once.

    made: small copies made now, or by the indexing run just before.
    present: small copies that existed.
    skipped: photos that are gone, changed since they were indexed, or unreadable.
    full: whether older photos have no copy because the cache is full.
    seconds: duration.
    """

    made: int = 0
    present: int = 0
    skipped: int = 0
    full: bool = False
    seconds: float = 0.0


class SmallCopyKeeper:
    """Stores the small copies that decoders make during an indexing run.

    made: digests of the contents whose copy was stored.
    """

    side = SMALL

    def __init__(self, settings: Settings) -> None:
        self._cache = Thumbnails(settings.thumbnails)
        self.made: set[bytes] = set()

    def keep(self, digest: bytes, copy: bytes) -> None:
        """Store a copy; errors of the disk are ignored, since `prepare` will report them."""
        with suppress(OSError):
            self._cache.keep(digest, SMALL, copy)
            self.made.add(digest)


def copy_keeper(settings: Settings, photos: int) -> SmallCopyKeeper | None:
    """Return a keeper for an indexing run; None if the archive, which will have `photos`, has
    more than the cache keeps: copies of older photos could displace copies of later ones."""
    return SmallCopyKeeper(settings) if photos <= LEFT_AFTER_EVICTION * MOST_FILES else None


@dataclass(frozen=True)
class _Lacking:
    """A content without a small copy.

    paths: the files that have this content.
    moment: the time of last use to record for the copy, in nanoseconds since 1970.
    before: bytes of the existing copies of later photos.
    """

    digest: bytes
    paths: tuple[bytes, ...]
    moment: int
    before: int


def prepare(
    archive: LocalArchive,
    folders: Sequence[Path] = (),
    reporter: Reporter = SILENT,
    *,
    just_made: Set[bytes] = frozenset(),
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
) -> ThumbnailReport:
    """Make missing small copies of the latest photos in `folders`, and return the report.

    If `folders` is empty, the latest photos of the whole archive are taken. The archive is only
    read, without its lock. On KeyboardInterrupt the finished copies stay.

    just_made: `IndexReport.copies` of the indexing run just before; these copies count as made.
    most_files, most_bytes: limits of the cache. A tenth of both is left free: storing a file in a
        full cache deletes that much at once.

    Raises ArchiveError (no archive), DiskFullError, and CercafotoError if the cache cannot be
    written or photos cannot be decoded at all.
    """
    started, moment = time.monotonic(), time.time_ns()
    most = int(LEFT_AFTER_EVICTION * most_files)
    settings = archive.settings
    with archive.catalog() as catalog:
        photos = _latest(catalog, tuple(absolute(folder) for folder in folders), most + 1)
        opened = PhotoFolders.fixed(catalog.folders.indexed_folders())
    full = len(photos) > most
    made = skipped = spent = 0

    def due() -> Iterator[_Lacking]:
        nonlocal full
        for content in lacking:
            if content.before + spent >= LEFT_AFTER_EVICTION * most_bytes:
                full = True
                break
            yield content

    with Thumbnails(settings.thumbnails, most_files, most_bytes, folders=opened) as cache:
        lacking = _lacking(cache, list(photos.items())[:most], moment)
        number = min(usable_cores(), AHEAD)
        ended = in_threads(partial(_make, cache), due(), number, AHEAD - number, "thumbnail")
        with closing(ended):
            for content, future in chain.from_iterable(ended):
                size = future.result()
                made, skipped, spent = made + (size > 0), skipped + (size == 0), spent + size
                last = os.fsdecode(content.paths[0])
                reporter.progress(THUMBNAILS, made + skipped, len(lacking), last)
    before = len((just_made & photos.keys()) - {content.digest for content in lacking})
    made, present = made + before, min(len(photos), most) - len(lacking) - before
    return ThumbnailReport(made, present, skipped, full, time.monotonic() - started)


def _latest(
    catalog: Catalog, folders: tuple[bytes, ...], most: int
) -> dict[bytes, tuple[bytes, ...]]:
    """Return at most `most` contents, digest -> paths of its files, in the order of the page."""
    paths: dict[bytes, tuple[bytes, ...]] = {}
    after = ""
    while len(paths) < most:
        tiles = catalog.browsing.page(Filters(folders=folders), LISTED, after)
        for tile in tiles:
            if len(paths) < most or tile.digest in paths:
                paths[tile.digest] = (*paths.get(tile.digest, ()), tile.path)
        if len(tiles) < LISTED:
            break
        after = cursor(tiles[-1])
    return paths


def _lacking(
    cache: Thumbnails, photos: Sequence[tuple[bytes, tuple[bytes, ...]]], moment: int
) -> list[_Lacking]:
    """Return the contents without a copy, and mark existing copies as used, so that new copies do
    not displace these.

    photos: (digest, paths) in the order of the page.
    moment: time of last use for the copy of the first photo, in nanoseconds since 1970.
    """
    lacking, before = [], 0
    for number, (digest, paths) in enumerate(photos):
        used = moment - number * STEP
        size = cache.mark_used(digest, SMALL, used)
        if size is None:
            lacking.append(_Lacking(digest, paths, used, before))
        else:
            before += size
    return lacking


def _make(cache: Thumbnails, content: _Lacking) -> int:
    """Make and store a copy; return its size in bytes, 0 if no file with the content can be read.

    Raises DiskFullError, CercafotoError as `prepare` does.
    """
    for path in content.paths:  # a disk may be disconnected
        try:
            digest, picture, *_ = cache.shrinker(SMALL)(path)
        except ImageError:
            continue
        if digest == content.digest:
            data = webp(picture)
            with _translated(cache.folder):
                cache.keep(digest, SMALL, data, content.moment)
            return len(data)
    return 0


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Raise DiskFullError or CercafotoError in place of an OSError of the cache's disk."""
    try:
        yield
    except OSError as error:
        fine = "L'archivio è a posto. "
        other = "indica un'altra cartella con la variabile CERCAFOTO_MINIATURE"
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(
                f"Il disco che contiene le miniature, in {printable(folder)}, è pieno.",
                f"{fine}Libera spazio e rilancia lo stesso comando, che riprende da dove era "
                f"arrivato; oppure {other}.",
            ) from error
        raise CercafotoError(
            f"Nella cartella delle miniature {printable(folder)} non si può scrivere "
            f"({os_error_in_italian(error, 'scrivere')}).",
            f"{fine}Controlla la cartella e i suoi permessi, oppure {other}.",
        ) from error
