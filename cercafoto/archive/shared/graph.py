"""Build pgvector's HNSW graph, which covers the vectors up to a certain content.

Vectors added later are not in the graph; searches compare all of them. So publishing does not have
to insert each vector into the graph, at a millisecond each. When too many vectors are outside, a
new graph is built beside the old one, which searches use until the new one is complete.
"""

from __future__ import annotations

from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.schema import graph_indexes, put
from cercafoto.base.italian_counts import thousands
from cercafoto.base.reporter import SILENT, Reporter

# How many vectors may be outside the graph, whichever is more: FEW, which are compared as fast as
# a graph is followed, or this share of the vectors in the graph.
FEW, SHARE = 20_000, 0.05
# pgvector's m and ef_construction: neighbours of each vector, candidates considered when it is
# added. With the default width of 64 a graph over clusters of 500 vectors finds 9.9 of the ten
# nearest however wide the search is; with 200 all, for 2.2 times the work of building it.
NEIGHBOURS, BUILD_WIDTH = 16, 200
# The server builds the graph in at most this much memory, or its `maintenance_work_mem` if that is
# more. The part that does not fit is built on the disk, slowly.
MOST_MEMORY_MB = 2048
_LOCK = 0x6368


def bring_up_to_date(db: Connection, reporter: Reporter = SILENT, few: int = FEW) -> bool:
    """Build a new graph if more vectors are outside the present one than `few` and than SHARE of
    those inside, unless another connection is building one. Return True if a graph was built. Call
    outside a transaction."""
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
        reporter.say(f"Preparo l'indice delle foto ({thousands(inside + beside)} foto).")
        _make(db, last, inside + beside, dimension)
    finally:
        if not db.closed:
            db.execute("SELECT pg_advisory_unlock(%s, 0)", [_LOCK])
    return True


def covered(db: Connection) -> int:
    """Return the id of the last content in the graph, 0 if there is no graph."""
    row = db.execute("SELECT value::bigint FROM meta WHERE key = 'graph'").fetchone()
    return int(row[0]) if row else 0


def _make(db: Connection, last: int, vectors: int, dimension: int) -> None:
    # Bytes that pgvector keeps for each: the vector, and its neighbours on every level.
    needed = vectors * (2 * dimension + 12 * 2 * NEIGHBOURS + 100) >> 20
    row = db.execute(
        "SELECT setting::bigint / 1024 FROM pg_settings WHERE name = 'maintenance_work_mem'"
    ).fetchone()
    allowed = int(row[0]) if row else 0
    memory = max(64, min(needed * 5 // 4, max(MOST_MEMORY_MB, allowed)))
    name = f"vectors_graph_{last}"
    old = graph_indexes(db)
    if name in old:  # an interrupted build
        db.execute(f"DROP INDEX {name}")
    db.execute(f"SET maintenance_work_mem = '{memory}MB'")
    # CONCURRENTLY: searches and other publishers continue during the build.
    db.execute(
        f"CREATE INDEX CONCURRENTLY {name} ON vectors USING hnsw (vector halfvec_ip_ops) "
        f"WITH (m = {NEIGHBOURS}, ef_construction = {BUILD_WIDTH}) WHERE content_id <= {last}"
    )
    db.execute("RESET maintenance_work_mem")
    put(db, "graph", str(last))
    for other in old:
        if other != name:
            db.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {other}")
