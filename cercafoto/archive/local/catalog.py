"""An open catalogue, whose parts hold the queries and changes of one subject each."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.local.database import Database, translated
from cercafoto.archive.local.indexed_folders import Folders
from cercafoto.archive.local.labels import LocalLabels
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.local.named_people import LocalPeople
from cercafoto.archive.local.photos import LocalPhotos
from cercafoto.archive.local.texts import Texts
from cercafoto.archive.local.vectors import Vectors
from cercafoto.archive.queries.words import WordQueries
from cercafoto.archive.records import FACETS

if TYPE_CHECKING:
    from cercafoto.archive.local.browsing import LocalBrowsing
    from cercafoto.archive.local.damaged_rows import DamagedRows
    from cercafoto.archive.local.edited_moves import EditedMoves
    from cercafoto.archive.local.intake import Intake
    from cercafoto.archive.local.integrity import Integrity
    from cercafoto.archive.local.known_files import KnownFiles
    from cercafoto.archive.local.label_history import LabelHistory
    from cercafoto.archive.local.publishing import Publishing
    from cercafoto.archive.local.purge import Purge
    from cercafoto.archive.local.quality import LocalQuality
    from cercafoto.archive.local.stored_collections import StoredCollections
    from cercafoto.archive.local.things import LocalThings
    from cercafoto.archive.local.unread import Unread


class Catalog(Database):
    """An open catalogue, for one thread. `close` it, or use it in a with block."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self.models, self.folders = Models(self), Folders(self)
        self.photos, self.words = LocalPhotos(self, self.models), WordQueries(self)
        self.labels = LocalLabels(self, lambda what: self.label_history.record(what))
        self.texts, self.people = Texts(self), LocalPeople(self)
        self.vectors = Vectors(self, self.models)

    # -- parts that a search does not need, imported at their first use ------------------------

    @cached_property
    def browsing(self) -> LocalBrowsing:
        from cercafoto.archive.local.browsing import LocalBrowsing

        return LocalBrowsing(self)

    @cached_property
    def things(self) -> LocalThings:
        from cercafoto.archive.local.things import LocalThings

        return LocalThings(self)

    @cached_property
    def quality(self) -> LocalQuality:
        from cercafoto.archive.local.quality import LocalQuality

        return LocalQuality(self)

    @cached_property
    def unread(self) -> Unread:
        from cercafoto.archive.local.unread import Unread

        return Unread(self)

    @cached_property
    def collections(self) -> StoredCollections:
        from cercafoto.archive.local.stored_collections import StoredCollections

        return StoredCollections(self)

    @cached_property
    def known(self) -> KnownFiles:
        from cercafoto.archive.local.known_files import KnownFiles

        return KnownFiles(self)

    @cached_property
    def intake(self) -> Intake:
        from cercafoto.archive.local.intake import Intake

        return Intake(self, self.folders, self.people, self.things)

    @cached_property
    def label_history(self) -> LabelHistory:
        from cercafoto.archive.local.label_history import LabelHistory

        return LabelHistory(self)

    @cached_property
    def edited_moves(self) -> EditedMoves:
        from cercafoto.archive.local.edited_moves import EditedMoves

        return EditedMoves(self, self.models)

    @cached_property
    def purge(self) -> Purge:
        from cercafoto.archive.local.purge import Purge

        return Purge(self, self.models, self.texts)

    @cached_property
    def publishing(self) -> Publishing:
        from cercafoto.archive.local.publishing import Publishing

        return Publishing(self)

    @cached_property
    def integrity(self) -> Integrity:
        from cercafoto.archive.local.integrity import Integrity

        return Integrity(self)

    @cached_property
    def damaged_rows(self) -> DamagedRows:
        from cercafoto.archive.local.damaged_rows import DamagedRows

        return DamagedRows(self, self.models, self.texts, self.vectors, self.label_history)

    # -- the file ------------------------------------------------------------------------------

    def refresh_statistics(self) -> None:
        """Update the statistics by which SQLite chooses indexes. Takes some tens of ms; call it
        after a run that wrote something, outside a transaction. Raises ArchiveError."""
        with translated(self.path):
            self.connection.execute("PRAGMA analysis_limit = 1000")
            self.connection.execute("PRAGMA optimize = 0x10012")

    def keep_facets(self) -> None:
        """Count all photos and store the counts, which `browsing.facets` uses until the next
        change. Call after a run that wrote something, outside a transaction. Raises
        ArchiveError."""
        with translated(self.path):
            self.models.put(FACETS, self.browsing.facets_to_keep())

    def compact(self) -> None:
        """Shrink the file by the space of deleted rows. Call outside a transaction; up to twice the
        catalogue's size must be free on the disk. Raises ArchiveError, DiskFullError."""
        with translated(self.path):
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """Copy the catalogue as it is now into `path`, a new or empty file, even while another
        process writes. Raises ArchiveError, DiskFullError."""
        with translated(path), self.snapshot(), closing(sqlite3.connect(path)) as copy:
            # The snapshot begins with the first query; without it each change restarts the copy.
            self.row("SELECT count(*) FROM meta")
            # Some MB at a time: between two Python is called, and can handle Ctrl-C.
            self.connection.backup(copy, pages=1024, progress=lambda *_: None)
