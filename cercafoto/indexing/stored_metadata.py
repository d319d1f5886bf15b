"""Recompute metadata from what the catalogue stores, for photos that an older version indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.reporter import FACTS, SILENT, Reporter
from cercafoto.places.gazetteer import Gazetteer

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import LocalArchive

# Photos whose metadata are recomputed in one transaction, which takes some tenths of a second.
RECOMPUTED_AT_ONCE = 1000


def is_up_to_date(archive: LocalArchive) -> bool:
    """Whether no photo has metadata that an older version wrote. Raises ArchiveError."""
    with archive.catalog() as catalog:
        return not catalog.known.photos_to_recompute()


def bring_up_to_date(archive: LocalArchive, reporter: Reporter = SILENT) -> None:
    """Recompute the metadata that an older version wrote. Call it before anybody else sees the
    archive: an older version took names of people for keywords.

    Raises ArchiveError, DiskFullError; ArchiveBusyError only if there is something to do.
    """
    if not is_up_to_date(archive):
        with archive.writing() as writer:
            recompute_metadata(writer, reporter)


def recompute_metadata(catalog: Catalog, reporter: Reporter) -> int:
    """Recompute the metadata of photos indexed by an older version, also of photos on disconnected
    disks; return their number. Call with the archive's lock held."""
    locate, roots = Gazetteer().locate, catalog.folders.roots()
    stale = catalog.known.photos_to_recompute()
    for start in range(0, len(stale), RECOMPUTED_AT_ONCE):
        with catalog.transaction():
            for photo_id in stale[start : start + RECOMPUTED_AT_ONCE]:
                try:
                    catalog.intake.recompute_metadata(photo_id, locate, roots)
                except (ValueError, TypeError):  # the stored metadata is damaged
                    catalog.intake.read_again([photo_id])
        reporter.progress(FACTS, min(start + RECOMPUTED_AT_ONCE, len(stale)), len(stale), "")
    if stale:
        catalog.refresh_statistics()
    return len(stale)
