"""Connections to the page: how many there may be, and how long each is waited for.

A client that only connects, or sends its headers or its body a byte at a time, costs a file
descriptor for as long as it likes: the server would run out of them, and answer nobody. Nothing
is logged about a connection that is dropped.
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


MIN_RATE = 10_000  # bytes of a body a second
PATIENCE = 5  # seconds after which who sends or takes too slowly makes room for a newcomer


class Waiting(Enum):
    """What the server waits for."""

    REQUEST = auto()
    BODY = auto()
    TAKING = auto()  # of an answer


# Seconds. A body may take longer while it keeps MIN_RATE.
LONGEST = {Waiting.REQUEST: 20, Waiting.BODY: 20, Waiting.TAKING: 60}


class BoundedConnection(H11Protocol):
    """A connection that is dropped for a newcomer if there are too many, or if its client keeps
    the server waiting.

    many_from: addresses, besides those of this machine, that may have more than MOST_OF_ADDRESS.
    """

    many_from: Collection[object] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._begin(Waiting.REQUEST)
        address = ip_address_or_none(self.client[0]) if self.client else None
        self._address = None
        if address is not None and not address.is_loopback and address not in self.many_from:
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
        """Drop the one that has kept the server waiting longest; this one if there is none."""
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
        """Return what the client is to do, None if it is the server's turn."""
        if self.cycle is None or self.cycle.response_complete:
            return Waiting.TAKING if self.transport.get_write_buffer_size() else Waiting.REQUEST
        if self.flow.write_paused:
            return Waiting.TAKING
        return Waiting.BODY if self.cycle.more_body and not self.flow.read_paused else None

    def _waited(self) -> float:
        """Return the seconds that the client has kept the server waiting until now."""
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
        """Once a second: drop the connection if its client takes too long."""
        waited = self._waited()
        if self._waiting and waited > LONGEST[self._waiting] and self._is_slow(waited):
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(1, self._look)


def connection_class(many_from: Collection[object]) -> type[BoundedConnection]:
    """Make the class of a server's connections; see `BoundedConnection.many_from`."""
    many = many_from

    class Connection(BoundedConnection):
        many_from = many

    return Connection


def allow_files() -> None:
    """Raise the number of files that this process may have open to FILES where it is less, as on
    macOS, and as far as the system lets it."""
    if sys.platform == "win32":  # it counts none
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
