"""Limit how many connections the page has, and how long it waits for each client.

A client that only connects, or sends its headers or its body a byte at a time, holds a file
descriptor as long as it likes. Without limits the server would run out of file descriptors and
answer nobody. Dropped connections are not logged.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection
from contextlib import suppress
from enum import Enum, auto

from uvicorn.protocols.http.h11_impl import H11Protocol

from cercafoto.web.hosts import ip_address_or_none

MOST = 256  # connections: a browser opens six
MOST_OF_ADDRESS = 64
BACKLOG = 128  # asyncio accepts so many in one turn, beyond MOST
FILES = 1024  # MOST, twice BACKLOG, and as many again for the archive and the decoders
MIN_RATE = 10_000  # bytes a second that a client must send of a body
PATIENCE = 5  # seconds after which a slow client's connection may be dropped for a new one


class Waiting(Enum):
    """What the server waits for: a request, its body, or the client taking an answer."""

    REQUEST = auto()
    BODY = auto()
    TAKING = auto()


# Longest waits in seconds. A body may take longer if it arrives at MIN_RATE.
LONGEST = {Waiting.REQUEST: 20, Waiting.BODY: 20, Waiting.TAKING: 60}


class BoundedConnection(H11Protocol):
    """A connection that is dropped if its client is too slow.

    If there are MOST connections, or MOST_OF_ADDRESS from one address, one of them is dropped to
    make room for a new one; the new one is dropped if all others are in use.

    unlimited: addresses that may have more than MOST_OF_ADDRESS connections, as this machine may.
    """

    unlimited: Collection[object] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._begin(Waiting.REQUEST)
        address = ip_address_or_none(self.client[0]) if self.client else None
        self._address = None
        if address is not None and not address.is_loopback and address not in self.unlimited:
            self._address = address
        others = [
            other
            for other in self.connections
            if isinstance(other, BoundedConnection)
            and other is not self
            and not other.transport.is_closing()
        ]
        same = [other for other in others if self._address and other._address == self._address]
        if len(same) >= MOST_OF_ADDRESS:
            self._replace_one_of(same)
        elif len(others) >= MOST:
            self._replace_one_of(others)
        if not transport.is_closing():
            self._timer = self.loop.call_later(1, self._look)

    def _replace_one_of(self, others: list[BoundedConnection]) -> None:
        """Drop the one of `others` that has been idle or slow longest; this one if none has."""
        idle = [other for other in others if other._makes_room()]
        min(idle, key=lambda other: other._since, default=self).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._begin(Waiting.REQUEST)
        super().on_response_complete()

    def _begin(self, waiting: Waiting | None) -> None:
        self._waiting, self._since, self._received = waiting, self.loop.time(), 0

    def _waits_for(self) -> Waiting | None:
        """Return what the server waits for; None if the client waits for the server."""
        if self.cycle is None or self.cycle.response_complete:
            return Waiting.TAKING if self.transport.get_write_buffer_size() else Waiting.REQUEST
        if self.flow.write_paused:
            return Waiting.TAKING
        return Waiting.BODY if self.cycle.more_body and not self.flow.read_paused else None

    def _waited(self) -> float:
        """Return how many seconds the server has been waiting for the client; 0 if it is not."""
        waiting = self._waits_for()
        if waiting is not self._waiting:
            self._begin(waiting)
        return self.loop.time() - self._since if waiting else 0

    def _is_slow(self, waited: float) -> bool:
        return self._waiting is not Waiting.BODY or self._received < waited * MIN_RATE

    def _makes_room(self) -> bool:
        waited = self._waited()
        is_idle = self.cycle is None or self.cycle.response_complete
        return is_idle or (waited > PATIENCE and self._is_slow(waited))

    def _look(self) -> None:
        """Drop the connection if its client takes too long; otherwise look again in a second."""
        waited = self._waited()
        if self._waiting and waited > LONGEST[self._waiting] and self._is_slow(waited):
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(1, self._look)


def connection_class(unlimited: Collection[object]) -> type[BoundedConnection]:
    """Return a subclass of BoundedConnection with these `unlimited` addresses, for uvicorn."""
    many = unlimited

    class Connection(BoundedConnection):
        unlimited = many

    return Connection


def allow_files() -> None:
    """Raise this process's limit of open files to FILES, as far as the system allows.

    A higher limit stays; the limit on macOS is usually lower.
    """
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
