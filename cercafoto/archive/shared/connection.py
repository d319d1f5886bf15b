"""Open and configure connections to the server of a shared archive."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from cercafoto.archive.shared.schema import SCHEMA
from cercafoto.archive.shared.server_errors import translated

CONNECT_SECONDS = 10
# Settings of each connection. work_mem: for sorting candidates, and for what pgvector remembers of
# a filtered search. ef_search: as many as a search asks for (`run.IN_ORDER`); if filters leave too
# few, pgvector goes on from there. random_page_cost: for an SSD.
SETTINGS = {
    "search_path": f"{SCHEMA}, public",
    "work_mem": "'64MB'",
    "random_page_cost": "1.1",
    "hnsw.ef_search": "500",
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "100000",
}

Connection = psycopg.Connection[tuple[Any, ...]]

# With these a dead server is noticed within a minute.
KEEP_ALIVE = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "cercafoto",
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


def configure(connection: Connection) -> None:
    """Apply SETTINGS to a connection, and turn prepared statements off: one plan would not fit all
    queries, since filters differ in how many photos they leave."""
    connection.prepare_threshold = None
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute("; ".join(f"SET {name} = {value}" for name, value in SETTINGS.items()))
    connection.autocommit = autocommit


def connect(address: str) -> Connection:
    """Return a new connection to the server, with SETTINGS. Raises ArchiveError."""
    with translated(address):
        connection = psycopg.connect(address, autocommit=True, **KEEP_ALIVE)  # type: ignore[arg-type]
        configure(connection)
        return connection


class HalfVector:
    """A vector as the local catalogue stores it: float16, little-endian."""

    def __init__(self, stored: bytes) -> None:
        self.stored = stored


def teach_half_vectors(connection: Connection) -> None:
    """Let a connection send `HalfVector` values as pgvector's `halfvec`. Raises psycopg's
    UndefinedObject if the database lacks this type."""
    kind = TypeInfo.fetch(connection, "halfvec")
    if kind is None:
        raise psycopg.errors.UndefinedObject("there is no type halfvec")
    kind.register(connection)
    number = kind.oid

    class HalfVectorDumper(Dumper):
        """Dump pgvector's format: the number of dimensions in two bytes, two unused bytes,
        big-endian float16."""

        format = Format.BINARY
        oid = number

        def dump(self, obj: HalfVector) -> bytes:
            swapped = bytearray(len(obj.stored))
            swapped[0::2], swapped[1::2] = obj.stored[1::2], obj.stored[0::2]
            return (len(obj.stored) // 2).to_bytes(2, "big") + b"\0\0" + bytes(swapped)

    connection.adapters.register_dumper(HalfVector, HalfVectorDumper)
