"""Requests are answered a few at a time, in the order in which they came.

More questions at once than there are cores make each other slower, and some of them much slower:
they change places at the interpreter's lock, and whoever came first may end last. Copies of photos
wait for a decoder: they have queues of their own, so that nobody else waits with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cercafoto.errors import CercafotoError

MOST_WAITING = 200  # a page of tiles asks for 40 pictures
LONGEST_WAIT = 60  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class BusyError(CercafotoError):
    """There is too much to do already."""

    def __init__(self) -> None:
        super().__init__("In questo momento ci sono troppe richieste.", "Riprova tra poco.")


class FairQueue:
    """most: requests at once, in threads of their own. For one event loop."""

    def __init__(
        self, most: int, most_waiting: int = MOST_WAITING, longest_wait: float = LONGEST_WAIT
    ) -> None:
        self._free, self._threads = asyncio.Semaphore(most), CapacityLimiter(most)
        self._most_waiting, self._longest_wait = most_waiting, longest_wait
        self._waiting = 0

    async def run(
        self, request: Request, function: Callable[P, T], *given: P.args, **named: P.kwargs
    ) -> T:
        """Call a function in a thread when the turn of a request has come. The body of the request
        must have been read.

        Raises BusyError where the turn does not come in time or too many wait, ClientDisconnect
        where the client has gone meanwhile, and what the function raises.
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
        """Make a function that answers a request when its turn has come. first: awaited before
        the turn is taken."""

        async def endpoint(request: Request) -> Response:
            if first is not None:
                await first(request)
            return await self.run(request, answer, request)

        return endpoint
