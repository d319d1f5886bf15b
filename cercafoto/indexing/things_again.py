"""See the things in photos that were indexed before: by an older version, or another edition.

Pixels come from small copies (`photos.thumbnails`) if these are large enough, otherwise from the
photos. Each batch is written at once, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.things import Unseen
from cercafoto.base.italian_counts import thousands
from cercafoto.base.reporter import THINGS, Reporter
from cercafoto.errors import ImageError
from cercafoto.indexing.workers import PHOTOS_PER_PROCESS
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.things_encoder import things_encoder
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import fitting
from cercafoto.photos.thumbnails import LARGE, SMALL, Thumbnails


def see_indexed(
    catalog: Catalog,
    unseen: Sequence[Unseen],
    thumbnails: Path,
    opened: PhotoFolders,
    reporter: Reporter,
) -> int:
    """See and store the things in photos; return how many were seen. A photo that cannot be read
    now waits for the next run.

    unseen: the photos; of files with the same content only one is looked at.
    thumbnails: folder of the small copies.
    opened: opens the photos.

    Raises ModelError, CercafotoError (photos cannot be decoded at all), ArchiveError.
    """
    encoder = things_encoder()
    if encoder is None:
        return 0
    photos = list({photo.content_id: photo for photo in unseen}.values())
    analysed = "foto già analizzata" if len(photos) == 1 else "foto già analizzate"
    reporter.say(f"Guardo che cosa si vede in {thousands(len(photos))} {analysed}.")
    size, copies = encoder.batch, Thumbnails(thumbnails)
    processes = min(encoder.threads, -(-len(photos) // PHOTOS_PER_PROCESS))
    pool = ThreadPoolExecutor(processes, thread_name_prefix="things")
    done = seen = 0
    with Decoders(encoder.preprocessing, processes, folders=opened) as decoders:

        def begin(part: Sequence[Unseen]) -> list[Future[bytes | None]]:
            return [pool.submit(_image, photo, decoders, encoder, copies) for photo in part]

        try:
            coming = begin(photos[:size])
            for at in range(0, len(photos), size):
                part, images = photos[at : at + size], coming
                coming = begin(photos[at + size : at + 2 * size])  # decoded meanwhile
                read = [image.result() for image in images]
                decoded = [(p, image) for p, image in zip(part, read, strict=True) if image]
                _, things = encoder.see([image for _, image in decoded])
                with catalog.transaction():
                    for (photo, _), shown in zip(decoded, things, strict=True):
                        catalog.things.write(photo.content_id, shown)
                done, seen = done + len(part), seen + len(decoded)
                reporter.progress(THINGS, done, len(photos), os.fsdecode(part[-1].path))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return seen


def _image(photo: Unseen, decoders: Decoders, encoder: Encoder, copies: Thumbnails) -> bytes | None:
    """Return the encoder's input, from a small copy with as many pixels as the encoder takes, or
    from the photo; None if neither can be read, or if the photo has changed."""
    full = photo.width, photo.height
    for side in (LARGE, SMALL):
        if min(fitting(full, side)) >= min(*full, encoder.preprocessing.size):
            with suppress(OSError, ImageError):
                copy = copies.path(photo.digest, side).read_bytes()
                return decoders.decode(copy, "la miniatura").image
    try:
        read = decoders.look_at(photo.path)
    except ImageError:
        return None
    return read.image if read.content_digest == photo.digest else None
