"""Settings of the catalogue, its number of purges, and the models of its vectors."""

from __future__ import annotations

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part, now
from cercafoto.errors import ArchiveError

COLLECTIONS_FOLDER = "collections_folder"  # key of a setting in JSON, see `FolderKeeper`

_META, _MODEL = checked("meta", "value"), checked("models", "fingerprint")


class Models(Part):
    """The settings of a catalogue, and the models of its vectors."""

    def get(self, key: str) -> str | None:
        """Return a setting, None if the catalogue does not have it."""
        row = self._db.row(f"SELECT {_META} FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta(key, value) VALUES (?, ?) "
            "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    @property
    def has_collections_folder(self) -> bool:
        """Whether collections are kept in a folder."""
        return self.get(COLLECTIONS_FOLDER) not in (None, "null")

    @property
    def purges(self) -> int:
        """How often vectors were deleted. When the number changes, caches must be made again."""
        return int(self.get("purges") or 0)

    def count_purge(self) -> None:
        """Increase `purges`, because vectors were deleted. Call inside a transaction."""
        self._db.execute(
            "INSERT INTO meta(key, value) VALUES ('purges', '1') "
            "ON CONFLICT(key) DO UPDATE SET value = value + 1"
        )

    def add_model(self, fingerprint: str, name: str, version: str, dimension: int) -> int:
        """Add a model or rename a known one. Return its id. Call inside a transaction."""
        self._db.execute(
            "INSERT INTO models(fingerprint, name, version, dimension, added_at) "
            "VALUES (?, ?, ?, ?, ?) ON CONFLICT(fingerprint) DO UPDATE SET name = excluded.name "
            "WHERE name <> excluded.name",
            (fingerprint, name, version, dimension, now()),
        )
        return self._db.number("SELECT id FROM models WHERE fingerprint = ?", fingerprint)

    def model_id(self, fingerprint: str) -> int | None:
        """Return the id of a model, None if this archive never used the model."""
        row = self._db.row("SELECT id FROM models WHERE fingerprint = ?", fingerprint)
        return int(row[0]) if row else None

    def model_ids(self) -> list[int]:
        """Return the ids of all models that this archive ever used."""
        return [model_id for (model_id,) in self._db.rows("SELECT id FROM models")]

    def model(self, model_id: int) -> tuple[str, str, int]:
        """Return (fingerprint, name, dimension). Raises ArchiveError for an unknown model."""
        row = self._db.row(f"SELECT {_MODEL}, name, dimension FROM models WHERE id = ?", model_id)
        if row is None:
            raise self._db.damaged()
        fingerprint, name, dimension = row
        return fingerprint, name, dimension

    @property
    def active_model(self) -> int | None:
        """The id of the model that searches use: the last model that embedded all contents. None in
        a new archive."""
        value = self.get("model")
        return int(value) if value else None

    def choose_active(self) -> None:
        """If the setting of the model in use was lost, choose the model with most vectors. Call
        inside a transaction."""
        self._db.execute(
            "INSERT OR IGNORE INTO meta(key, value) SELECT 'model', model_id FROM vectors "
            "GROUP BY model_id ORDER BY count(*) DESC LIMIT 1"
        )

    def in_use(self) -> tuple[int, int]:
        """Return (id, dimension) of the active model. Raises ArchiveError if there is none."""
        active = self.active_model
        if active is None:
            raise ArchiveError(
                f"L'archivio in {self._db.path.parent} è ancora vuoto.",
                "Prima aggiungi le tue foto: cercafoto index CARTELLA",
            )
        return active, self.model(active)[2]
