"""Get the thumbnails of an answer's photos, in order, from the cache or newly made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.library import Library
from cercafoto.photos.thumbnails import SMALL, Thumbnails
from cercafoto.results.answer import Hit
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from PIL import Image


def pictures(
    settings: Settings, hits: Sequence[Hit]
) -> Iterator[tuple[Hit, Image.Image | ImageError]]:
    """Yield each hit with its decoded thumbnail, or the error if the photo has no thumbnail. Close
    the iterator to stop early."""
    library = Library(settings)
    with (
        library,
        Thumbnails(
            settings.thumbnails,
            elsewhere=library.archive.small_copy,
            folders=library.photo_folders(),
        ) as cache,
        ThreadPoolExecutor(usable_cores()) as pool,
    ):

        def small(hit: Hit) -> Image.Image | ImageError:
            try:
                return cache.picture(hit.path, hit.digest, SMALL, hit.frame)
            except ImageError as error:
                return error

        futures = [pool.submit(small, hit) for hit in hits]
        try:
            for hit, future in zip(hits, futures, strict=True):
                yield hit, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
