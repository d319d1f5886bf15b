"""An open archive, whichever engine holds it: what a process reads of it and keeps loaded.

`LocalArchive` is on this machine, `SharedArchive` in PostgreSQL. What only a local archive can do
is a method of `LocalArchive`; a function that needs it says so in its signature.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveError, FolderNotFoundError, UsageError
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import AUTO, Registry, model_gone, unknown
from cercafoto.settings import Settings

if TYPE_CHECKING:
    # What searches: a run of `index` that finds nothing new does without, and starts sooner.
    from cercafoto.archive.local_archive import LocalArchive
    from cercafoto.archive.queries.browsing import BrowsingQueries
    from cercafoto.archive.queries.labels import LabelQueries
    from cercafoto.archive.queries.photos import PhotoQueries
    from cercafoto.archive.queries.texts import TextQueries
    from cercafoto.archive.queries.vector_models import ModelQueries
    from cercafoto.archive.queries.words import WordQueries
    from cercafoto.base.arrays import Floats, Ints
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.question.filters.filter import Filters
    from cercafoto.results import Status


class Rows(Protocol):
    """The rows of an archive at one moment, by what they are about."""

    @property
    def photos(self) -> PhotoQueries: ...
    @property
    def words(self) -> WordQueries: ...
    @property
    def labels(self) -> LabelQueries: ...
    @property
    def texts(self) -> TextQueries: ...
    @property
    def browsing(self) -> BrowsingQueries: ...
    @property
    def models(self) -> ModelQueries: ...


class Embeddings(Protocol):
    """The embeddings of an archive's contents.

    among: only contents with a visible photo that fulfils these filters; None for all contents.
        Without filters the result may include deleted photos; callers drop them when they load the
        rows.
    """

    @property
    def dimension(self) -> int: ...

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        """Return the contents that have an embedding, [n], and their embeddings, [n, D]."""
        ...

    def count(self, among: Filters | None = None) -> int:
        """Count contents."""
        ...

    def nearest(
        self,
        query: Floats,
        limit: int,
        among: Filters | None = None,
        extra_ids: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        """Return the `limit` contents nearest to a unit vector and the contents of `extra_ids` that
        fulfil the filters, but none of `without`.

        Returns the contents in the order of the archive, [n]; their embeddings, [n, D]; whether no
        other content is left to find.
        """
        ...

    def parts(self, among: Filters | None = None) -> Iterator[tuple[Ints, Floats]]:
        """Yield contents, [n], and their embeddings, [n, D], some thousand at a time."""
        ...

    def farther(self, query: Floats, scores: Floats, among: Filters | None = None) -> Ints:
        """Return for each score how many contents have a smaller cosine: [n]."""
        ...


class Archive(ABC):
    """An archive in a process. Nothing is opened or loaded before it is needed.

    Ask for rows and embeddings within a block of `reading`. A with block of the archive itself
    keeps the connection open between such blocks.

    at_once: how many contents to look photos up for in one query.
    """

    at_once: int

    def __init__(self, settings: Settings, resident: bool) -> None:
        self.settings, self._is_resident = settings, resident

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...

    # -- rows and embeddings -------------------------------------------------------------------

    @abstractmethod
    def reading(self) -> AbstractContextManager[Self]:
        """Open the archive for reading within the block. A block inside another shares its
        connection. Raises ArchiveError."""

    @property
    @abstractmethod
    def _rows(self) -> Rows:
        """The rows that the surrounding block of `reading` has opened."""

    @property
    def photos(self) -> PhotoQueries:
        return self._rows.photos

    @property
    def words(self) -> WordQueries:
        return self._rows.words

    @property
    def labels(self) -> LabelQueries:
        return self._rows.labels

    @property
    def texts(self) -> TextQueries:
        return self._rows.texts

    @property
    def browsing(self) -> BrowsingQueries:
        return self._rows.browsing

    @property
    def models(self) -> ModelQueries:
        return self._rows.models

    @property
    @abstractmethod
    def embeddings(self) -> Embeddings:
        """The vectors of the model in use, as they are now."""

    @abstractmethod
    def labelling(self, lock: bool = True) -> AbstractContextManager[Rows]:
        """Open the archive to write labels: all changes of the block are kept, or none.

        lock: keep other runs from writing to a local archive meanwhile.

        Raises ArchiveBusyError, ArchiveError, DiskFullError.
        """

    # -- the archive itself --------------------------------------------------------------------

    @abstractmethod
    def local(self) -> LocalArchive:
        """Return this archive as one of this machine. Raises UsageError for a shared one."""

    @abstractmethod
    def status(self) -> Status:
        """Count what the archive holds. Raises ArchiveError when there is none yet."""

    @abstractmethod
    def stamp(self) -> tuple[int, ...]:
        """Return another value whenever anything was written to the archive."""

    @abstractmethod
    def renew(self) -> Archive:
        """Return this archive, or a new one if the model has changed since. Searches under way
        finish with the old one. Call from one thread at a time."""

    @abstractmethod
    def path_of(self, path: Path) -> bytes:
        """Return the path by which the archive knows a path that the person typed."""

    @abstractmethod
    def indexed_folders(self) -> dict[bytes, bool]:
        """Return the folders of this machine that hold the archive's photos, and whether links
        inside each are followed. Raises ArchiveError."""

    @abstractmethod
    def small_copy(self, digest: bytes) -> bytes | None:
        """Return the small copy that the archive itself has of a content, None if it has none."""

    def known_folders(self, folders: Sequence[Path]) -> list[bytes]:
        """Return absolute paths. Call within `reading`. Raises UsageError for a folder without any
        photo, FolderNotFoundError for one that is not there."""
        paths = [self.path_of(folder) for folder in folders]
        for path in paths:
            if not self.photos.knows(path):
                # Who asks a page must not learn which files this machine has.
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

    # -- model ---------------------------------------------------------------------------------

    @cached_property
    def model(self) -> ModelFolder:
        """The model that the archive was made with. Raises ArchiveError, ModelError."""
        with self.reading():
            model_id, _ = self.models.in_use()
            fingerprint, name, _ = self.models.model(model_id)
        folder = Registry(self.settings).find_by_fingerprint(fingerprint)
        if folder is None:
            raise model_gone(name)
        return folder

    @cached_property
    def encoder(self) -> Encoder:
        """The towers of `model`. In a process that stays up it remembers sentences."""
        if self._is_resident:
            from cercafoto.models.encode.resident_encoder import ResidentEncoder

            return ResidentEncoder(self.model)
        from cercafoto.models.encode.encoder import Encoder

        return Encoder(self.model)

    def expect_model(self, any_model: bool = False) -> None:
        """Check that the archive, if there is one, was made with the model that was asked for.

        any_model: only check that this model exists.

        Raises UnknownModelError if it does not exist, UsageError if the archive has another one.
        """
        name = self.settings.model
        if name == AUTO:
            return
        if Registry(self.settings).find(name) is None:
            raise unknown(name)
        if any_model:
            return
        with suppress(ArchiveError), self.reading():
            _, current, _ = self.models.model(self.models.in_use()[0])
            if current != name:
                raise UsageError(
                    f"L'archivio è fatto con il modello «{current}», non con «{name}».",
                    f"Per passare a quello: cercafoto index --modello {name}\n"
                    "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_MODELLO.",
                )

    def encoder_without_archive(self) -> Encoder:
        """Return the model asked for; else the archive's, if there is one; else the one that a new
        archive would get. Nothing is downloaded."""
        from cercafoto.models.encode.encoder import Encoder
        from cercafoto.models.model_choice import preferred

        if self.settings.model == AUTO:
            with suppress(ArchiveError):  # there is none yet, or it is empty
                return self.encoder
        name = preferred(self.settings)
        folder = Registry(self.settings).find(name)
        if folder is None:
            raise unknown(name)
        return Encoder(folder)


def open_archive(settings: Settings, *, resident: bool = False, graph: bool = True) -> Archive:
    """Return the archive that the settings name: on this machine, or shared.

    resident: for a process that stays up and searches often, from several threads.
    graph: whether to search large archives through a graph, which takes a while to make; without
        it answers are exact.

    Raises UsageError if the archive is shared and its extra is not installed.
    """
    if settings.shared is None:
        from cercafoto.archive.local_archive import LocalArchive

        return LocalArchive(settings, resident=resident, graph=graph)
    try:
        from cercafoto.archive.shared.shared_archive import SharedArchive
    except ImportError as error:
        raise lacks_shared() from error
    return SharedArchive(settings, resident=resident)


def lacks_shared() -> UsageError:
    from cercafoto.base.installation import install_command

    return UsageError(
        "Per gli archivi condivisi manca il pezzo che parla con PostgreSQL.",
        f"Si aggiunge così: {install_command('condiviso')}",
    )
