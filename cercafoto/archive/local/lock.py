"""The lock that lets only one process at a time write to an archive. The process that holds the
lock writes its id into a file beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cercafoto.archive.local.database import translated
from cercafoto.archive.local.own_files import refuse_links, tidy
from cercafoto.errors import ArchiveBusyError

LOCK, HOLDER = "blocco", "blocco.json"


@contextmanager
def archive_lock(archive: Path, wait: bool) -> Iterator[None]:
    """Hold the lock of an archive's folder within the block. If the process dies, the system frees
    the lock.

    wait: whether to wait for the lock. If not, ArchiveBusyError says who holds it since when.

    Raises ArchiveError if the folder cannot be written to, or has links in place of files.
    """
    from filelock import FileLock, Timeout

    with translated(archive / LOCK):
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_links(archive)
        lock = FileLock(archive / LOCK, timeout=-1 if wait else 0)
        try:
            lock.acquire()
        except Timeout:
            raise ArchiveBusyError(
                f"L'archivio {archive} è occupato: {_holder(archive)}.",
                "Aspetta che finisca, oppure aggiungi --aspetta.",
            ) from None
    holder = archive / HOLDER
    tidy(archive)
    try:
        with translated(archive / HOLDER):
            since = datetime.now().isoformat(timespec="minutes", sep=" ")
            holder.write_text(json.dumps({"pid": os.getpid(), "dal": since}), "utf-8")
        yield
    finally:
        try:
            holder.unlink(missing_ok=True)
            tidy(archive)
        finally:
            lock.release()


def _holder(archive: Path) -> str:
    """Return a text for the person that says who holds the lock."""
    try:
        data = json.loads((archive / HOLDER).read_text("utf-8"))
        since = datetime.fromisoformat(data["dal"])
        return f"lo sta usando il processo {data['pid']}, dalle {since:%H:%M del %d/%m/%Y}"
    except (OSError, ValueError, KeyError, TypeError):
        return "lo sta usando un altro processo"
