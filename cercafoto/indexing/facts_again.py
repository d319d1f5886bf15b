"""Facts put together again, of what the catalogue has, after an update of cercafoto or of a folder.

No photo is opened, and those on a disk that is not connected take part.
"""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import Locate
from cercafoto.base.reporter import FACTS, Reporter

# Photos that an interruption costs: written in one transaction, some tenths of a second.
WRITE_EVERY = 1000


def put_facts_together(
    catalog: Catalog, locate: Locate, roots: Sequence[bytes], reporter: Reporter
) -> int:
    """Put together the facts of all photos for which an older version did; return how many."""
    stale = catalog.known.photos_to_recompute()
    for at in range(0, len(stale), WRITE_EVERY):
        with catalog.transaction():
            for photo_id in stale[at : at + WRITE_EVERY]:
                try:
                    catalog.intake.recompute_metadata(photo_id, locate, roots)
                except (ValueError, TypeError):  # no longer what was written
                    catalog.intake.read_again([photo_id])
        reporter.progress(FACTS, min(at + WRITE_EVERY, len(stale)), len(stale), "")
    if stale:
        catalog.refresh_statistics()
    return len(stale)
