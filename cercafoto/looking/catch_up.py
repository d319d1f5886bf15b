"""Look with a sense at all photos that it has not looked at yet.

Decoder processes make the pixels; this process never opens a photo. What was found is written at
once, so an interrupted run goes on where it stopped, and an interruption waits for nothing. A photo
that cannot be read is stored with the reason, and not tried again unless the person asks for it, or
its file changes. A photo that is gone or has changed is left for a later run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import printable
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError, UsageError
from cercafoto.looking.in_threads import in_threads
from cercafoto.looking.look_report import LookReport
from cercafoto.looking.sense import F, Look, Looker, Request, Sense, UnreadError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.opening import PhotoFolders

PHOTOS_PER_PROCESS = 4  # a process takes as long to start as a few photos
AHEAD = 2  # photos that wait for a free process


def catch_up(
    archive: LocalArchive,
    sense: Sense[F],
    paths: Sequence[Path] = (),
    *,
    every: bool = False,
    again: bool = False,
    retry: bool = False,
    frames: bool | None = None,
    wait: bool = False,
    reporter: Reporter = SILENT,
) -> LookReport:
    """Look at the photos at or under `paths`, or at all; see `Request`. Hold the archive's lock.

    wait: wait while another run has the archive locked; otherwise raise ArchiveBusyError.

    Raises UsageError (none of `paths` is in the archive), ArchiveError, ArchiveBusyError,
    DiskFullError, and the errors of the sense.
    """
    named = tuple(map(archive.path_of, paths))
    with archive.catalog() as catalog:  # raises if there is no archive; `writing` would make one
        catalog.models.in_use()
        if named and not any(map(catalog.photos.knows, named)):
            raise UsageError(
                "Nessuna delle foto indicate è nell'archivio.",
                f"Prima aggiungile: cercafoto index CARTELLA\n{sense.wording.elsewhere}".rstrip(),
            )
    with archive.writing(wait, reporter) as catalog:
        return look(Request(archive, catalog, named, every, again, retry, frames, reporter), sense)


def look(request: Request, sense: Sense[F]) -> LookReport:
    """Do what `catch_up` does, while the archive is locked already."""
    started, catalog = time.monotonic(), request.catalog
    unread = catalog.unread.contents(sense.name)
    tried = set() if request.again or request.retry else unread
    every_look = _looks(request, sense)
    rest = [look for look in every_look if look.content not in tried]
    todo = sense.todo(request, rest)
    run = _Run(request, sense, unread)
    if todo.looks:
        run.look(todo.looks)
    sense.ended(request)
    unlikely_frames = sum(look.start is not None for look in todo.unlikely)
    return LookReport(
        run.photos,
        run.frames,
        run.found,
        len(rest) - len(todo.looks) - len(todo.unlikely),
        len(todo.unlikely) - unlikely_frames,
        unlikely_frames,
        len(run.skipped),
        tuple(run.problems),
        len(every_look) - len(rest),
        tuple(path for path in request.named if not catalog.photos.knows(path)),
        run.engine,
        time.monotonic() - started,
        run.videos,
        sum(map(_is_of_video, todo.unlikely)) - unlikely_frames,
    )


def _looks(request: Request, sense: Sense[F]) -> list[Look]:
    """Return all photos to look at, sorted by path, then the frames of the videos."""
    photos = request.catalog.photos
    where: dict[int, list[bytes]] = {}
    for path, content in photos.paths(request.named):
        where.setdefault(content, []).append(path)
    wants_frames = sense.frames if request.frames is None else request.frames
    frames = photos.frames_of(where) if wants_frames else {}
    digests = photos.digests_of({*where, *frames})
    looks = [Look(c, digests[c], digests[c], tuple(paths)) for c, paths in where.items()]
    return looks + [
        Look(c, digests[c], digests[row.video], tuple(where[row.video]), row.start)
        for c, row in frames.items()
        if c not in where
    ]


class _Ended(NamedTuple, Generic[F]):
    """How a look ended: with what was found, or a problem, or, if the photo is gone, with neither.

    problem: path, and the reason without the path.
    """

    found: F | None = None
    problem: tuple[bytes, str] | None = None


class _Run(Generic[F]):
    """Looks at photos, and has written what is found."""

    def __init__(self, request: Request, sense: Sense[F], unread: set[int]) -> None:
        self.request, self.sense, self.unread = request, sense, unread
        self.photos = self.frames = self.videos = self.found = 0
        self.skipped = set[bytes]()  # the first path of each
        self.problems: dict[tuple[bytes, str], None] = {}  # of a video, the same for many frames
        self.engine = ""

    def look(self, looks: Sequence[Look]) -> None:
        """Look at all of `looks`, in this order."""
        report, total = partial(self.request.reporter.progress, self.sense.name), len(looks)
        report(0, total, "")  # the first photo takes longest: processes start
        number = min(usable_cores(), self.sense.most, -(-total // PHOTOS_PER_PROCESS))
        folders = PhotoFolders.fixed(self.request.catalog.folders.indexed_folders())
        with (
            self.sense.opened(self.request, number) as looker,
            Decoders(looker.picture, number, folders=folders) as decoders,
        ):
            self.engine, done = looker.engine, 0
            ahead = max(AHEAD, 2 * looker.at_once - number)
            work = partial(_look, looker, decoders)
            with closing(in_threads(work, looks, number, ahead, self.sense.name)) as endings:
                waiting: list[tuple[Look, Future[_Ended[F]]]] = []
                for batch in endings:
                    waiting += batch
                    if min(looker.at_once, total - done) > len(waiting):
                        continue
                    self._write(looker, waiting)
                    for look, _ in waiting:
                        done += 1
                        report(done, total, os.fsdecode(look.paths[0]))
                    waiting = []

    def _write(self, looker: Looker[F], batch: Sequence[tuple[Look, Future[_Ended[F]]]]) -> None:
        found: list[tuple[Look, F]] = []
        problems: list[tuple[Look, tuple[bytes, str]]] = []
        failure: BaseException | None = None
        for look, future in batch:
            if (error := future.exception()) is not None:
                failure = error  # ends the run, once the others are written
                continue
            ended = future.result()
            if ended.problem is not None:
                problems.append((look, ended.problem))
            elif ended.found is not None:
                found.append((look, ended.found))
            else:
                self.skipped.add(look.paths[0])
        self._write_found(looker, found)
        self._write_problems(problems)
        if failure is not None:
            raise failure

    def _write_found(self, looker: Looker[F], found: Sequence[tuple[Look, F]]) -> None:
        unread = self.request.catalog.unread
        if mended := [look.content for look, _ in found if look.content in self.unread]:
            with self.request.catalog.transaction():
                unread.forget(self.sense.name, mended)
        if found:
            self.found += looker.write(found)
        frames = sum(look.start is not None for look, _ in found)
        self.photos += len(found) - frames
        self.frames += frames
        self.videos += sum(_is_of_video(look) for look, _ in found) - frames

    def _write_problems(self, problems: Sequence[tuple[Look, tuple[bytes, str]]]) -> None:
        if problems:
            with self.request.catalog.transaction():
                for look, (_, reason) in problems:
                    self.request.catalog.unread.write(self.sense.name, look.content, reason)
        self.problems |= dict.fromkeys(problem for _, problem in problems)


def _is_of_video(look: Look) -> bool:
    return is_video(look.paths[0])


def _look(looker: Looker[F], decoders: Decoders, look: Look) -> _Ended[F]:
    """Decode a photo and look at it."""
    for picture in looker.ready_made(look):
        with suppress(ImageError, UnreadError):
            return _Ended(looker.see(look, decoders.decode(picture, "la miniatura")))
    problem: tuple[bytes, str] | None = None
    for path in look.paths:  # one copy may be damaged, a disk may be disconnected
        try:
            photo = decoders.look_at(path, look.start)
            if photo.content_digest == look.file:
                return _Ended(looker.see(look, photo))
        except (PassingImageError, MissingExtraError):
            continue
        except UnreadError as error:
            return _Ended(problem=(path, error.message))
        except ImageError as error:
            problem = problem or (path, error.message.removeprefix(f"{printable(path)}: "))
    return _Ended(problem=problem)
