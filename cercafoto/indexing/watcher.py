"""Watch folders, and have them indexed once their changes have settled.

watchfiles reports changes, but misses two kinds. A disk that is connected or removed takes its
watches with it, so the folders themselves are checked every few seconds. Network disks do not
report changes by other computers, so everything is indexed once an hour.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import is_inside
from cercafoto.errors import CercafotoError
from cercafoto.photos import ignore
from cercafoto.photos.decoding.file_kind import can_read_videos, is_video
from cercafoto.photos.ignore import junk_in
from cercafoto.photos.scan import XMP, is_picture


@dataclass(frozen=True)
class WatchPace:
    """Delays of a watch, in seconds.

    rest: time without changes before changed folders are indexed.
    longest: time after which changed folders are indexed even if changes go on.
    look: time between two checks whether disks are connected.
    refresh: time between two runs over all folders.
    blind: the same as `refresh`, if the system reports no changes.
    retry: time before a failed run is tried again; doubled each time, up to `blind`.
    """

    rest: float = 2
    longest: float = 60
    look: float = 5
    refresh: float = 3600
    blind: float = 600
    retry: float = 30


FolderIds = Mapping[bytes, tuple[int, int]]  # folder that exists -> device and inode number


class Watcher:
    """Watches folders, and calls `refresh` with the folders in which something changed.

    refresh: indexes folders; if it raises CercafotoError, it is called again later.
    folders: returns the folders to watch; called again and again.
    own_folders: cercafoto's own folders, whose changes are ignored.
    say: shows a line to the person.
    stop: ends `run` when set.
    """

    def __init__(
        self,
        refresh: Callable[[Sequence[bytes]], None],
        folders: Callable[[], Sequence[bytes]],
        *,
        own_folders: Sequence[bytes] = (),
        say: Callable[[str], None] = lambda line: None,
        stop: threading.Event | None = None,
        pace: WatchPace | None = None,
    ) -> None:
        self._refresh, self._folders, self._own_folders, self._say = (
            refresh,
            folders,
            own_folders,
            say,
        )
        self._stop, self._pace = stop or threading.Event(), pace or WatchPace()
        self._due: set[bytes] = set()
        self._last = time.monotonic()
        self._not_before, self._delay = 0.0, self._pace.retry

    def run(self) -> None:
        """Watch until `stop` is set or a KeyboardInterrupt is raised."""
        there = self._present_folders()
        while not self._stop.is_set():
            for touched in self._changed_folders(there):
                self._due |= touched
                now = self._present_folders()
                if now != there or time.monotonic() - self._last >= self._pace.refresh:
                    self._due |= {*now, *there}
                if self._due and time.monotonic() >= self._not_before:
                    self._catch_up()
                if now != there:
                    there = now
                    break  # watch the folders that exist now

    def _catch_up(self) -> None:
        try:
            self._refresh(sorted(self._due))
        except CercafotoError as error:
            self._say(f"{error.message} {error.hint}".strip())
            self._not_before = time.monotonic() + self._delay
            self._delay = min(2 * self._delay, self._pace.blind)
        else:
            self._due.clear()
            self._delay = self._pace.retry
            self._last = time.monotonic()

    def _present_folders(self) -> FolderIds:
        standing = {}
        try:
            folders = self._folders()
        except CercafotoError:  # the archive cannot be read at the moment
            folders = list(self._due)
        for folder in folders:
            try:
                status = os.stat(folder)
            except OSError:
                continue
            standing[folder] = (status.st_dev, status.st_ino)
        return standing

    def _changed_folders(self, there: FolderIds) -> Iterator[set[bytes]]:
        """Yield the set of folders with relevant changes; after some seconds without any, set().

        there: the folders to watch. If the system does not report changes, yield all of them every
        `blind` seconds.
        """
        import watchfiles

        if not there:
            self._stop.wait(self._pace.look)
            yield set()
            return
        try:
            for changes in watchfiles.watch(
                *(os.fsdecode(folder) for folder in there),
                watch_filter=None,
                debounce=round(1000 * self._pace.longest),
                step=round(1000 * self._pace.rest),
                rust_timeout=round(1000 * self._pace.look),
                yield_on_timeout=True,
                stop_event=self._stop,
                ignore_permission_denied=True,
            ):
                paths = [os.fsencode(path) for _, path in changes]
                yield {
                    folder for folder in there if any(self._matters(path, folder) for path in paths)
                }
        except FileNotFoundError:  # a folder has just disappeared
            self._stop.wait(self._pace.look)
            yield set()
        except (OSError, ValueError, RuntimeError) as error:
            # Too many folders for the system's limit, or a name that is not valid text.
            minutes = round(self._pace.blind / 60)
            why = str(error)
            if isinstance(error, OSError):
                why = os_error_in_italian(error)
                if error.errno in (errno.ENOSPC, errno.EMFILE):  # limits of inotify
                    why = "le cartelle sono più di quante ne lascia seguire"
            self._say(f"Il sistema non dice che cosa cambia ({why}).")
            self._say(f"Guardo tutto ogni {minutes} minuti; vedi docs/osserva.md.")
            while not self._stop.wait(self._pace.blind):
                yield set(there)

    def _matters(self, path: bytes, folder: bytes) -> bool:
        if not is_inside(path, folder) or any(is_inside(path, own) for own in self._own_folders):
            return False
        *parents, name = os.path.relpath(path, folder).split(os.fsencode(os.sep))
        above = folder
        for parent in parents:
            if junk_in(above)(parent.lower()):
                return False
            above = os.path.join(above, parent)
        if name == ignore.FILE:
            return True
        low = name.lower()
        if junk_in(above)(low):
            return path == folder
        if is_picture(low) or low.endswith(XMP) or (is_video(low) and can_read_videos()):
            return True
        return not Path(os.fsdecode(path)).is_file()  # a folder, or one that was deleted
