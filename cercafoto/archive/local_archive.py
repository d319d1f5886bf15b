"""The archive on this machine: its catalogue, its vector files, its lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

from cercafoto.archive.archive import Archive, Rows
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.embeddings.resident import ExactSearch, GraphSearch, KeptVectors
from cercafoto.archive.local.face_people import FacePeople
from cercafoto.archive.local.own_files import refuse_links
from cercafoto.base.paths import absolute
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.base.seals import Seals

if TYPE_CHECKING:
    from cercafoto.archive.local.embeddings.embeddings import LocalEmbeddings
    from cercafoto.archive.local.own_folders import OwnFolders
    from cercafoto.results.status import Status
    from cercafoto.settings import Settings

# Types of what a `LocalArchive` gives, for rooms that must not import `archive.local`.
ArchiveWriter: TypeAlias = Catalog
FolderOwnership: TypeAlias = "OwnFolders"


class LocalArchive(Archive):
    """An archive on this machine.

    resident, graph: see `open_archive`. In a resident process each thread keeps its connection
    open.
    """

    at_once = 32

    def __init__(self, settings: Settings, *, resident: bool = False, graph: bool = True) -> None:
        super().__init__(settings, resident)
        self._has_graph = graph
        self._stays_open = resident
        self._of_thread = threading.local()
        self.kept_vectors = KeptVectors(
            settings.vectors, GraphSearch(graph) if resident else ExactSearch()
        )
        self.seals = Seals(settings.archive, settings.configuration)
        self._checked: tuple[int, ...] = ()  # stamp at which `renew` last compared the model

    def __enter__(self) -> Self:
        self._stays_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self._stays_open = False
        catalog: Catalog | None = self._of_thread.__dict__.pop("catalog", None)
        if catalog is not None:
            catalog.close()

    # -- reading -------------------------------------------------------------------------------

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Open the catalogue for reading within the block, and yield it; nested blocks share it.
        Raises ArchiveError."""
        opened: Catalog | None = getattr(self._of_thread, "catalog", None)
        if opened is not None and not opened.is_replaced:
            yield opened
            return
        refuse_links(self.settings.archive)
        catalog = self._of_thread.catalog = Catalog.open(self.settings.catalog)
        catalog.people.faces = FacePeople(self.settings.faces, catalog, catalog.photos)
        try:
            yield catalog
        finally:
            if not self._stays_open:
                self._of_thread.catalog = opened
                catalog.close()

    @contextmanager
    def reading(self) -> Iterator[Self]:
        with self.catalog():
            yield self

    @property
    def _rows(self) -> Catalog:
        catalog: Catalog | None = getattr(self._of_thread, "catalog", None)
        if catalog is None:
            raise RuntimeError("the archive is read within a block of `reading`")
        return catalog

    @property
    def embeddings(self) -> LocalEmbeddings:
        from cercafoto.archive.local.embeddings.embeddings import LocalEmbeddings

        return LocalEmbeddings(self.kept_vectors, self._rows)

    # -- writing -------------------------------------------------------------------------------

    def lock(self, wait: bool = False, reporter: Reporter = SILENT) -> AbstractContextManager[None]:
        """Hold the archive's lock within the block, so that no other run writes to the archive.

        wait: whether to wait for the lock; if not, a held lock raises ArchiveBusyError.
        reporter: told if it takes long.

        Raises ArchiveError if the archive's folder cannot be written to.
        """
        from cercafoto.archive.local.lock import archive_lock

        return archive_lock(self.settings.archive, wait, self.settings.command, reporter.say)

    @contextmanager
    def writing(self, wait: bool = False, reporter: Reporter = SILENT) -> Iterator[ArchiveWriter]:
        """Hold the lock, open the catalogue for writing and yield it; a missing catalogue is made.
        wait, reporter: see `lock`.

        Raises ArchiveBusyError, ArchiveError, DiskFullError.
        """
        with self.lock(wait, reporter), Catalog.create(self.settings.catalog) as catalog:
            yield catalog

    @contextmanager
    def labelling(self, lock: bool = True) -> Iterator[Rows]:
        held = self.lock() if lock else nullcontext()
        with held, Catalog.create(self.settings.catalog) as catalog, catalog.transaction():
            yield catalog

    def own_folders(self, catalog: ArchiveWriter, confirmed: bool) -> FolderOwnership:
        """Return the folders that are the person's own, to ask before anything is written or moved
        in one. confirmed: whether the person confirmed the others."""
        from cercafoto.archive.local.own_folders import OwnFolders

        return OwnFolders(catalog, self.seals, confirmed)

    # -- the archive itself --------------------------------------------------------------------

    def local(self) -> LocalArchive:
        return self

    def status(self) -> Status:
        from cercafoto.archive.local.status_counts import status

        with self.catalog() as catalog:
            return status(self.settings, catalog)

    def stamp(self) -> tuple[int, ...]:
        path = self.settings.catalog
        files = [path, path.with_name(f"{path.name}-wal"), self.settings.faces]
        # Empty logs are left out: readers make and delete them.
        states = [state for file in files if file.exists() and (state := file.stat()).st_size]
        return tuple(number for state in states for number in (state.st_mtime_ns, state.st_size))

    def renew(self) -> LocalArchive:
        stamp = self.stamp()
        if stamp != self._checked:
            with self.catalog() as catalog:
                active = catalog.models.active_model
                fingerprint = catalog.models.model(active)[0] if active is not None else None
                if self.encoder.fingerprint != fingerprint:
                    return LocalArchive(
                        self.settings, resident=self._is_resident, graph=self._has_graph
                    )
                self._checked = stamp
        return self

    def path_of(self, path: Path) -> bytes:
        return absolute(path)

    def indexed_folders(self) -> dict[bytes, bool]:
        with self.catalog() as catalog:
            return catalog.folders.indexed_folders()

    def small_copy(self, digest: bytes) -> bytes | None:
        return None
