"""Keep two runs out of one folder: each holds a lock that ends with its process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cercafoto.training.clip_italian import distributed
from cercafoto.training.training_errors import InputError


@contextmanager
def one_run(lock_file: Path, waits: bool = False) -> Iterator[None]:
    """Hold a lock for the block, in the first process of a run.

    waits: whether to wait for another run that holds it. If not, InputError is raised.
    On a file system without locks nothing is held.
    """
    if distributed.rank():
        yield
        return
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        if not waits:
            raise InputError(
                f"{lock_file.parent.absolute()}: another process works in this folder; let it end, "
                "or choose another folder"
            ) from error
        print(f"waiting for another run, which holds {lock_file}", file=sys.stderr)
        lock.acquire()
    except (NotImplementedError, OSError):
        pass
    try:
        yield
    finally:
        lock.release()
