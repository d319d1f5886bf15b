"""Keep two runs out of one folder: each holds a lock that ends with its process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cercafoto.training.clip_italian import distributed
from cercafoto.training.training_errors import InputError

LOOK = 30.0  # seconds between two looks at a lock; the other processes of the run wait so long


@contextmanager
def one_run(lock_file: Path, waits: bool = False) -> Iterator[None]:
    """Hold a lock for the block, in the first process of a run.

    waits: whether to wait for another run that holds it, with all processes of this run. If not,
        InputError is raised.
    On a file system without locks nothing is held.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        if waits:
            is_told = distributed.rank() > 0
            while not distributed.everywhere(_is_held(lock, LOOK))[0]:
                if not is_told:
                    print(f"waiting for another run, which holds {lock_file}", file=sys.stderr)
                is_told = True
        elif not _is_held(lock, 0):
            raise InputError(
                f"{lock_file.parent.absolute()}: another process works in this folder; let it end, "
                "or choose another folder"
            )
        yield
    finally:
        lock.release()


def _is_held(lock: FileLock, seconds: float) -> bool:
    """Whether this process, if it is the first, holds the lock after so many seconds at most."""
    if distributed.rank() == 0:
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            return False
        except (NotImplementedError, OSError):
            pass
    return True
