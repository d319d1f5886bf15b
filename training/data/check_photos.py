"""Check that the photos of pairs can be read: each is decoded once, as training will decode it.

A photo that is missing or broken costs its pair and is counted; it never stops the run.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import decode
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.data.tally import BROKEN, MISSING, Tally
from cercafoto.training.training_errors import InputError

SIDE = 224  # pixels, the input of the published model: a JPEG is decoded at twice that or more
CHUNK = 64  # photos handed to a worker at a time
FEWEST_FOR_A_POOL = 2 * CHUNK  # below, starting processes takes longer than decoding


def readable(
    pairs: Sequence[Pair], root: Path, tally: Tally, workers: int | None = None
) -> list[Pair]:
    """Return the pairs whose photo decodes; count the others as missing or broken.

    root: folder that the paths are relative to.
    workers: processes; None for one for each processor core.
    """
    verdicts = _verdicts([pair.image_path for pair in pairs], PhotoStore(root), workers)
    usable = []
    for pair, reason in zip(pairs, verdicts, strict=True):
        if reason is None:
            usable.append(pair)
        else:
            tally.leave_out(reason)
    return usable


def defect_of(image_path: str, store: PhotoStore) -> str | None:
    """Return why a photo cannot be used, MISSING or BROKEN; None if it decodes whole."""
    try:
        decode(store.read(image_path), SIDE, image_path)
    except FileNotFoundError:
        return MISSING
    except (ImageError, InputError, OSError):
        return BROKEN
    return None


def _verdicts(paths: list[str], store: PhotoStore, workers: int | None) -> Iterable[str | None]:
    judge = partial(defect_of, store=store)
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(paths) < FEWEST_FOR_A_POOL:
        return map(judge, paths)
    return _in_processes(judge, paths, workers)


def _in_processes(
    judge: partial[str | None], paths: list[str], workers: int
) -> Iterable[str | None]:
    # Each chunk pickles `store` once, so a worker would build a shard's table for each chunk:
    # the initializer gives it one store for all.
    context = multiprocessing.get_context("spawn")  # a fork copies locks that threads hold
    with ProcessPoolExecutor(workers, context, _start, (judge,)) as pool:
        yield from pool.map(_judge, paths, chunksize=CHUNK)


_worker: list[partial[str | None]] = []


def _start(judge: partial[str | None]) -> None:
    _worker[:] = [judge]


def _judge(path: str) -> str | None:
    return _worker[0](path)
