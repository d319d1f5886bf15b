"""Keep the connections of a process to a shared archive: only one, or a pool for several
threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cercafoto.archive.shared import schema
from cercafoto.archive.shared.connection import KEEP_ALIVE, Connection, configure, connect
from cercafoto.archive.shared.server_errors import translated

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

# Size of the pool; how long a query waits for a free connection until the server is asked whether
# it is still there, and how often.
MOST_CONNECTIONS, WAIT_SECONDS, WAITS = 8, 5.0, 12


class OneConnection:
    """The only connection of a short-lived process, opened at its first use. Threads take turns."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection: Connection | None = None
        self._one_at_a_time = threading.RLock()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextmanager
    def taken(self) -> Iterator[Connection]:
        """Lend the connection to the block. Raises ArchiveError."""
        with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self.address)
                with translated(self.address):
                    schema.expect(self._connection, self.address)
            yield self._connection


class Pool:
    """The connections of a long-lived process with several threads, opened as needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    @contextmanager
    def taken(self) -> Iterator[Connection]:
        """Lend a connection of the pool to the block. Raises ArchiveError."""
        with translated(self.address):
            pool = self._opened()
            db = self._free(pool)
        try:
            yield db
        finally:
            pool.putconn(db)

    def _free(self, pool: ConnectionPool[Connection]) -> Connection:
        """Return a connection that nobody uses. Raises ArchiveError if the server is gone;
        psycopg's error if all connections stay in use."""
        from psycopg_pool import PoolTimeout

        for _ in range(WAITS - 1):
            with suppress(PoolTimeout):
                return pool.getconn()
            connect(self.address).close()
        return pool.getconn()

    def _opened(self) -> ConnectionPool[Connection]:
        from psycopg_pool import ConnectionPool

        with self._opening:
            if self._pool is None:
                # This connection fails at once if something is wrong; a pool would keep trying.
                with connect(self.address) as db:
                    schema.expect(db, self.address)
                self._pool = ConnectionPool(
                    self.address,
                    kwargs={"autocommit": True, **KEEP_ALIVE},
                    min_size=1,
                    max_size=MOST_CONNECTIONS,
                    configure=configure,
                    # So that after a restart of the server the next query works.
                    check=ConnectionPool.check_connection,
                    timeout=WAIT_SECONDS,
                    reconnect_timeout=WAIT_SECONDS,
                    open=True,
                )
            return self._pool
