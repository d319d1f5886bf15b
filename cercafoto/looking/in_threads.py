"""Work on many items side by side, and hand out results as they come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_threads(
    work: Callable[[T], R], items: Iterable[T], number: int, ahead: int, name: str
) -> Generator[list[tuple[T, Future[R]]], None, None]:
    """Yield the items whose work has ended, each with its future, as soon as there are any.

    Items are begun in their order. Closing the generator begins no more, and waits for nothing:
    what the threads are waiting for must end by itself, or with the with block around.

    number: how many threads.
    ahead: how many items may wait for a free thread.
    name: of the threads.
    """
    pool = ThreadPoolExecutor(number, thread_name_prefix=name)
    pending: dict[Future[R], T] = {}

    def ended() -> list[tuple[T, Future[R]]]:
        done = wait(pending, return_when=FIRST_COMPLETED).done
        return [(pending.pop(future), future) for future in [*pending] if future in done]

    try:
        for item in items:
            pending[pool.submit(work, item)] = item
            if len(pending) >= number + ahead:
                yield ended()
        while pending:
            yield ended()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
