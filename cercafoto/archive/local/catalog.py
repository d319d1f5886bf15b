"""An open catalogue, whose parts hold the queries and changes of one subject each."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.local.database import Database, Part, translated
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
    from cercafoto.archive.local.stored_collections import StoredCollections
    from cercafoto.archive.local.things import LocalThings
    from cercafoto.archive.local.unread import Unread


# Parts that a search does not need, imported at their first use: name -> (module, class).
_LATE = {
    "browsing": ("browsing", "LocalBrowsing"),
    "things": ("things", "LocalThings"),
    "unread": ("unread", "Unread"),
    "collections": ("stored_collections", "StoredCollections"),
    "known": ("known_files", "KnownFiles"),
    "intake": ("intake", "Intake"),
    "label_history": ("label_history", "LabelHistory"),
    "edited_moves": ("edited_moves", "EditedMoves"),
    "purge": ("purge", "Purge"),
    "publishing": ("publishing", "Publishing"),
    "integrity": ("integrity", "Integrity"),
    "damaged_rows": ("damaged_rows", "DamagedRows"),
}


class Catalog(Database):
    """An open catalogue, for one thread. `close` it, or use it in a with block."""

    browsing: LocalBrowsing
    things: LocalThings
    unread: Unread
    collections: StoredCollections
    known: KnownFiles
    intake: Intake
    label_history: LabelHistory
    edited_moves: EditedMoves
    purge: Purge
    publishing: Publishing
    integrity: Integrity
    damaged_rows: DamagedRows

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self.models, self.folders = Models(self), Folders(self)
        self.photos, self.words = LocalPhotos(self), WordQueries(self)
        self.labels, self.texts = LocalLabels(self), Texts(self)
        self.vectors, self.people = Vectors(self), LocalPeople(self)

    if not TYPE_CHECKING:  # with it, a type checker would accept any name

        def __getattr__(self, name: str) -> Part:
            """Make a part of `_LATE`, and keep it."""
            if name not in _LATE:
                raise AttributeError(name)
            module, kind = _LATE[name]
            part = getattr(import_module(f"{__package__}.{module}"), kind)(self)
            setattr(self, name, part)
            return part

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
