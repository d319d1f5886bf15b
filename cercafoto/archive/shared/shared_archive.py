"""An archive in PostgreSQL, for searching, browsing and labelling."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from cercafoto.archive.archive import Archive, Rows
from cercafoto.archive.queries.photos import SHARED_MODEL
from cercafoto.archive.shared import schema
from cercafoto.archive.shared.catalog import SharedCatalog
from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.connection_pool import OneConnection, Pool
from cercafoto.archive.shared.embeddings import SharedEmbeddings
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.rows import shared_path
from cercafoto.archive.shared.server_errors import translated
from cercafoto.base.shared_address import masked
from cercafoto.errors import UsageError
from cercafoto.models.registry import Registry
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import Filters
from cercafoto.results.status import Status
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import LocalArchive

CHECK_MODEL_EVERY = 60.0  # seconds


class SharedArchive(Archive):
    """The shared archive at `settings.shared`.

    resident: whether the process is long-lived; its connections then come from a pool.
    """

    at_once = 64  # more than a local archive's, since each query is a round trip to the server

    def __init__(self, settings: Settings, *, resident: bool = False) -> None:
        super().__init__(settings, resident)
        self.address = settings.shared or ""
        self._connections = Pool(self.address) if resident else OneConnection(self.address)
        self._of_thread = threading.local()
        self._check_model_at = time.monotonic() + CHECK_MODEL_EVERY

    def __exit__(self, *_: object) -> None:
        self._connections.close()

    # -- reading and writing -------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Self]:
        if getattr(self._of_thread, "rows", None) is not None:
            yield self
            return
        with self._connections.taken() as db:
            with translated(self.address):
                db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                self._of_thread.rows = SharedCatalog(db, self.address, self._mounts(db))
                yield self
            finally:
                self._of_thread.rows = None
                with suppress(psycopg.Error):
                    db.execute("ROLLBACK")

    @property
    def _rows(self) -> SharedCatalog:
        rows: SharedCatalog | None = getattr(self._of_thread, "rows", None)
        if rows is None:
            raise RuntimeError("the archive is read within a block of `reading`")
        return rows

    @property
    def embeddings(self) -> SharedEmbeddings:
        return SharedEmbeddings(self._rows)

    @contextmanager
    def labelling(self, lock: bool = True) -> Iterator[Rows]:
        with self._connections.taken() as db, translated(self.address), db.transaction():
            yield SharedCatalog(db, self.address, self._mounts(db))

    def _mounts(self, db: Connection) -> Mounts:
        with translated(self.address):
            rows = db.execute("SELECT name, roots FROM sources WHERE id <> %s", [schema.HERE])
            return Mounts(dict(rows.fetchall()), self.settings.mounts)

    # -- the archive itself --------------------------------------------------------------------

    def local(self) -> LocalArchive:
        raise UsageError(
            "Questo comando lavora sull'archivio di questa macchina, non su uno condiviso.",
            "Con un archivio condiviso si usano cerca, stato, tag, sfoglia e web. "
            "Se l'indirizzo non l'hai scritto tu, viene dalla variabile CERCAFOTO_ARCHIVIO.",
        )

    def status(self) -> Status:
        with self.reading():
            rows = self._rows
            fingerprint, name, _ = rows.models.model(SHARED_MODEL)
            roots = rows.rows("SELECT name, unnest(roots) FROM sources ORDER BY 1, 2")
            return Status(
                archive=masked(self.address),
                model=name,
                fingerprint=fingerprint,
                model_available=Registry(self.settings).find_by_fingerprint(fingerprint)
                is not None,
                counts=rows.counts(),
                roots=tuple(_root(rows, source, root) for source, root in roots),
                labels=tuple(rows.labels.counts()),
                pending=0,
                videos=rows.photos.count_where(Filters({VIDEO.name: True})),
                size=int(
                    rows.row(
                        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
                        "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                    )[0]
                ),
            )

    def stamp(self) -> tuple[int, ...]:
        with self.reading():
            return tuple(self._rows.changes())

    def renew(self) -> SharedArchive:
        # The model changes only if all sources are removed first: looking for it at each question
        # would cost a round trip to the server.
        if time.monotonic() < self._check_model_at:
            return self
        self._check_model_at = time.monotonic() + CHECK_MODEL_EVERY
        with self.reading():
            fingerprint, _, _ = self._rows.models.model(SHARED_MODEL)
        if fingerprint == self.model.fingerprint:
            return self
        renewed = SharedArchive(self.settings, resident=self._is_resident)
        renewed._connections = self._connections
        return renewed

    def path_of(self, path: Path) -> bytes:
        with self.reading():
            return self._rows.mounts.named(path)

    def indexed_folders(self) -> dict[bytes, bool]:
        with self.reading():
            return dict.fromkeys(self._rows.mounts.folders, False)

    def small_copy(self, digest: bytes) -> bytes | None:
        with self.reading():
            return self._rows.small_copy(digest)

    def known_folders(self, folders: Sequence[Path]) -> list[bytes]:
        try:
            return super().known_folders(folders)
        except UsageError as error:
            raise UsageError(
                error.message,
                "In un archivio condiviso una cartella si scrive con la sua fonte davanti, "
                "FONTE:/cartella; «cercafoto stato» dice quali ci sono.",
            ) from error


def _root(rows: SharedCatalog, source: str, root: bytes) -> tuple[bytes, int, bool]:
    """Return (path, number of photos at or under it, whether it is there) of a source's folder. A
    folder without a mount on this machine counts as there."""
    stored = shared_path(source, root)
    here = rows.mounts.shown(stored)
    there = here == stored or Path(os.fsdecode(here)).is_dir()
    return here, rows.photos.count_where(Filters(folders=(stored,))), there
