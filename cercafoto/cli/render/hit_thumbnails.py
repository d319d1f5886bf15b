"""Get the thumbnails of an answer's photos, in order, from the cache or newly made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from cercafoto.base.own_process import usable_cores
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import ImageError
from cercafoto.library import Library
from cercafoto.photos.thumbnails import SMALL, Thumbnails
from cercafoto.results.answer import Hit
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from PIL import Image


T = TypeVar("T")


def thumbnails(
    settings: Settings, hits: Sequence[Hit], reporter: Reporter = SILENT
) -> Iterator[tuple[Hit, bytes | ImageError]]:
    """Yield each hit with its thumbnail as WebP bytes, or the error if the photo has no thumbnail.
    Close the iterator to stop early."""
    return _each(
        settings,
        hits,
        lambda cache, hit: cache.of(hit.path, hit.digest, SMALL, hit.frame)[0],
        reporter,
    )


def pictures(
    settings: Settings, hits: Sequence[Hit]
) -> Iterator[tuple[Hit, Image.Image | ImageError]]:
    """Yield each hit with its decoded thumbnail, or the error if the photo has no thumbnail. Close
    the iterator to stop early."""
    return _each(
        settings, hits, lambda cache, hit: cache.picture(hit.path, hit.digest, SMALL, hit.frame)
    )


def _each(
    settings: Settings,
    hits: Sequence[Hit],
    make: Callable[[Thumbnails, Hit], T],
    reporter: Reporter = SILENT,
) -> Iterator[tuple[Hit, T | ImageError]]:
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

        def small(hit: Hit) -> T | ImageError:
            try:
                return make(cache, hit)
            except ImageError as error:
                return error

        futures = [pool.submit(small, hit) for hit in hits]
        try:
            for done, (hit, future) in enumerate(zip(hits, futures, strict=True), start=1):
                thumbnail = future.result()
                reporter.progress(PHOTOS, done, len(hits), os.fsdecode(hit.path))
                yield hit, thumbnail
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
