"""The lock that lets only one process at a time write to an archive. The process that data the
lock writes into a file beside it what it runs and since when."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cercafoto.archive.local.database import translated
from cercafoto.archive.local.own_files import refuse_links, tidy
from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveBusyError

LOCK, HOLDER = "blocco", "blocco.json"
PATIENCE = 1.0  # seconds to wait for the lock before the person is told
LONGEST = 1000  # bytes read of HOLDER: it may have been damaged
LONGEST_COMMAND = 80


@contextmanager
def archive_lock(
    archive: Path, wait: bool, command: str = "", say: Callable[[str], None] = lambda line: None
) -> Iterator[None]:
    """Hold the lock of an archive's folder within the block. If the process dies, the system frees
    the lock.

    wait: whether to wait for the lock. If not, ArchiveBusyError says who data it since when.
    command: what this process runs, such as "cercafoto index", for others who need the lock; "" if
        it is not known.
    say: shows a line to the person who waits.

    Raises ArchiveError if the folder cannot be written to, or has links in place of files.
    """
    from filelock import FileLock, Timeout

    with translated(archive / LOCK):
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_links(archive)
        lock = FileLock(archive / LOCK, timeout=PATIENCE if wait else 0)
        try:
            lock.acquire()
        except Timeout:
            if not wait:
                raise ArchiveBusyError(
                    f"L'archivio {archive} è occupato: {_holder(archive)}.",
                    "Aspetta che finisca, poi riprova.",
                ) from None
            say(f"Aspetto che l'archivio si liberi: {_holder(archive)}.")
            lock.acquire(timeout=-1)
    holder = archive / HOLDER
    tidy(archive)
    try:
        with translated(archive / HOLDER):
            since = datetime.now().isoformat(timespec="seconds", sep=" ")
            data = {"pid": os.getpid(), "dal": since, "comando": command}
            holder.write_text(json.dumps(data), "utf-8")
        yield
    finally:
        try:
            holder.unlink(missing_ok=True)
            tidy(archive)
        finally:
            lock.release()


def _holder(archive: Path) -> str:
    """Return a text for the person that says who data the lock, and for how long."""
    try:
        with (archive / HOLDER).open("rb") as stream:
            data = json.loads(stream.read(LONGEST))
        process = f"processo {int(data['pid'])}"
        since = datetime.fromisoformat(data["dal"])
        command = data.get("comando")  # missing if an older version data the lock
        if command and isinstance(command, str):
            process = f"«{printable(command[:LONGEST_COMMAND])}» ({process})"
        else:
            process = f"il {process}"
        return f"lo sta usando {process}, da {_lasting(datetime.now() - since)}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "lo sta usando un altro processo"


def _lasting(time: timedelta) -> str:
    """Return a length of time in Italian, to the minute; after two hours to the hour, after two
    days to the day."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "meno di un minuto"
    if minutes < 120:
        return f"{minutes} minuti" if minutes > 1 else "un minuto"
    return f"{minutes // 60} ore" if minutes < 2880 else f"{minutes // 1440} giorni"
