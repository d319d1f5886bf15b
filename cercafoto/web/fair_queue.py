"""Answer requests a few at a time, in the order in which they arrive.

If more questions than cores are answered at a time, they slow each other down, some very much: they
compete for the interpreter's lock, and the first may end last. Requests for copies of photos wait
for decoders; such requests have queues of their own, so that nothing else waits with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cercafoto.errors import CercafotoError

MOST_WAITING = 200  # requests; a page of tiles asks for 40 pictures
LONGEST_WAIT = 60  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class BusyError(CercafotoError):
    """The server has too many requests."""

    def __init__(self) -> None:
        super().__init__("In questo momento ci sono troppe richieste.", "Riprova tra poco.")


class FairQueue:
    """A queue for one event loop, which answers requests in threads.

    most: how many requests are answered at a time.
    most_waiting: how many requests may wait.
    longest_wait: how many seconds a request may wait.
    """

    def __init__(
        self, most: int, most_waiting: int = MOST_WAITING, longest_wait: float = LONGEST_WAIT
    ) -> None:
        self._free, self._threads = asyncio.Semaphore(most), CapacityLimiter(most)
        self._most_waiting, self._longest_wait = most_waiting, longest_wait
        self._waiting = 0

    async def run(
        self, request: Request, function: Callable[P, T], *given: P.args, **named: P.kwargs
    ) -> T:
        """Wait for the request's turn, call `function` in a thread, and return its result.

        The body of the request must have been read before.

        given, named: arguments of `function`.
        Raises BusyError if too many requests wait or the turn does not come in time;
        ClientDisconnect if the client is gone when the turn comes; whatever `function` raises.
        """
        if self._waiting >= self._most_waiting:
            raise BusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._free.acquire()
        except TimeoutError:
            raise BusyError from None
        finally:
            self._waiting -= 1
        try:
            if await request.is_disconnected():
                raise ClientDisconnect
            return await to_thread.run_sync(
                lambda: function(*given, **named), limiter=self._threads
            )
        finally:
            self._free.release()

    def __call__(
        self,
        answer: Callable[[Request], Response],
        first: Callable[[Request], Awaitable[object]] | None = None,
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that calls `answer` in a thread when the request's turn has come.

        first: called with the request and awaited before the request joins the queue.
        """

        async def endpoint(request: Request) -> Response:
            if first is not None:
                await first(request)
            return await self.run(request, answer, request)

        return endpoint
