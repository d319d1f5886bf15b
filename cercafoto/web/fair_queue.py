"""Questions are answered a few at a time, in the order in which they came.

More at once than there are cores make each other slower, and some of them much slower: they change
places at the interpreter's lock, and whoever came first may end last. Pictures do not take turns:
they mostly wait for a decoder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response


class FairQueue:
    """most: questions at once. For one event loop."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    def __call__(
        self, answer: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Make a function that answers a request, run in a thread when its turn has come."""

        async def endpoint(request: Request) -> Response:
            async with self._free:
                return await run_in_threadpool(answer, request)

        return endpoint
