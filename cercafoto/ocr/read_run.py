"""Carry out one `leggi`: read the words of photos that have not been read yet.

Photos that most probably show words come first. Each text is written as soon as it is read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cercafoto.archive.local_archive import ArchiveWriter, LocalArchive
from cercafoto.base.json_keys import PROBLEMS, Key, json_keys
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import printable
from cercafoto.base.reporter import SILENT, TEXTS, Reporter
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError, UsageError
from cercafoto.ocr.likely import LIKELY_FROM, text_confidence
from cercafoto.ocr.ocr_processes import Readers, UnreadError
from cercafoto.photos.opening import PhotoFolders
from cercafoto.results.texts import ReadText

# An OCR process takes a second to start, as long as a few photos.
PHOTOS_PER_PROCESS = 4
AHEAD = 2  # photos that wait for a free process


@json_keys(
    "read frames",
    Key("with_words", "bearing"),
    "present unlikely unlikely_frames skipped",
    PROBLEMS,
    "known_problems engine",
    Key("seconds", digits=3),
)
@dataclass(frozen=True)
class TextReport:
    """Results of a run. Every number counts contents: copies of one photo count as one.

    read: photos read in this run, and first frames of videos.
    frames: other frames of videos read in this run.
    bearing: how many of all these show words.
    present: photos and frames read in an earlier run.
    unlikely: photos not read, because they probably show no words.
    unlikely_frames: the same for frames of videos.
    skipped: photos that are gone, or changed since they were indexed, or need an extra that is not
        installed.
    problems: (path, why) of photos whose words could not be read.
    known_problems: photos that could not be read in an earlier run, and were not tried again.
    unknown: paths that the person named but that are not indexed.
    engine: name of the engine; "" if there was nothing to read.
    seconds: duration of the run.
    """

    read: int = 0
    frames: int = 0
    bearing: int = 0
    present: int = 0
    unlikely: int = 0
    unlikely_frames: int = 0
    skipped: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    known_problems: int = 0
    unknown: tuple[bytes, ...] = ()
    engine: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class _Content:
    """A content to read: its id, the SHA-256 of its files, these files, and whether to look closely
    for small print. start: time of the frame in seconds; None except for a frame of a video."""

    content_id: int
    digest: bytes
    paths: tuple[bytes, ...]
    closely: bool
    start: float | None


def read_texts(
    archive: LocalArchive,
    paths: Sequence[Path],
    *,
    every: bool,
    again: bool,
    videos: bool,
    wait: bool,
    reporter: Reporter = SILENT,
) -> TextReport:
    """Read the words in photos, store them and return the report; see `TextAlbum.read`."""
    started = time.monotonic()
    with archive.catalog() as catalog:  # raises if there is no archive; `writing` would make one
        catalog.models.in_use()
    with archive.writing(wait, reporter) as catalog:
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
        frames = catalog.photos.frames_of(where) if videos else {}
        frames = {each: row for each, row in frames.items() if each not in where}
        where |= {each: where[row.video] for each, row in frames.items()}
        read, unread = catalog.texts.contents_read(), catalog.unread_texts.contents()
        if again:
            with _readers(1) as readers:
                engine = readers.engine()
            read = {content: name for content, name in read.items() if name == engine}
            unread = set()
        todo = [content for content in where if content not in read and content not in unread]
        sure = text_confidence(archive, tuple(named), [*frames]) if todo else {}
        todo.sort(key=lambda content: -sure.get(content, 0.0))
        likely = {c for c in todo if sure.get(c, 0.0) >= LIKELY_FROM or set(where[c]) & set(named)}
        chosen = [content for content in todo if every or content in likely]
        run = _Run(catalog, reporter)
        if chosen:
            files = {c: frames[c].video if c in frames else c for c in chosen}
            digests = catalog.photos.digests_of(files.values())
            starts = {content: row.start for content, row in frames.items()}
            run.read(
                [
                    _Content(c, digests[file], tuple(where[c]), c in likely, starts.get(c))
                    for c, file in files.items()
                ]
            )
        left = {*todo}.difference(chosen)
        return TextReport(
            run.photos,
            run.frames,
            run.bearing,
            sum(content in read for content in where),
            len(left - frames.keys()),
            len(left & frames.keys()),
            len(run.skipped),
            tuple(run.problems),
            sum(content in unread for content in where),
            unknown,
            run.engine,
            time.monotonic() - started,
        )


class _Run:
    """Reads the words of contents in a given order, and writes the texts into the catalogue."""

    def __init__(self, catalog: ArchiveWriter, reporter: Reporter) -> None:
        self.catalog, self.reporter = catalog, reporter
        self.photos = self.frames = self.bearing = 0
        self.skipped = set[bytes]()  # the first path of each
        self.problems: dict[tuple[bytes, str], None] = {}  # of a video, the same for many frames
        self.engine = ""

    def read(self, todo: Sequence[_Content]) -> None:
        """Read all contents of `todo`. An interruption keeps the texts that are already written."""
        self._report_progress(0, todo)  # the first photo takes longest: an engine starts
        folders = PhotoFolders.fixed(self.catalog.folders.indexed_folders())
        with _readers(len(todo), folders) as readers, _pool(readers) as pool:
            self.engine = readers.engine()
            pending: dict[Future[ReadText | None], _Content] = {}
            done = 0
            for content in todo:
                pending[pool.submit(_read, readers, content)] = content
                if len(pending) >= readers.number + AHEAD:
                    done = self._take_finished(pending, done, todo)
            while pending:
                done = self._take_finished(pending, done, todo)

    def _take_finished(
        self,
        pending: dict[Future[ReadText | None], _Content],
        done: int,
        todo: Sequence[_Content],
    ) -> int:
        """Wait until a content is read, and write all texts that are ready. Return `done` plus the
        number of contents that ended."""
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            content = pending.pop(future)
            self._write(content, future)
            done += 1
            self._report_progress(done, todo, content)
        return done

    def _report_progress(
        self, done: int, todo: Sequence[_Content], content: _Content | None = None
    ) -> None:
        name = os.fsdecode(content.paths[0]) if content else ""
        self.reporter.progress(TEXTS, done, len(todo), name)

    def _write(self, content: _Content, future: Future[ReadText | None]) -> None:
        try:
            text = future.result()
        except (PassingImageError, MissingExtraError):
            self.skipped.add(content.paths[0])
            return
        except (ImageError, UnreadError) as error:
            path = content.paths[0]
            reason = error.message.removeprefix(f"{printable(path)}: ")
            self.problems[path, reason] = None
            with self.catalog.transaction():
                self.catalog.unread_texts.write(content.content_id, reason)
            return
        if text is None:
            self.skipped.add(content.paths[0])
            return
        with self.catalog.transaction():
            self.catalog.texts.write(content.content_id, text)
            self.catalog.unread_texts.forget([content.content_id])
        self.photos += content.start is None
        self.frames += content.start is not None
        self.bearing += bool(text.lines)


def _read(readers: Readers, content: _Content) -> ReadText | None:
    """Return the text in a content, or None if all of its files have changed since the index.

    Raises PassingImageError if no unchanged file was found and a file cannot be read now;
    ImageError and the other errors of `Readers.read_file`.
    """
    passing: PassingImageError | None = None
    for path in content.paths:  # a disk may be disconnected
        try:
            digest, text = readers.read_file(path, content.closely, content.start)
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
    """Yield a thread pool. The end of the with block does not wait for unfinished work."""
    pool = ThreadPoolExecutor(readers.number, thread_name_prefix="words")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
