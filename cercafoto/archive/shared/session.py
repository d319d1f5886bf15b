"""Session with a shared archive: a connection where the local one has files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import psycopg

from cercafoto.archive.session import ResidentSession, Session
from cercafoto.archive.shared import schema
from cercafoto.archive.shared.archive import SharedArchive
from cercafoto.archive.shared.connection import KEEP_ALIVE, Connection, configure, connect
from cercafoto.archive.shared.errors import translated
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.pictures import SharedPictures
from cercafoto.archive.shared.rows import shared_path
from cercafoto.base.shared_address import masked
from cercafoto.errors import UsageError
from cercafoto.models.registry import Registry
from cercafoto.question.filters.filter import Filters
from cercafoto.results import Status
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from cercafoto.archive.store import LabelStore, Pictures, Store

T = TypeVar("T")

# Connections of a process that stays up, and the longest that a question waits for one.
MOST_CONNECTIONS, WAIT_SECONDS = 8, 5.0


class SharedSession(Session):
    """An archive at an address, in a process that asks a few things and ends. What the local
    archive alone has is refused."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.address = settings.shared or ""
        self._connection: Connection | None = None
        self._one_at_a_time = threading.RLock()

    def __exit__(self, *_: object) -> None:
        self._stays_open = False
        if self._connection is not None:
            self._connection.close()

    # -- connections ---------------------------------------------------------------------------

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Take a connection, and hand it back."""
        with self._one_at_a_time:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self.address)
                with translated(self.address):
                    schema.expect(self._connection, self.address)
            yield self._connection

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """Read what the archive holds at this moment, or share what a block around this one reads.

        Raises ArchiveError.
        """
        opened: SharedArchive | None = getattr(self._of_thread, "shared", None)
        if opened is not None:
            yield opened
            return
        with self._connected() as db:
            with translated(self.address):
                db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                self._of_thread.shared = SharedArchive(db, self.address, self._mounts(db))
                yield self._of_thread.shared
            finally:
                self._of_thread.shared = None
                with suppress(psycopg.Error):
                    db.execute("ROLLBACK")

    @contextmanager
    def labelling(self, lock: bool = True) -> Iterator[LabelStore]:
        """Write labels, all of the block or none. Raises ArchiveError."""
        with self._connected() as db, translated(self.address), db.transaction():
            yield SharedArchive(db, self.address, self._mounts(db))

    def with_pictures(self, work: Callable[[Pictures], T]) -> T:
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            return work(SharedPictures(store))

    def small_copy(self, digest: bytes) -> bytes | None:
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            return store.small_copy(digest)

    def stamp(self) -> tuple[int, ...]:
        """Return another value whenever anything was published or labelled."""
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            return tuple(store.row("SELECT count(*), sum(changes)::bigint FROM sources"))

    # -- paths ---------------------------------------------------------------------------------

    def _mounts(self, db: Connection) -> Mounts:
        with translated(self.address):
            rows = db.execute("SELECT name, roots FROM sources WHERE id <> %s", [schema.HERE])
            return Mounts(dict(rows.fetchall()), self.settings.mounts)

    def indexed_folders(self) -> dict[bytes, bool]:
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            return dict.fromkeys(store.mounts.folders, False)

    def path_of(self, path: Path) -> bytes:
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            return store.mounts.named(path)

    def known_folders(self, catalog: Store, folders: Sequence[Path]) -> list[bytes]:
        try:
            return super().known_folders(catalog, folders)
        except UsageError as error:
            raise UsageError(
                error.message,
                "In un archivio condiviso una cartella si scrive con la sua fonte davanti, "
                "FONTE:/cartella; «cercafoto stato» dice quali ci sono.",
            ) from error

    # -- the archive itself --------------------------------------------------------------------

    def status(self) -> Status:
        """Count what the archive holds."""
        with self.reading() as store:
            assert isinstance(store, SharedArchive)
            fingerprint, name, _ = store.model(1)
            roots = store.rows("SELECT name, unnest(roots) FROM sources ORDER BY 1, 2")
            return Status(
                archive=masked(self.address),
                model=name,
                fingerprint=fingerprint,
                model_available=Registry(self.settings).find_by_fingerprint(fingerprint)
                is not None,
                counts=store.counts(),
                roots=tuple(_root(store, source, root) for source, root in roots),
                labels=tuple(store.labels()),
                pending=0,
                size=int(
                    store.row(
                        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
                        "WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                    )[0]
                ),
            )

    # -- what only the local archive has -------------------------------------------------------

    def expect_local(self) -> NoReturn:
        raise UsageError(
            "Questo comando lavora sull'archivio di questa macchina, non su uno condiviso.",
            "Con un archivio condiviso si usano cerca, stato, tag, sfoglia e web. "
            "Se l'indirizzo non l'hai scritto tu, viene dalla variabile CERCAFOTO_ARCHIVIO.",
        )

    def catalog(self) -> NoReturn:
        self.expect_local()

    def lock(self, wait: bool = False) -> NoReturn:
        self.expect_local()

    def writing(self, wait: bool = False) -> NoReturn:
        self.expect_local()


class ResidentSharedSession(SharedSession, ResidentSession):
    """A shared archive in a process that stays up, and asks from several threads."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with translated(self.address):
            pool = self._opened()
            db = pool.getconn()
        try:
            yield db
        finally:
            pool.putconn(db)

    def _opened(self) -> ConnectionPool[Connection]:
        from psycopg_pool import ConnectionPool

        with self._opening:
            if self._pool is None:
                # The first says at once what is wrong; a pool only waits for it to pass.
                with connect(self.address) as db:
                    schema.expect(db, self.address)
                self._pool = ConnectionPool(
                    self.address,
                    kwargs={"autocommit": True, **KEEP_ALIVE},
                    min_size=1,
                    max_size=MOST_CONNECTIONS,
                    configure=configure,
                    # A server that was started again is found by the next question.
                    check=ConnectionPool.check_connection,
                    timeout=WAIT_SECONDS,
                    reconnect_timeout=WAIT_SECONDS,
                    open=True,
                )
            return self._pool

    def renew(self) -> ResidentSharedSession:
        """Return this session: the model of a shared archive stays."""
        return self


def _root(store: SharedArchive, source: str, root: bytes) -> tuple[bytes, int, bool]:
    """Return a folder of a source as it is shown, photos at or under it, whether it is here."""
    stored = shared_path(source, root)
    here = store.mounts.shown(stored)
    there = here == stored or Path(os.fsdecode(here)).is_dir()
    return here, store.count_where(Filters(folders=(stored,))), there
