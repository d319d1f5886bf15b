"""Recompute metadata from what the catalogue stores, after an update of cercafoto or of a folder.

No photo is opened, so photos on disconnected disks are updated too.
"""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import Locate
from cercafoto.base.reporter import FACTS, Reporter

# Photos in one transaction, which takes some tenths of a second; an interruption loses one.
WRITE_EVERY = 1000


def recompute_metadata(
    catalog: Catalog, locate: Locate, roots: Sequence[bytes], reporter: Reporter
) -> int:
    """Recompute the metadata of photos indexed by an older version; return their number.

    If the stored metadata of a photo is damaged, the next `index` reads the photo again.

    locate: finds the place of coordinates.
    roots: the indexed folders.
    """
    stale = catalog.known.photos_to_recompute()
    for at in range(0, len(stale), WRITE_EVERY):
        with catalog.transaction():
            for photo_id in stale[at : at + WRITE_EVERY]:
                try:
                    catalog.intake.recompute_metadata(photo_id, locate, roots)
                except (ValueError, TypeError):  # the stored metadata is damaged
                    catalog.intake.read_again([photo_id])
        reporter.progress(FACTS, min(at + WRITE_EVERY, len(stale)), len(stale), "")
    if stale:
        catalog.refresh_statistics()
    return len(stale)
