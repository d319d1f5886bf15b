"""The interface of an open archive: rows, embeddings, and the model that it was made with.

`LocalArchive` is on this machine, `SharedArchive` in PostgreSQL. Operations that only a local
archive has are methods of `LocalArchive`; a function that needs them takes a `LocalArchive`.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

from cercafoto.base.paths import printable
from cercafoto.base.recent import RecentCache
from cercafoto.errors import ArchiveError, FolderNotFoundError, UsageError
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import AUTO, Registry, model_gone, unknown
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # Imported only for types: an `index` run that finds nothing new then starts faster.
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.archive.local.model_settings import Models
    from cercafoto.archive.local.texts import Texts
    from cercafoto.archive.local_archive import LocalArchive
    from cercafoto.archive.queries.browsing import BrowsingQueries
    from cercafoto.archive.queries.labels import LabelQueries
    from cercafoto.archive.queries.named_people import NamedPeople
    from cercafoto.archive.queries.photos import PhotoQueries
    from cercafoto.archive.queries.things import ThingQueries
    from cercafoto.archive.queries.words import WordQueries
    from cercafoto.archive.records import MomentRow
    from cercafoto.archive.shared.catalog import SharedCatalog, SharedModel
    from cercafoto.archive.shared.texts import SharedTexts
    from cercafoto.base.arrays import Floats, Ints
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.question.filters.filter import Filters
    from cercafoto.results.status import Status


class AskedCollections(Protocol):
    """Looks up the photos of collections, each of which has a question of its own."""

    def named(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """See `AskedArchive.collected`."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names of all collections."""
        ...

    def any(self) -> tuple[int, ...]:
        """See `AskedArchive.in_collections`."""
        ...

    def doubts(self, names: Sequence[str]) -> Mapping[int, tuple[str, ...]]:
        """Return the contents that only may show a person whom the questions of collections ask
        for, each with the names of these people."""
        ...


# Whatever has `photos`, `words`, `labels`, `texts`, `things`, `people`, `browsing` and `models` to
# read.
Rows: TypeAlias = "Archive | Catalog | SharedCatalog"
_PARTS = {"photos", "words", "labels", "texts", "things", "browsing", "models"}


class Embeddings(Protocol):
    """The embeddings of an archive's contents.

    among: only contents with a visible photo that fulfils these filters. None for all contents,
        which may include contents without a visible photo; callers drop these when they load the
        rows.
    """

    @property
    def dimension(self) -> int: ...

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        """Return (content ids [n], embeddings [n, D]) of some contents, in the archive's order.
        Contents without an embedding are left out."""
        ...

    def count(self, among: Filters | None = None) -> int:
        """Return the number of contents that have an embedding."""
        ...

    def nearest(
        self,
        query: Floats,
        limit: int,
        among: Filters | None = None,
        extra_ids: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        """Return the `limit` contents nearest to the unit vector `query`, and the contents of
        `extra_ids` that fulfil the filters. The contents in `without` are then left out. Through a
        graph the search is approximate and may return more contents.

        Returns (content ids in the archive's order [n], embeddings [n, D], False if a higher
        `limit` may find more contents).
        """
        ...

    def parts(
        self, among: Filters | None = None, with_moments: bool = False
    ) -> Iterator[tuple[Ints, Floats]]:
        """Yield all contents as (content ids [n], embeddings [n, D]), some thousand at a time.

        with_moments: also the frames of the videos that fulfil the filters.
        """
        ...

    def farther(self, query: Floats, scores: Floats, among: Filters | None = None) -> Ints:
        """Return, for each score in `scores` [n], how many contents have a smaller cosine with
        `query`: [n]."""
        ...


class Archive(ABC):
    """An open archive. Files, connections and models are loaded at their first use.

    Read rows (`photos`, `words` and so on) and embeddings within a `reading` block. A with block of
    the archive itself keeps the connection open between `reading` blocks, and closes it at the end.

    at_once: number of contents whose photos are looked up in one query.
    asked_collections: returns what looks up the photos of collections. `Library` sets it, since
        these photos are found by searching.
    """

    at_once: int
    asked_collections: Callable[[Archive], AskedCollections]
    photos: PhotoQueries
    words: WordQueries
    labels: LabelQueries
    texts: Texts | SharedTexts
    things: ThingQueries
    browsing: BrowsingQueries
    models: Models | SharedModel

    def __init__(self, settings: Settings, resident: bool) -> None:
        self.settings, self._is_resident = settings, resident
        # The contents of collections that were looked up, see `collection_photos.contents_of`. More
        # collections than are kept would be looked up anew each time all of them are asked.
        self.collected: RecentCache[object, array[int]] = RecentCache(256)
        # The vectors and digests of examples, see `search.examples.embed_examples`.
        self.examples: RecentCache[object, tuple[Floats, bytes]] = RecentCache(64)

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...

    # -- rows and embeddings -------------------------------------------------------------------

    @abstractmethod
    def reading(self) -> AbstractContextManager[Self]:
        """Open the archive for reading within the block, and yield the archive; nested blocks share
        a connection. Raises ArchiveError."""

    @property
    @abstractmethod
    def _rows(self) -> Rows:
        """The queries of the present `reading` block. Raises RuntimeError outside a block."""

    if not TYPE_CHECKING:  # with it, a type checker would accept any name

        def __getattr__(self, name: str) -> object:
            """Return a part of the queries of the present `reading` block, such as `photos`."""
            if name not in _PARTS:
                raise AttributeError(name)
            return getattr(self._rows, name)

    @property
    def people(self) -> NamedPeople:
        """The people by name; nobody if the settings hide them."""
        from cercafoto.archive.queries.named_people import NamedPeople

        return self._rows.people if self.settings.people else NamedPeople()

    @property
    @abstractmethod
    def embeddings(self) -> Embeddings:
        """The embeddings by the model in use, for use in a `reading` block. Raises ArchiveError."""

    @abstractmethod
    def labelling(self, lock: bool = True) -> AbstractContextManager[Rows]:
        """Open the archive to write labels, in one transaction, and yield its queries to the block.

        lock: whether to keep other runs from writing to a local archive meanwhile.

        Raises ArchiveBusyError, ArchiveError, DiskFullError.
        """

    # -- the archive itself --------------------------------------------------------------------

    @abstractmethod
    def local(self) -> LocalArchive:
        """Return this archive. Raises UsageError if it is shared."""

    @abstractmethod
    def status(self) -> Status:
        """Return the archive's model, folders, labels and numbers of photos. Raises ArchiveError if
        there is no archive yet."""

    @abstractmethod
    def stamp(self) -> tuple[int, ...]:
        """Return numbers that change whenever photos or labels change. Raises ArchiveError."""

    @abstractmethod
    def renew(self) -> Archive:
        """Return this object, or a new one if the archive's model has changed. Searches in progress
        may finish with the old object. Call from one thread at a time. Raises ArchiveError,
        ModelError."""

    @abstractmethod
    def path_of(self, path: Path) -> bytes:
        """Return the path under which the archive stores a path that the person typed. Raises
        ArchiveError."""

    @abstractmethod
    def indexed_folders(self) -> dict[bytes, bool]:
        """Return the folders of this machine that hold the archive's photos: path -> whether links
        inside the folder are followed. Raises ArchiveError."""

    @abstractmethod
    def small_copy(self, digest: bytes) -> bytes | None:
        """Return the small copy (JPEG) of the content with this SHA-256. None if the archive has
        none; a local archive never has one. Raises ArchiveError."""

    def known_folders(self, folders: Sequence[Path]) -> list[bytes]:
        """Return the stored paths of folders that the person typed. Call within `reading`.

        Raises UsageError for a folder without photos of the archive. If the folder does not exist,
        its subclass FolderNotFoundError is raised instead, but not in resident or shared archives.
        """
        paths = [self.path_of(folder) for folder in folders]
        for path in paths:
            if not self.photos.knows(path):
                # Visitors of a web page must not learn which folders this machine has.
                is_private = self.settings.shared is None and not self._is_resident
                if is_private and not os.path.lexists(path):
                    raise FolderNotFoundError(
                        f"La cartella {printable(path)} non esiste.",
                        "Controlla il nome; se è su un disco esterno, collegalo.",
                    )
                raise UsageError(
                    f"Nell'archivio non c'è nessuna foto in {printable(path)}.",
                    f"Per aggiungerla: cercafoto index {printable(path)}",
                )
        return paths

    def frames_of(self, video: Path, at: float | None = None) -> dict[int, MomentRow]:
        """Return content id -> frame of an indexed video, by time; {} for any other file. Call
        within `reading`.

        at: return only the frame that a search names by this whole second.
        """
        if not is_video(os.fsencode(video)):
            return {}
        content = self.photos.content_at(self.path_of(video))
        frames = {} if content is None else self.photos.frames_of([content])
        if at is None or not frames:
            return frames
        begun = [content for content, frame in frames.items() if frame.start < at + 1]
        named = begun[-1] if begun else next(iter(frames))
        return {named: frames[named]}

    # -- model ---------------------------------------------------------------------------------

    @cached_property
    def model(self) -> ModelFolder:
        """The folder of the archive's model. Raises ArchiveError, or ModelError if the model is not
        on this machine."""
        with self.reading():
            model_id, _ = self.models.in_use()
            fingerprint, name, _ = self.models.model(model_id)
        folder = Registry(self.settings).find_by_fingerprint(fingerprint)
        if folder is None:
            raise model_gone(name)
        return folder

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the archive's model, which caches vectors of sentences in a long-lived
        process. Raises as `model` does."""
        if self._is_resident:
            from cercafoto.models.encode.resident_encoder import ResidentEncoder

            return ResidentEncoder(self.model)
        from cercafoto.models.encode.encoder import Encoder

        return Encoder(self.model)

    @property
    def model_name(self) -> str | None:
        """The name of the archive's model; None if there is no archive, or no model yet."""
        with suppress(ArchiveError), self.reading():
            return self.models.model(self.models.in_use()[0])[1]
        return None

    def expect_model(self, any_model: bool = False) -> None:
        """Check that the archive has the model named in the settings, if they name one.

        any_model: only check that the model exists, not that the archive was made with it.

        Raises UnknownModelError for a missing model, UsageError if the archive has another model.
        """
        name = self.settings.model
        if name == AUTO:
            return
        if Registry(self.settings).find(name) is None:
            raise unknown(name)
        if any_model:
            return
        current = self.model_name
        if current not in (None, name):
            raise UsageError(
                f"L'archivio è fatto con il modello «{current}», non con «{name}».",
                f"Per passare a quello: cercafoto index --modello {name}\n"
                "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_MODELLO.",
            )

    def encoder_without_archive(self) -> Encoder:
        """Return the encoder of the model named in the settings. If none is named, use the
        archive's model; without an archive, the model that a new archive would get. Nothing is
        downloaded. Raises ModelError if the model is not on this machine."""
        from cercafoto.models.encode.encoder import Encoder
        from cercafoto.models.model_choice import preferred

        if self.settings.model == AUTO:
            with suppress(ArchiveError):  # no archive yet, or an empty one
                return self.encoder
        name = preferred(self.settings)
        folder = Registry(self.settings).find(name)
        if folder is None:
            raise unknown(name)
        return Encoder(folder)
