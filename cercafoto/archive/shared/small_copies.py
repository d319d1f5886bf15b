"""Send small copies of a source's photos, so that people without access to its disk can see
them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.rows import shared_path
from cercafoto.base.own_process import usable_cores
from cercafoto.base.reporter import THUMBNAILS, Reporter
from cercafoto.errors import ImageError
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import SMALL, Thumbnails

AT_ONCE = 64  # copies sent in one transaction

Lacking = tuple[int, bytes, bytes]  # content, its digest, a stored path


def send(
    db: Connection,
    source: str,
    source_id: int,
    cache: Path,
    folders: PhotoFolders,
    reporter: Reporter,
) -> int:
    """Send the small copies that the server lacks of a source's photos, and return how many were
    sent. Copies that this machine lacks too are made now. A photo that cannot be read is left for
    the next run. Call outside a transaction.

    cache: folder of this machine's small copies.
    folders: opens the photos.
    """
    lacking: list[Lacking] = db.execute(
        "SELECT content_id, digest, decode(min(encode(path, 'hex')), 'hex') FROM photos "
        "JOIN contents ON contents.id = content_id WHERE source_id = %s AND NOT EXISTS "
        "(SELECT 1 FROM small_copies WHERE small_copies.content_id = contents.id) "
        "GROUP BY content_id, digest ORDER BY content_id",
        [source_id],
    ).fetchall()
    sent = seen = 0
    with (
        Thumbnails(cache, folders=folders) as thumbnails,
        ThreadPoolExecutor(usable_cores()) as pool,
    ):
        for part in _parts(iter(lacking)):
            made = pool.map(lambda photo: _copy(thumbnails, source, photo), part)
            rows = [(photo[0], data) for photo, data in zip(part, made, strict=True) if data]
            with db.transaction(), db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO small_copies SELECT id, %s FROM contents WHERE id = %s "
                    "ON CONFLICT DO NOTHING",
                    [(data, content) for content, data in rows],
                )
            sent, seen = sent + len(rows), seen + len(part)
            reporter.progress(THUMBNAILS, seen, len(lacking), os.fsdecode(part[-1][2]))
    return sent


def _copy(thumbnails: Thumbnails, source: str, photo: Lacking) -> bytes | None:
    """Return the small copy of a photo, None if its file is gone, unreadable or has changed."""
    _, digest, path = photo
    try:
        data, shown = thumbnails.of(path[len(shared_path(source, b"")) :], digest, SMALL)
    except ImageError:
        return None
    return data if shown == digest else None


def _parts(photos: Iterator[Lacking]) -> Iterator[list[Lacking]]:
    while part := list(islice(photos, AT_ONCE)):
        yield part
