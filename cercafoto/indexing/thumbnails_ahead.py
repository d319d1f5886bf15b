"""The small copies of the latest photos, made ahead, so that a page of them has none to wait for:
while the photos are indexed, from the same pixels, and of the others afterwards.

No more are made than the cache keeps. It deletes what was used least recently: a copy made here
counts as used the earlier, the further down the page its photo is, so that the oldest photos make
room first, and all that was there before for other photos sooner still.
"""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import cursor
from cercafoto.base.cores import usable_cores
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import absolute, printable
from cercafoto.base.reporter import SILENT, THUMBNAILS, Reporter
from cercafoto.errors import CercafotoError, DiskFullError, ImageError
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

STEP = 1_000_000  # nanoseconds between the last uses of two neighbours: what any disk's times tell
LISTED = 2000  # photos asked of the catalogue at a time
AHEAD = 64  # a photo that takes long lets so many others be made meanwhile


@dataclass(frozen=True)
class ThumbnailReport:
    """Results of a run; every number counts contents: copies of one photo are one.

    made: now.
    present: made before.
    skipped: gone, changed since they were indexed, or not to be read.
    full: whether older photos have no copy since there is no room for it.
    seconds: what it took.
    """

    made: int = 0
    present: int = 0
    skipped: int = 0
    full: bool = False
    seconds: float = 0.0


class Alongside:
    """Keeps the small copies that come with the photos of an indexing run.

    made: the contents whose copy it has kept.
    """

    side = SMALL

    def __init__(self, settings: Settings) -> None:
        self._cache = Thumbnails(settings.thumbnails)
        self.made: set[bytes] = set()

    def keep(self, digest: bytes, copy: bytes) -> None:
        """Keep a copy. Where the disk takes none, `prepare` will say so."""
        with suppress(OSError):
            self._cache.keep(digest, SMALL, copy)
            self.made.add(digest)


def alongside(settings: Settings, photos: int) -> Alongside | None:
    """Return what keeps copies in a run after which the archive has so many photos.

    None where they are more than the cache keeps: which are the latest is not known before all are
    read, and the copies of later photos would make room for those of older ones.
    """
    return Alongside(settings) if photos <= LEFT_AFTER_EVICTION * MOST_FILES else None


@dataclass(frozen=True)
class _Lacking:
    """A content without a copy.

    paths: where it is.
    moment: when its copy is to count as used.
    before: bytes of the copies that there are of later photos.
    """

    digest: bytes
    paths: tuple[bytes, ...]
    moment: int
    before: int


def prepare(
    settings: Settings,
    folders: Sequence[Path] = (),
    reporter: Reporter = SILENT,
    *,
    just_made: Set[bytes] = frozenset(),
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
) -> ThumbnailReport:
    """Make the small copies that are lacking of the latest photos at or under `folders`, or of
    the whole archive where none is named. Only reads the archive, and does not hold it.

    just_made: contents whose copy was kept by the run before, to be told among those made.
    most_files, most_bytes: the bounds of the cache. A tenth of both is left to what is looked at:
    whatever is kept next in a cache that is full makes it delete that much at once.

    Raises ArchiveError (no archive), DiskFullError, and CercafotoError where the cache cannot be
    written or photos cannot be decoded at all. KeyboardInterrupt leaves what was made, whole.
    """
    started, moment = time.monotonic(), time.time_ns()
    most = int(LEFT_AFTER_EVICTION * most_files)
    with Catalog.open(settings.catalog) as catalog:
        photos = _latest(catalog, tuple(absolute(folder) for folder in folders), most + 1)
        opened = PhotoFolders.fixed(catalog.folders.indexed_folders())
    full = len(photos) > most
    made = skipped = spent = 0
    pool = ThreadPoolExecutor(usable_cores(), thread_name_prefix="thumbnail")
    try:
        # Left before the pool is waited for: that ends the decoders, and an interruption need not
        # wait for what they have in hand.
        with Thumbnails(settings.thumbnails, most_files, most_bytes, folders=opened) as cache:
            lacking = _lacking(cache, list(photos.items())[:most], moment)
            flying: deque[Future[int]] = deque()

            def land() -> None:
                nonlocal made, skipped, spent
                size = flying.popleft().result()
                made, skipped, spent = made + (size > 0), skipped + (size == 0), spent + size
                done = made + skipped
                last = os.fsdecode(lacking[done - 1].paths[0])
                reporter.progress(THUMBNAILS, done, len(lacking), last)

            for content in lacking:
                if content.before + spent >= LEFT_AFTER_EVICTION * most_bytes:
                    full = True
                    break
                flying.append(pool.submit(_make, cache, content))
                if len(flying) >= AHEAD:
                    land()
            while flying:
                land()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    before = len((just_made & photos.keys()) - {content.digest for content in lacking})
    made, present = made + before, min(len(photos), most) - len(lacking) - before
    return ThumbnailReport(made, present, skipped, full, time.monotonic() - started)


def _latest(
    catalog: Catalog, folders: tuple[bytes, ...], most: int
) -> dict[bytes, tuple[bytes, ...]]:
    """List so many contents, digest -> paths, in the order in which the page shows them."""
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
    """List the contents without a copy. The copies of the others are kept from here on, before any
    is made."""
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
    """Make a copy; return its bytes, 0 where none can be made. Raises CercafotoError as `prepare`
    does."""
    for path in content.paths:  # the disk of one may not be connected
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
    """Turn what the disk of the cache says into an error that a person can act on."""
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
