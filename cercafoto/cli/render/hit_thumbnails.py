"""Small copies of the photos of an answer, in its order, those of the cache or new ones."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from cercafoto.base.cores import usable_cores
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import ImageError
from cercafoto.library import Library
from cercafoto.photos.thumbnails import SMALL, Thumbnails
from cercafoto.results import Hit
from cercafoto.settings import Settings


def thumbnails(
    settings: Settings, hits: Sequence[Hit], reporter: Reporter = SILENT
) -> Iterator[tuple[Hit, bytes | ImageError]]:
    """Yield each photo and its copy, WebP, or why there is none. Close the iterator to stop
    early."""
    library = Library(settings)
    with (
        library,
        Thumbnails(
            settings.thumbnails, elsewhere=library.small_copy, folders=library.photo_folders()
        ) as cache,
        ThreadPoolExecutor(usable_cores()) as pool,
    ):

        def small(hit: Hit) -> bytes | ImageError:
            try:
                return cache.of(hit.path, hit.digest, SMALL)[0]
            except ImageError as error:
                return error

        flying = [pool.submit(small, hit) for hit in hits]
        try:
            for done, (hit, future) in enumerate(zip(hits, flying, strict=True), start=1):
                thumbnail = future.result()
                reporter.progress(PHOTOS, done, len(hits), os.fsdecode(hit.path))
                yield hit, thumbnail
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
