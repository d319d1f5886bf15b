"""Decode photos into batches of pixels, in threads, a little ahead of the model."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.training_errors import InputError

BATCH = 64
AHEAD = 2 * BATCH  # photos decoded and waiting: 77 MB at 224 pixels


def pixel_batches(paths: Sequence[Path], preprocessing: Preprocessing) -> Iterator[Floats]:
    """Yield the photos' pixels in order, float32 [n, 3, H, W]; n is `BATCH` except for the last.

    The memory taken does not grow with the number of photos. Raises InputError naming the first
    photo that cannot be read: without it the figures would be of another set.
    """
    waiting: deque[Future[Floats]] = deque()
    progress = Progress(len(paths), "photos")
    with ThreadPoolExecutor(usable_cores()) as threads:
        coming = iter(paths)
        try:
            for at in range(0, len(paths), BATCH):
                for path in islice(coming, AHEAD - len(waiting)):
                    waiting.append(threads.submit(_pixels, path, preprocessing))
                size = min(BATCH, len(paths) - at)
                yield np.stack([waiting.popleft().result() for _ in range(size)])
                progress.advance(size)
        finally:
            for future in waiting:  # after a broken photo, or if the caller stops early
                future.cancel()
            progress.close()


def _pixels(path: Path, preprocessing: Preprocessing) -> Floats:
    try:
        return preprocessing(open_upright(path, preprocessing.resize_to))
    except ImageError as error:
        raise InputError(error.message) from error


class Progress:
    """Counts in a line on stderr, if stderr is a terminal."""

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what, self.done = total, what, 0
        self.shown = 0.0
        self.terminal = sys.stderr.isatty()

    def advance(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if self.terminal and now - self.shown > 0.2:
            self.shown = now
            sys.stderr.write(f"\r{self.done:,}/{self.total:,} {self.what}")
            sys.stderr.flush()

    def close(self) -> None:
        """Clear the line."""
        if self.terminal and self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
