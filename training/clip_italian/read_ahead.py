"""Read batches ahead of the training step, in other processes and within a bound of memory.

Workers hand pictures over in shared memory (/dev/shm), of which a container has 64 MB unless its
owner says otherwise. So all workers share each batch: one hands over a piece of it at a time, and
what is ready at any moment is a few batches, however many workers there are.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.utils.data import DataLoader

from cercafoto.base.own_process import usable_cores
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.augment import view_of
from cercafoto.training.clip_italian.batches import Batch, Collate, PhotoPairs, Place, Steps
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.data.pairs import Pair
from cercafoto.training.training_errors import InputError

SHARED = Path("/dev/shm")
PIECES = 4  # most pieces that a worker has ready
LOADERS = 2  # training's pieces stay ready while validation reads its own


@dataclass(frozen=True)
class ReadAhead:
    """How the workers of a process share a batch.

    piece: pairs that a worker hands over at once.
    pieces: how many of them each worker has ready.
    bytes: of shared memory that all these pieces fill.
    """

    workers: int
    piece: int
    pieces: int
    bytes: int


def planned(run: Run, side: int, batch: int, colour_bytes: int) -> ReadAhead:
    """Return how to read batches of `batch` pairs within the run's shared memory.

    side: of the square pictures, pixels.
    colour_bytes: of one colour of one pixel, as the workers hand it over: 1 or 4.
    Raises InputError if even single pairs do not fit, or if the run asks for more than is free.
    """
    workers = workers_of(run)
    if not workers:
        return ReadAhead(0, batch, 0, 0)
    pair = 3 * side * side * colour_bytes + 16 * run.towers.max_tokens
    piece, pieces, bound = -(-batch // workers), PIECES, _bound(run)
    while workers * pieces * piece * pair > bound:
        if pieces > 1:
            pieces //= 2
        elif piece > 1:
            piece //= 2
        else:
            raise InputError(
                f"data.workers={workers} needs {workers * pair / 1e6:.0f} MB of shared memory for "
                f"one pair each, and have {bound / 1e6:.0f}: set fewer, or give {SHARED} more "
                "(docker run --shm-size 8g)"
            )
    return ReadAhead(workers, piece, pieces, workers * pieces * piece * pair)


def planned_for(run: Run, preprocessing: Preprocessing, device: torch.device) -> ReadAhead:
    """Return how to read the training batches of a run. Raises InputError as `planned` does."""
    colour_bytes = 1 if run.distorts_on(device.type) else 4
    return planned(run, preprocessing.size, run.share(distributed.world()), colour_bytes)


def workers_of(run: Run) -> int:
    """Return how many processes decode for this device."""
    if run.data.workers >= 0:
        return run.data.workers
    return max(1, usable_cores() // _processes())


def told(ahead: ReadAhead) -> str:
    """Return a line about the memory that reading takes, for the person who starts the run."""
    if not ahead.workers:
        return "photos are decoded by the process that trains (data.workers=0)"
    return (
        f"{ahead.workers * _processes()} processes decode, {ahead.piece} pairs at a time and "
        f"{ahead.pieces} times ahead: {ahead.bytes * _processes() / 1e6:,.0f} MB of shared "
        "memory, and at most as much again while it validates"
    )


def _bound(run: Run) -> float:
    """Return the bytes of shared memory for one loader of this process."""
    asked = run.engine.shared_memory_mb * 1e6
    # On macOS and Windows no file system bounds shared memory.
    free = shutil.disk_usage(SHARED).free if SHARED.is_dir() else float("inf")
    if asked > free:
        raise InputError(
            f"engine.shared_memory_mb={run.engine.shared_memory_mb}: {SHARED} has "
            f"{free / 1e6:.0f} MB free. Set less, or give it more (docker run --shm-size 8g)"
        )
    return (asked or free / 2) / LOADERS / _processes()


def _processes() -> int:
    """Return how many processes train on this machine, as torchrun says."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


class _Pieces:
    """The places of each batch in pieces; `counts` says how many pieces each batch has."""

    def __init__(self, batches: Iterable[list[Place]], piece: int) -> None:
        self.batches, self.piece = batches, piece
        self.counts: deque[int] = deque()

    def __iter__(self) -> Iterator[list[Place]]:
        for places in self.batches:
            firsts = range(0, len(places), self.piece)
            self.counts.append(len(firsts))
            for first in firsts:
                yield places[first : first + self.piece]


def read(
    photos: PhotoPairs, batches: Iterable[list[Place]], tokenizer: Tokenizer, ahead: ReadAhead
) -> Iterator[Batch]:
    """Yield the batches of these places, in order, while the workers read the next ones."""
    pieces = _Pieces(batches, ahead.piece)
    loader: DataLoader[Batch] = DataLoader(
        photos,  # type: ignore[arg-type]  # torch's stubs forget that collating changes the type
        batch_sampler=pieces,
        collate_fn=Collate(tokenizer),
        num_workers=ahead.workers,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=ahead.pieces or None,
        worker_init_fn=_leave_signals_to_the_trainer,
        # Its own generator: otherwise each loader that is opened would move torch's global one.
        generator=torch.Generator().manual_seed(0),
    )
    if ahead.workers:
        _start_deaf_server()
    waiting: list[Batch] = []
    for part in loader:
        waiting.append(part)
        if len(waiting) == pieces.counts[0]:
            pieces.counts.popleft()
            broken = [name for one in waiting for name in one.broken]
            yield Batch([one.parts[0] for one in waiting], broken, part.pad_id)
            waiting = []


def training_batches(
    run: Run, model: DualEncoder, pairs: Sequence[Pair], steps: Steps, ahead: ReadAhead
) -> Iterator[Batch]:
    """Yield the batches that a run trains on at these steps."""
    view = view_of(run, model.image_tower.preprocessing, distributed.device())
    root, sample = Path(run.data.train).parent, run.data.sample_captions
    photos = PhotoPairs(pairs, root, view, run.seed, sample)
    yield from read(photos, steps, model.text_tower.tokenizer, ahead)


def _start_deaf_server() -> None:
    """Start the server from which workers are forked, if this Python uses one, so that the server
    and the workers do not get the signals that stop a run. A worker that has not yet reached
    `_leave_signals_to_the_trainer` would die of them too."""
    if multiprocessing.get_start_method() != "forkserver":
        return
    from multiprocessing import forkserver, resource_tracker

    # First: while this starts, older Pythons unblock both signals.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_signals_to_the_trainer(worker: int) -> None:
    """Ignore the signals that stop a run.

    Ctrl-C, `timeout` and service managers signal the whole group: a decoding process that died of
    it would take the current step along, before its checkpoint.
    """
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)
