"""Take over into the archive what sidecars say, without waiting for the next `index`."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.archive.local_archive import ArchiveWriter
from cercafoto.photos.beside import read_beside
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import FoundFile
from cercafoto.photos.scan import sidecar_of
from cercafoto.places.gazetteer import Gazetteer


def read_sidecars(
    catalog: ArchiveWriter, sidecars: Iterable[bytes], folders: PhotoFolders | None = None
) -> None:
    """Write the metadata of the photos to which these sidecars belong again. A sidecar that is gone
    says nothing any more. Call inside a transaction.

    folders: open the sidecars; None for the archive's.

    Raises ArchiveError.
    """
    folders = folders or PhotoFolders.fixed(catalog.folders.indexed_folders())
    locate, roots = Gazetteer().locate, catalog.folders.roots()
    for sidecar in sidecars:
        for photo_id, path in catalog.known.beside(sidecar):
            file = FoundFile(path, 0, 0, sidecar_of(path))
            catalog.intake.write_facts(photo_id, file, read_beside(file, folders), locate, roots)
