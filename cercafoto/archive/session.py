"""Session: all that a process keeps loaded of an archive: catalogue, model, encoder, vectors; and
its lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.database import damaged_rows
from cercafoto.archive.local.embeddings.state import read_state
from cercafoto.base.paths import absolute, printable
from cercafoto.errors import ArchiveError, FolderNotFoundError, UsageError
from cercafoto.models.folder import ModelFolder
from cercafoto.models.registry import AUTO, Registry, model_gone, unknown
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # What searches: a run of `index` that finds nothing new does without, and starts sooner.
    from cercafoto.archive.local.embeddings.store import VectorStore
    from cercafoto.archive.store import LabelStore, Pictures, Store
    from cercafoto.base.arrays import Floats, Ints
    from cercafoto.models.encode.encoder import Encoder

T = TypeVar("T")

# Below the first, an exact pass is as fast as the graph and needs no building. Beyond the second a
# graph takes more than a gigabyte, of memory and of the disk, and ten minutes to make, where the
# pass takes 0.07 s over 1,000,000.
GRAPH_FROM, GRAPH_UP_TO = 20_000, 500_000


class Session:
    """An archive in a process that asks a few things and ends.

    Nothing is opened or loaded before it is needed. Within a with block the catalogue, once it is
    opened, stays so until the end of the block.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stays_open = False
        self._of_thread = threading.local()
        self._vectors: VectorStore | None = None
        self._loading = threading.Lock()

    def __enter__(self) -> Self:
        self._stays_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self._stays_open = False
        catalog: Catalog | None = self._of_thread.__dict__.pop("catalog", None)
        if catalog is not None:
            catalog.close()

    # -- catalogue -----------------------------------------------------------------------------

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Open the catalogue for reading, or share the one that a block around this one opened.

        Raises ArchiveError.
        """
        opened: Catalog | None = getattr(self._of_thread, "catalog", None)
        if opened is not None and not opened.is_replaced:
            yield opened
            return
        catalog = self._of_thread.catalog = Catalog.open(self.settings.catalog)
        try:
            yield catalog
        finally:
            if not self._stays_open:
                self._of_thread.catalog = opened
                catalog.close()

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Open the archive for whatever a question asks of it. Raises ArchiveError."""
        with self.catalog() as catalog:
            yield catalog

    @contextmanager
    def labelling(self, lock: bool = True) -> Iterator[LabelStore]:
        """Open the archive to write labels, all of the block or none; lock: while no other run
        writes. Raises ArchiveBusyError, ArchiveError, DiskFullError."""
        held = self.lock() if lock else nullcontext()
        with held, Catalog.create(self.settings.catalog) as catalog, catalog.transaction():
            yield catalog

    def lock(self, wait: bool = False) -> AbstractContextManager[None]:
        """Let no other run write to the archive meanwhile. Raises ArchiveBusyError."""
        from cercafoto.archive.local.lock import archive_lock

        return archive_lock(self.settings.archive, wait)

    @contextmanager
    def writing(self, wait: bool = False) -> Iterator[Catalog]:
        """Hold the lock and open the catalogue for writing, made where there is none.

        Raises ArchiveBusyError, ArchiveError, DiskFullError.
        """
        with self.lock(wait), Catalog.create(self.settings.catalog) as catalog:
            yield catalog

    def stamp(self) -> tuple[int, ...]:
        """Return another value whenever anything was written to the catalogue."""
        path = self.settings.catalog
        files = [path, path.with_name(f"{path.name}-wal")]
        # An empty log comes and goes with whoever reads.
        states = [state for file in files if file.exists() and (state := file.stat()).st_size]
        return tuple(number for state in states for number in (state.st_mtime_ns, state.st_size))

    def active_model(self, catalog: Store) -> tuple[int, int]:
        """Return (id, dimension) of the model in use. Raises ArchiveError where there is none."""
        active = catalog.active_model
        if active is None:
            raise ArchiveError(
                f"L'archivio in {self.settings.archive} è ancora vuoto.",
                "Indicizza prima le tue foto: cercafoto index CARTELLA",
            )
        return active, catalog.model(active)[2]

    def expect_local(self) -> None:
        """Refuse what only an archive on this machine has, where this one is shared. Raises
        UsageError."""

    def path_of(self, path: Path) -> bytes:
        """Return what the archive calls a path that a person named."""
        return absolute(path)

    def known_folders(self, catalog: Store, folders: Sequence[Path]) -> list[bytes]:
        """Return absolute paths. Raises UsageError for a folder without any photo,
        FolderNotFoundError for one that is not there."""
        paths = [self.path_of(folder) for folder in folders]
        for path in paths:
            if not catalog.knows(path):
                if self.settings.shared is None and not os.path.lexists(path):
                    raise FolderNotFoundError(
                        f"La cartella {printable(path)} non esiste.",
                        "Controlla il nome; se è su un disco esterno, collegalo.",
                    )
                raise UsageError(
                    f"Nell'archivio non c'è nessuna foto in {printable(path)}.",
                    f"Per aggiungerla: cercafoto index {printable(path)}",
                )
        return paths

    def indexed_folders(self) -> dict[bytes, bool]:
        """Return the folders of this machine beneath which the archive's photos lie, and whether
        links beneath each are followed. Raises ArchiveError."""
        with self.catalog() as catalog:
            return catalog.indexed_folders()

    def small_copy(self, digest: bytes) -> bytes | None:
        """Look up the small copy of a content that the archive has beside the files: a local one
        has none."""
        return None

    # -- model ---------------------------------------------------------------------------------

    @cached_property
    def model(self) -> ModelFolder:
        """The model that the archive was made with. Raises ArchiveError, ModelError."""
        with self.reading() as catalog:
            model_id, _ = self.active_model(catalog)
            fingerprint, name, _ = catalog.model(model_id)
        folder = Registry(self.settings).find_by_fingerprint(fingerprint)
        if folder is None:
            raise model_gone(name)
        return folder

    @cached_property
    def encoder(self) -> Encoder:
        """The towers of `model`."""
        from cercafoto.models.encode.encoder import Encoder

        return Encoder(self.model)

    def expect_model(self, any_model: bool = False) -> None:
        """Refuse to go on where a model was asked for that is not the archive's, if there is an
        archive; any_model: it may be another one.

        Raises UnknownModelError for a model that there is not, UsageError for another one.
        """
        name = self.settings.model
        if name == AUTO:
            return
        if Registry(self.settings).find(name) is None:
            raise unknown(name)
        if any_model:
            return
        with suppress(ArchiveError), self.reading() as catalog:
            _, current, _ = catalog.model(self.active_model(catalog)[0])
            if current != name:
                raise UsageError(
                    f"L'archivio è fatto con il modello «{current}», non con «{name}».",
                    f"Per passare a quello: cercafoto index --modello {name}\n"
                    "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_MODELLO.",
                )

    def encoder_without_archive(self) -> Encoder:
        """Open the model asked for; else the archive's, where there is one; else the one that an
        archive would be made with. Nothing is downloaded."""
        from cercafoto.models.choice import preferred
        from cercafoto.models.encode.encoder import Encoder

        if self.settings.model == AUTO:
            with suppress(ArchiveError):  # there is none yet, or it is empty
                return self.encoder
        name = preferred(self.settings)
        folder = Registry(self.settings).find(name)
        if folder is None:
            raise unknown(name)
        return Encoder(folder)

    def verdict(self, best: float, kind: str = "", common: float | None = None) -> str:
        """Judge an answer by its likeliest photo; see `Calibration.verdict`."""
        return self.encoder.calibration.verdict(best, kind, common)

    # -- vectors -------------------------------------------------------------------------------

    def vectors(self, catalog: Catalog) -> VectorStore:
        """Load the vectors of the model in use, up to date with the catalogue."""
        from cercafoto.archive.local.embeddings.store import VectorStore

        source = self._vector_source(catalog)
        with self._loading:
            if self._vectors is None or not self._vectors.is_current(catalog, source[2]):
                older, self._vectors = self._vectors, VectorStore.load(*source)
                if older is not None:
                    self._vectors.inherit(older)
            return self._vectors.reading(catalog)

    def prepare_vectors(self, catalog: Catalog) -> None:
        """Bring the files of the vectors up to date with the catalogue, for those who search."""
        folder, _, model_id, dimension = self._vector_source(catalog)
        state = read_state(folder, dimension)
        if not (state and state.follows(catalog.purges, catalog.last_vector_id(model_id))):
            self.vectors(catalog)

    def with_vectors(self, catalog: Catalog, work: Callable[[VectorStore], T]) -> T:
        """Run `work` on the vectors; should their cache turn out damaged, make it again from the
        catalogue and run `work` once more."""
        from cercafoto.archive.local.embeddings.cache import DamagedCacheError
        from cercafoto.archive.local.embeddings.store import VectorStore

        try:
            return work(self.vectors(catalog))
        except DamagedCacheError:
            with self._loading:
                rebuilt = self._vectors = VectorStore.rebuild(*self._vector_source(catalog))
            try:
                return work(rebuilt)
            except DamagedCacheError as error:  # the catalogue contradicts itself
                raise damaged_rows(self.settings.catalog) from error

    def with_pictures(self, work: Callable[[Pictures], T]) -> T:
        """Run `work` on the vectors as a question asks for them; see `with_vectors`."""
        from cercafoto.archive.local.embeddings.pictures import LocalPictures

        with self.catalog() as catalog:
            return self.with_vectors(
                catalog,
                lambda vectors: work(LocalPictures(vectors, catalog.contents_where, self.nearest)),
            )

    def nearest(
        self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None = None
    ) -> Ints:
        """Find the rows nearest to a unit vector, nearest first; among: of these alone."""
        rows, _ = vectors.exact(query, limit, among)
        return rows

    def _vector_source(self, catalog: Catalog) -> tuple[Path, Catalog, int, int]:
        """Gather what `VectorStore.load` and `VectorStore.rebuild` take."""
        model_id, dimension = self.active_model(catalog)
        fingerprint, _, _ = catalog.model(model_id)
        return self.settings.vectors / fingerprint[:16], catalog, model_id, dimension


class ResidentSession(Session):
    """An archive in a process that stays up, searches often, and from several threads.

    Each thread has a connection of its own, which stays open; the encoder remembers sentences;
    large archives go through the hnswlib graph, where there is one, which a process that ends at
    once would only lose time to load.

    graph: False where nobody is to wait for it to be made, and answers are exact.
    """

    def __init__(self, settings: Settings, *, graph: bool = True) -> None:
        super().__init__(settings)
        self._graph = graph
        self._stays_open = True
        self._checked: tuple[int, ...] = ()

    @cached_property
    def encoder(self) -> Encoder:
        from cercafoto.models.encode.resident_encoder import ResidentEncoder

        return ResidentEncoder(self.model)

    @cached_property
    def has_graph(self) -> bool:
        """Whether searches may go through the graph; see `graph.can_be_made`."""
        from cercafoto.archive.local.embeddings.graph import can_be_made

        return can_be_made()

    def nearest(
        self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None = None
    ) -> Ints:
        """Search through the graph, or at least with the codes in memory, where neither is too
        large."""
        if len(vectors) <= GRAPH_UP_TO:
            large = len(vectors) >= GRAPH_FROM
            if among is None and large and self._graph and self.has_graph:
                return vectors.nearest(query, limit)
            vectors.hold()
        return super().nearest(vectors, query, limit, among)

    def renew(self) -> ResidentSession:
        """Return this session, or a new one where the archive has another model by now. Questions
        that are under way end with the old one. One thread at a time."""
        stamp = self.stamp()
        if stamp != self._checked:
            with self.catalog() as catalog:
                active = catalog.active_model
                fingerprint = catalog.model(active)[0] if active is not None else None
                if self.encoder.fingerprint != fingerprint:
                    return ResidentSession(self.settings, graph=self._graph)
                self._checked = stamp
        return self
