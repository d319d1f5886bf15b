"""pgvector's HNSW graph over the vectors, up to a content; those behind it are all looked at.

So publishing never waits for a graph to take in each vector, which costs a millisecond: it is made
anew when too many have come, beside the old one, which searches go through until then.
"""

from __future__ import annotations

from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.schema import graph_indexes, put
from cercafoto.base.reporter import SILENT, Reporter

# Fewer vectors are all looked at as fast. Beside a graph may lie as many, or a share of its own.
FEW, SHARE = 20_000, 0.05
# Neighbours of each, and candidates while it is made: pgvector's own.
NEIGHBOURS, BUILD_WIDTH = 16, 64
# Memory of the server to make it in, unless its `maintenance_work_mem` is more; where it does not
# suffice the rest goes over the disk.
MOST_MEMORY_MB = 2048
_LOCK = 0x6368


def bring_up_to_date(db: Connection, reporter: Reporter = SILENT, few: int = FEW) -> bool:
    """Make the graph anew where too many vectors lie beside it; tell whether it was made. Where
    another connection is making it, leave that to it. Call outside a transaction."""
    boundary = covered(db)
    row = db.execute(
        "SELECT count(*), max(content_id), (SELECT count(*) FROM vectors WHERE content_id <= %s), "
        "(SELECT value::int FROM meta WHERE key = 'dimension') "
        "FROM vectors WHERE content_id > %s",
        [boundary, boundary],
    ).fetchone()
    assert row is not None
    beside, last, inside, dimension = row
    if beside <= max(few, SHARE * inside):
        return False
    held = db.execute("SELECT pg_try_advisory_lock(%s, 0)", [_LOCK]).fetchone()
    if not (held and held[0]):
        return False
    try:
        reporter.say(f"Preparo l'indice delle foto ({inside + beside} foto).")
        _make(db, last, inside + beside, dimension)
    finally:
        if not db.closed:
            db.execute("SELECT pg_advisory_unlock(%s, 0)", [_LOCK])
    return True


def covered(db: Connection) -> int:
    """Return the last content that the graph has, 0 where there is no graph."""
    row = db.execute("SELECT value::bigint FROM meta WHERE key = 'graph'").fetchone()
    return int(row[0]) if row else 0


def _make(db: Connection, last: int, vectors: int, dimension: int) -> None:
    # What pgvector keeps of each: the vector, and its neighbours on every level.
    needed = vectors * (2 * dimension + 12 * 2 * NEIGHBOURS + 100) >> 20
    row = db.execute(
        "SELECT setting::bigint / 1024 FROM pg_settings WHERE name = 'maintenance_work_mem'"
    ).fetchone()
    given = int(row[0]) if row else 0
    memory = max(64, min(needed * 5 // 4, max(MOST_MEMORY_MB, given)))
    name = f"vectors_graph_{last}"
    old = graph_indexes(db)
    if name in old:  # begun, and broken off
        db.execute(f"DROP INDEX {name}")
    db.execute(f"SET maintenance_work_mem = '{memory}MB'")
    # Searches and other publishers go on meanwhile.
    db.execute(
        f"CREATE INDEX CONCURRENTLY {name} ON vectors USING hnsw (vector halfvec_ip_ops) "
        f"WITH (m = {NEIGHBOURS}, ef_construction = {BUILD_WIDTH}) WHERE content_id <= {last}"
    )
    db.execute("RESET maintenance_work_mem")
    put(db, "graph", str(last))
    for other in old:
        if other != name:
            db.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {other}")
