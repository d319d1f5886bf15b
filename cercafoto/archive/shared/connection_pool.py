"""How a process keeps its connections to a shared archive: one of its own, or several in a pool."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cercafoto.archive.shared import schema
from cercafoto.archive.shared.connection import KEEP_ALIVE, Connection, configure, connect
from cercafoto.archive.shared.server_errors import translated

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

# Connections of a process that stays up, and the longest that a question waits for one.
MOST_CONNECTIONS, WAIT_SECONDS = 8, 5.0


class OneConnection:
    """The connection of a process that asks a few things and ends, opened when it is needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection: Connection | None = None
        self._one_at_a_time = threading.RLock()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def taken(self) -> Iterator[Connection]:
        """Take the connection, and hand it back. Raises ArchiveError."""
        with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self.address)
                with translated(self.address):
                    schema.expect(self._connection, self.address)
            yield self._connection


class Pool:
    """The connections of a process that stays up, and asks from several threads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    @contextmanager
    def taken(self) -> Iterator[Connection]:
        """Take a connection, and hand it back. Raises ArchiveError."""
        with translated(self.address):
            pool = self._opened()
            db = pool.getconn()
        try:
            yield db
        finally:
            pool.putconn(db)

    def _opened(self) -> ConnectionPool[Connection]:
        from psycopg_pool import ConnectionPool

        with self._opening:
            if self._pool is None:
                # The first says at once what is wrong; a pool only waits for it to pass.
                with connect(self.address) as db:
                    schema.expect(db, self.address)
                self._pool = ConnectionPool(
                    self.address,
                    kwargs={"autocommit": True, **KEEP_ALIVE},
                    min_size=1,
                    max_size=MOST_CONNECTIONS,
                    configure=configure,
                    # A server that was started again is found by the next question.
                    check=ConnectionPool.check_connection,
                    timeout=WAIT_SECONDS,
                    reconnect_timeout=WAIT_SECONDS,
                    open=True,
                )
            return self._pool
