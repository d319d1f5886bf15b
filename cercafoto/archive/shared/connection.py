"""Connections to the server of a shared archive."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

from cercafoto.archive.shared.schema import SCHEMA
from cercafoto.archive.shared.server_errors import translated

CONNECT_SECONDS = 10
# Of a connection. Memory: what sorts candidates, and what pgvector remembers of a filtered search.
# The graph is followed with as many candidates in view as a search wants (`run.IN_ORDER`), and on
# from there until enough of them fulfil the filters; disks without a needle to move.
SETTINGS = {
    "search_path": f"{SCHEMA}, public",
    "work_mem": "'64MB'",
    "random_page_cost": "1.1",
    "hnsw.ef_search": "500",
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": "100000",
}

Connection = psycopg.Connection[tuple[Any, ...]]

# A server that is gone is noticed within a minute.
KEEP_ALIVE = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "cercafoto",
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


def configure(connection: Connection) -> None:
    """Make a connection ready: names without their schema, no plan kept from one question to the
    next, since filters differ in how much they leave."""
    connection.prepare_threshold = None
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute("; ".join(f"SET {name} = {value}" for name, value in SETTINGS.items()))
    connection.autocommit = autocommit


def connect(address: str) -> Connection:
    """Open a connection of one's own. Raises ArchiveError."""
    with translated(address):
        connection = psycopg.connect(address, autocommit=True, **KEEP_ALIVE)  # type: ignore[arg-type]
        configure(connection)
        return connection


class HalfVector:
    """A vector as it is stored in the catalogue: float16, little-endian."""

    def __init__(self, stored: bytes) -> None:
        self.stored = stored


def teach_half_vectors(connection: Connection) -> None:
    """Let a connection send HalfVector as pgvector's `halfvec`."""
    kind = TypeInfo.fetch(connection, "halfvec")
    if kind is None:
        raise psycopg.errors.UndefinedObject("there is no type halfvec")
    kind.register(connection)
    number = kind.oid

    class HalfVectorDumper(Dumper):
        """Number of dimensions, two bytes that are not used, the numbers in big-endian order."""

        format = Format.BINARY
        oid = number

        def dump(self, obj: HalfVector) -> bytes:
            swapped = bytearray(len(obj.stored))
            swapped[0::2], swapped[1::2] = obj.stored[1::2], obj.stored[0::2]
            return (len(obj.stored) // 2).to_bytes(2, "big") + b"\0\0" + bytes(swapped)

    connection.adapters.register_dumper(HalfVector, HalfVectorDumper)
