"""One `leggi`: the words of the photos that have not been read yet, the likeliest to bear any
first; each is written as soon as it is read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cercafoto.archive.local_archive import ArchiveWriter, LocalArchive
from cercafoto.base.cores import usable_cores
from cercafoto.base.paths import printable
from cercafoto.base.reporter import SILENT, TEXTS, Reporter
from cercafoto.errors import ImageError, PassingImageError, UsageError
from cercafoto.ocr.likely import LIKELY_FROM, likeliness
from cercafoto.ocr.ocr_processes import Readers, UnreadError
from cercafoto.photos.opening import PhotoFolders
from cercafoto.results import ReadText

# A process that reads takes a second to start: what a few photos take.
PHOTOS_PER_PROCESS = 4
AHEAD = 2  # photos beside those in hand


@dataclass(frozen=True)
class TextReport:
    """Results of a run; every number counts contents: copies of one photo are one.

    read: now. bearing: of them, those with words.
    present: read before.
    unlikely: not read, since they hardly bear words.
    skipped: gone, or changed since they were indexed.
    problems: (path, why) of those whose words could not be read.
    known_problems: those of which that was known before, not tried again.
    unknown: named by the person, but not indexed.
    engine: what read, "" where nothing was to be read.
    """

    read: int = 0
    bearing: int = 0
    present: int = 0
    unlikely: int = 0
    skipped: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    known_problems: int = 0
    unknown: tuple[bytes, ...] = ()
    engine: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class _Content:
    """What is to be read: its id, its SHA-256, where it is, whether it is worth a closer look."""

    content_id: int
    digest: bytes
    paths: tuple[bytes, ...]
    closely: bool


def read_texts(
    archive: LocalArchive,
    paths: Sequence[Path],
    *,
    every: bool,
    again: bool,
    wait: bool,
    reporter: Reporter = SILENT,
) -> TextReport:
    """Read words; see `Library.read_texts`."""
    started = time.monotonic()
    with archive.catalog() as catalog:  # nothing is made where there is no archive
        catalog.models.in_use()
    with archive.writing(wait) as catalog:
        named = [archive.path_of(path) for path in paths]
        unknown = tuple(path for path in named if not catalog.photos.knows(path))
        if named and len(unknown) == len(named):
            raise UsageError(
                "Nessuna delle foto indicate è nell'archivio.",
                "Prima aggiungile: cercafoto index CARTELLA\n"
                "Per leggere una foto che non è nell'archivio: cercafoto leggi FOTO",
            )
        where: dict[int, list[bytes]] = {}
        for path, content in catalog.photos.paths(named):
            where.setdefault(content, []).append(path)
        read, unread = catalog.texts.contents_read(), catalog.unread_texts.contents()
        if again:
            with _readers(1) as readers:
                engine = readers.engine()
            read = {content: name for content, name in read.items() if name == engine}
            unread = set()
        todo = [content for content in where if content not in read and content not in unread]
        sure = likeliness(archive, tuple(named)) if todo else {}
        todo.sort(key=lambda content: -sure.get(content, 0.0))
        likely = {c for c in todo if sure.get(c, 0.0) >= LIKELY_FROM or set(where[c]) & set(named)}
        chosen = [content for content in todo if every or content in likely]
        run = _Run(catalog, reporter)
        if chosen:
            digests = catalog.photos.digests_of(chosen)
            run.read([_Content(c, digests[c], tuple(where[c]), c in likely) for c in chosen])
        return TextReport(
            run.done,
            run.bearing,
            sum(content in read for content in where),
            len(todo) - len(chosen),
            run.skipped,
            tuple(run.problems),
            sum(content in unread for content in where),
            unknown,
            run.engine,
            time.monotonic() - started,
        )


class _Run:
    """Reads a work list in the order that it has, and writes what was read."""

    def __init__(self, catalog: ArchiveWriter, reporter: Reporter) -> None:
        self.catalog, self.reporter = catalog, reporter
        self.done = self.bearing = self.skipped = 0
        self.problems: list[tuple[bytes, str]] = []
        self.engine = ""

    def read(self, todo: Sequence[_Content]) -> None:
        """Read all of them. An interruption leaves what was read written."""
        self._tell(0, todo)  # the first takes the longest: an engine starts
        folders = PhotoFolders.fixed(self.catalog.folders.indexed_folders())
        with _readers(len(todo), folders) as readers, _pool(readers) as pool:
            self.engine = readers.engine()
            flying: dict[Future[ReadText | None], _Content] = {}
            landed = 0
            for content in todo:
                flying[pool.submit(_read, readers, content)] = content
                if len(flying) >= readers.number + AHEAD:
                    landed = self._land(flying, landed, todo)
            while flying:
                landed = self._land(flying, landed, todo)

    def _land(
        self,
        flying: dict[Future[ReadText | None], _Content],
        landed: int,
        todo: Sequence[_Content],
    ) -> int:
        """Write what is read by now, and return how many have landed in all."""
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            content = flying.pop(future)
            self._write(content, future)
            landed += 1
            self._tell(landed, todo, content)
        return landed

    def _tell(self, landed: int, todo: Sequence[_Content], content: _Content | None = None) -> None:
        name = os.fsdecode(content.paths[0]) if content else ""
        self.reporter.progress(TEXTS, landed, len(todo), name)

    def _write(self, content: _Content, future: Future[ReadText | None]) -> None:
        try:
            text = future.result()
        except PassingImageError:
            self.skipped += 1
            return
        except (ImageError, UnreadError) as error:
            path = content.paths[0]
            reason = error.message.removeprefix(f"{printable(path)}: ")
            self.problems.append((path, reason))
            with self.catalog.transaction():
                self.catalog.unread_texts.write(content.content_id, reason)
            return
        if text is None:
            self.skipped += 1
            return
        with self.catalog.transaction():
            self.catalog.texts.write(content.content_id, text)
            self.catalog.unread_texts.forget([content.content_id])
        self.done += 1
        self.bearing += bool(text.lines)


def _read(readers: Readers, content: _Content) -> ReadText | None:
    """Read a content where it still is; None where each of its files has another by now."""
    passing: PassingImageError | None = None
    for path in content.paths:  # the disk of one may not be connected
        try:
            digest, text = readers.read_file(path, content.closely)
        except PassingImageError as error:
            passing = error
            continue
        if digest == content.digest:
            return text
    if passing is not None:
        raise passing
    return None


def _readers(photos: int, folders: PhotoFolders | None = None) -> Readers:
    return Readers(min(usable_cores(), -(-photos // PHOTOS_PER_PROCESS)), folders)


@contextmanager
def _pool(readers: Readers) -> Iterator[ThreadPoolExecutor]:
    """Give out a pool; what is under way when the block is left is ended, not waited for."""
    pool = ThreadPoolExecutor(readers.number, thread_name_prefix="words")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
