"""Update a shared archive from the archive of this machine (`pubblica`).

Both are read in the order of paths, a batch at a time. Photos are compared by fingerprints of 64
bits; photos that differ are sent, photos that are gone are deleted, in one transaction per batch.
No state is kept between batches: if a run is interrupted, the next one sends only what is missing.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.records import FACETS
from cercafoto.archive.shared import graph, schema
from cercafoto.archive.shared.catalog import SharedCatalog
from cercafoto.archive.shared.connection import Connection, connect, teach_half_vectors
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.rows import FORM
from cercafoto.archive.shared.server_errors import translated
from cercafoto.archive.shared.small_copies import send
from cercafoto.archive.shared.write_batch import CONTENTS_LOCK, Batches, Counted, can_be_sent
from cercafoto.base.json_keys import Key, json_keys, within
from cercafoto.base.paths import printable
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.base.shared_address import masked
from cercafoto.errors import ArchiveBusyError, ArchiveError, UsageError
from cercafoto.photos.opening import PhotoFolders

BATCH = 2000
TRIES = 10  # of a batch that conflicts with another publisher
# Keys of PostgreSQL's advisory locks: one to change the tables, one for each source.
_SCHEMA_LOCK, _SOURCE_LOCK = 0x6365, 0x6366
_NAME = re.compile(r"[^\W_][\w.-]{0,39}")


@json_keys(
    "source",
    within("counted", "new changed unchanged deleted"),
    Key("vectors", "counted.embedded"),
    "small_copies",
    Key("refused", "refused_names"),
    "unchanged_since",
    Key("seconds", digits=3),
)
@dataclass
class Published:
    """The result of publishing.

    refused: paths of photos not sent, because the paths are too long or lead out of their folder.
    unchanged_since: whether no photo was compared, because nothing was written to the local archive
        since the last run.
    small_copies: how many small copies were sent, with `--miniature`.
    seconds: how long the photos took, without graph and small copies.
    """

    source: str
    counted: Counted = field(default_factory=Counted)
    refused: tuple[bytes, ...] = ()
    unchanged_since: bool = False
    small_copies: int = 0
    seconds: float = 0.0

    @property
    def refused_names(self) -> list[str]:
        return [printable(path) for path in self.refused]


def check_name(name: str) -> str:
    """Return `name` if it can name a source, in front of its paths. Raises UsageError if not."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"«{printable(name)}» non può essere il nome di una fonte."
            if name
            else "Il nome è vuoto.",
            "Bastano lettere, cifre, punti e trattini: --nome NAS-1",
        )
    return name


class Publisher:
    """Publish one source, over a connection of its own. `close` it, or use it in a with block.

    migrate: whether to change the tables of an older version.

    Raises ArchiveError, or UsageError if `source` cannot be a name.
    """

    def __init__(self, address: str, source: str, *, migrate: bool = False) -> None:
        self.address, self.source = address, check_name(source)
        self.db: Connection = connect(address)
        try:
            with translated(address):
                self._expect_version(migrate)
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        # The server notices a closed connection a little later: until then the source would still
        # be locked, for a run that follows at once.
        with suppress(psycopg.Error):
            self.db.execute("SELECT pg_advisory_unlock_all()")
        self.db.close()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def publish(
        self,
        archive: LocalArchive,
        stamp: str = "",
        small_copies: bool = False,
        reporter: Reporter = SILENT,
    ) -> Published:
        """Make the source in the shared archive the same as the local archive.

        stamp: a text that changes when the local archive does. If the last run had the same stamp,
            nothing is compared. With "" photos are always compared.
        small_copies: whether to send small copies too.

        Raises ArchiveError, ArchiveBusyError (another run publishes this source), DiskFullError.
        """
        started = time.monotonic()
        report = Published(self.source)
        with archive.catalog() as catalog, translated(self.address):
            model_id, _ = catalog.models.in_use()
            self._make(catalog.models.model(model_id))
            source_id = self._lock_source()
            stamp = stamp and f"{FORM} {stamp}"
            (known,) = self._row("SELECT stamp FROM sources WHERE id = %s", source_id)
            if stamp and known == stamp:
                report.unchanged_since = True
            else:
                # If this run is interrupted, the next one must compare.
                self.db.execute("UPDATE sources SET stamp = '' WHERE id = %s", [source_id])
                with catalog.snapshot():
                    self._send(catalog, model_id, source_id, report, reporter)
                    # Without a stamp the last run was interrupted, and may have left some.
                    if not known or report.counted.changed or report.counted.deleted:
                        self._delete_orphans()
                    self._finish(source_id, report, catalog.folders.roots(), stamp)
                    self._keep_facets()
            report.seconds = time.monotonic() - started
            graph.bring_up_to_date(self.db, reporter)
            if small_copies:
                report.small_copies = send(
                    self.db,
                    self.source,
                    source_id,
                    archive.settings.thumbnails,
                    PhotoFolders.fixed(archive.indexed_folders()),
                    reporter,
                )
        return report

    def remove(self, *, confirmed: bool) -> int:
        """Delete the source, and contents that no other source has. Return the number of its
        photos. Raises UsageError if there is no such source, ArchiveBusyError if it is being
        published.

        confirmed: False to only count the photos.
        """
        with translated(self.address):
            schema.expect(self.db, self.address)
            names = [row[0] for row in self.db.execute("SELECT name FROM sources WHERE id > 0")]
            if self.source not in names:
                listed = ", ".join(sorted(names))
                raise UsageError(
                    f"L'archivio condiviso non ha una fonte «{self.source}».",
                    f"Ci sono: {listed}." if listed else "Non ne ha nessuna.",
                )
            if not confirmed:
                ((photos,),) = self.db.execute(
                    "SELECT count(*) FROM photos WHERE source_id = "
                    "(SELECT id FROM sources WHERE name = %s)",
                    [self.source],
                )
                return int(photos)
            source_id = self._lock_source()
            with self.db.transaction():
                deleted = self.db.execute("DELETE FROM photos WHERE source_id = %s", [source_id])
                for table in ("tags", "texts"):
                    self.db.execute(f"DELETE FROM {table} WHERE source_id = %s", [source_id])
                self.db.execute("UPDATE sources SET changes = changes + 1 WHERE id = 0")
                self.db.execute("DELETE FROM sources WHERE id = %s", [source_id])
            self._delete_orphans()
            self._keep_facets()
            return deleted.rowcount

    # -- before --------------------------------------------------------------------------------

    def _expect_version(self, migrate: bool) -> None:
        version = schema.version(self.db)
        schema.refuse_others(version, self.address)
        if version == 0 or version == schema.latest():
            return
        if not migrate:
            raise ArchiveError(
                f"L'archivio condiviso {masked(self.address)} è di una versione precedente di "
                "cercafoto.",
                "Con --aggiorna-schema diventa di questa; sulle altre macchine che lo usano "
                "servirà lo stesso cercafoto.",
            )
        with self._schema_locked():
            schema.make(self.db, 0, schema.version(self.db))

    @contextmanager
    def _schema_locked(self) -> Iterator[None]:
        with self.db.transaction():
            self.db.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_SCHEMA_LOCK])
            yield

    def _make(self, model: tuple[str, str, int]) -> None:
        """Make the tables if there are none, and give an archive without contents this model.
        Raises ArchiveError if the archive has contents by another model."""
        fingerprint, name, dimension = model
        if schema.version(self.db) == 0:
            with self._schema_locked():
                if schema.version(self.db) == 0:  # otherwise another publisher was faster
                    schema.make(self.db, dimension)
                    schema.set_model(self.db, fingerprint, name, dimension)
        there: dict[str, str] = dict(self.db.execute("SELECT key, value FROM meta").fetchall())
        if there["fingerprint"] == fingerprint:
            pass
        elif not self._row("SELECT EXISTS (SELECT 1 FROM contents)")[0]:
            with self._schema_locked():
                schema.change_model(self.db, fingerprint, name, dimension)
        else:
            edition = " di un'altra edizione" if there["model"] == name else ""
            raise ArchiveError(
                f"L'archivio condiviso è fatto con il modello «{there['model']}»{edition}, il tuo "
                f"con «{name}».",
                "Tutte le fonti devono avere lo stesso modello: "
                f"cercafoto index --modello {there['model']}\n"
                "Per passare al tuo vanno prima tolte tutte le fonti (--togli).",
            )
        teach_half_vectors(self.db)

    def _lock_source(self) -> int:
        """Add the source if it is new, and hold its lock until the connection is closed. Return the
        source's id. Raises ArchiveBusyError if another run holds the lock."""
        self.db.execute(
            "INSERT INTO sources(name) VALUES (%s) ON CONFLICT DO NOTHING", [self.source]
        )
        (source_id,) = self._row("SELECT id FROM sources WHERE name = %s", self.source)
        (held,) = self._row("SELECT pg_try_advisory_lock(%s, %s)", _SOURCE_LOCK, source_id)
        if not held:
            raise ArchiveBusyError(
                f"La fonte «{self.source}» la sta già pubblicando qualcun altro.",
                "Aspetta che finisca; se è un'altra macchina, dai a questa un altro nome con "
                "--nome.",
            )
        if not self._row("SELECT EXISTS (SELECT 1 FROM sources WHERE id = %s)", source_id)[0]:
            return self._lock_source()  # it was removed just before this run got the lock
        return int(source_id)

    # -- photos --------------------------------------------------------------------------------

    def _send(
        self,
        catalog: Catalog,
        model_id: int,
        source_id: int,
        report: Published,
        reporter: Reporter,
    ) -> None:
        batches = Batches(self.db, self.source, source_id)
        total, done, after = catalog.photos.count_visible(), 0, b""
        while True:
            photos = catalog.publishing.whole_photos(after, BATCH, model_id)
            until = photos[-1].path if len(photos) == BATCH else None
            report.refused += tuple(photo.path for photo in photos if not can_be_sent(photo))
            for attempt in range(1, TRIES + 1):
                try:
                    counted = batches.write(
                        [photo for photo in photos if can_be_sent(photo)],
                        after,
                        until,
                        lambda contents: catalog.vectors.stored(model_id, contents),
                    )
                    break
                except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                    if attempt == TRIES:
                        raise
            report.counted.add(counted)
            done += len(photos)
            if until is None:
                return
            after = until
            reporter.progress(PHOTOS, done, total, os.fsdecode(after))

    def _finish(self, source_id: int, report: Published, roots: list[bytes], stamp: str) -> None:
        """Store the source's folders and stamp, so that the next run can skip all photos."""
        if report.counted.new or report.counted.changed or report.counted.deleted:
            self.db.execute("ANALYZE")
        self.db.execute(
            "UPDATE sources SET roots = %s, stamp = %s, published_at = now() WHERE id = %s",
            [roots, stamp, source_id],
        )

    def _keep_facets(self) -> None:
        """Count all photos and store the counts, which pages use until the next change."""
        rows = SharedCatalog(self.db, self.address, Mounts({}))
        schema.put(self.db, FACETS, rows.browsing.facets_to_keep())

    def _delete_orphans(self) -> None:
        """Delete contents without photos, with their vectors, labels and small copies, and folders
        without photos."""
        with self.db.transaction():
            self.db.execute("SELECT pg_advisory_xact_lock(%s, 0)", [CONTENTS_LOCK])
            self.db.execute(
                "DELETE FROM contents WHERE NOT EXISTS "
                "(SELECT 1 FROM photos WHERE content_id = contents.id)"
            )
            self.db.execute(
                "DELETE FROM folders WHERE NOT EXISTS "
                "(SELECT 1 FROM photos WHERE folder_id = folders.id)"
            )

    def _row(self, sql: str, *values: object) -> tuple[Any, ...]:
        row = self.db.execute(sql, values).fetchone()
        assert row is not None
        return row
