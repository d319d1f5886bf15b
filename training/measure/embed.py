"""Decode photos into batches of pixels, in threads, a little ahead of the model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.progress import track

from cercafoto.base.arrays import Floats
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.training_errors import InputError

BATCH = 64
AHEAD = 2 * BATCH  # photos decoded and waiting: 77 MB at 224 pixels
Step = TypeVar("Step")


def pixel_batches(paths: Sequence[Path], preprocessing: Preprocessing) -> Iterator[Floats]:
    """Yield the photos' pixels in order, float32 [n, 3, H, W]; n is `BATCH` except for the last.

    The memory taken does not grow with the number of photos. Raises InputError naming the first
    photo that cannot be read: without it the figures would be of another set.
    """
    waiting: deque[Future[Floats]] = deque()
    with ThreadPoolExecutor(usable_cores()) as threads:
        coming = iter(paths)
        try:
            for at in counted(range(0, len(paths), BATCH), "photos"):
                for path in islice(coming, AHEAD - len(waiting)):
                    waiting.append(threads.submit(_pixels, path, preprocessing))
                size = min(BATCH, len(paths) - at)
                yield np.stack([waiting.popleft().result() for _ in range(size)])
        finally:
            for future in waiting:  # after a broken photo, or if the caller stops early
                future.cancel()


def _pixels(path: Path, preprocessing: Preprocessing) -> Floats:
    try:
        return preprocessing(open_upright(path, preprocessing.resize_to))
    except ImageError as error:
        raise InputError(error.message) from error


def counted(batches: Sequence[Step], what: str) -> Iterable[Step]:
    """Return the batches, counted by a bar on stderr if that is a terminal."""
    console = Console(stderr=True)
    return track(batches, what, console=console, transient=True, disable=not console.is_terminal)
