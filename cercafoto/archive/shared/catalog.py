"""The queries of a shared archive, grouped by subject, over one connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cercafoto.archive.queries.named_people import NamedPeople
from cercafoto.archive.queries.photos import SHARED_MODEL, PhotoQueries
from cercafoto.archive.queries.words import WordQueries
from cercafoto.archive.shared.browsing import SharedBrowsing
from cercafoto.archive.shared.connected import Connected
from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.labels import SharedLabels
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.schema import not_shared_yet
from cercafoto.archive.shared.texts import SharedTexts
from cercafoto.results.status import Counts

if TYPE_CHECKING:
    from cercafoto.archive.queries.things import ThingQueries


class SharedCatalog(Connected):
    """The queries of a shared archive, and changes of its labels."""

    def __init__(self, db: Connection, address: str, mounts: Mounts) -> None:
        super().__init__(db, address, mounts)
        self.models = SharedModel(self)
        self.photos, self.words = PhotoQueries(self), WordQueries(self)
        self.labels, self.browsing = SharedLabels(self), SharedBrowsing(self)
        self.texts, self.people = SharedTexts(self), NamedPeople()

    @cached_property
    def things(self) -> ThingQueries:
        from cercafoto.archive.queries.things import ThingQueries  # late: few questions need it

        return ThingQueries(self)

    def counts(self) -> Counts:
        row = self.row(
            "SELECT count(*), count(DISTINCT content_id), "
            "count(*) FILTER (WHERE date_source NOT IN ('name', 'folder')), "
            "count(*) FILTER (WHERE date_source IN ('name', 'folder')), "
            "count(*) FILTER (WHERE latitude IS NOT NULL), "
            "(SELECT count(*) FROM vectors), (SELECT count(*) FROM tags) FROM photos"
        )
        photos, contents, dated, by_name, located, vectors, tags = row
        return Counts(photos, contents, 0, 0, vectors, tags, dated, located, dated_by_name=by_name)

    def small_copy(self, digest: bytes) -> bytes | None:
        """Return the small copy (JPEG) of a content by its SHA-256, None if no source sent one."""
        rows = self.rows(
            "SELECT picture FROM small_copies JOIN contents ON id = content_id WHERE digest = ?",
            digest,
        )
        return rows[0][0] if rows else None


class SharedModel:
    """The model of a shared archive, which has only one; all sources must use it."""

    active_model = SHARED_MODEL

    def __init__(self, engine: Connected) -> None:
        self._engine = engine

    def in_use(self) -> tuple[int, int]:
        return SHARED_MODEL, self.model(SHARED_MODEL)[2]

    def model(self, model_id: int) -> tuple[str, str, int]:
        """Return (fingerprint, name, dimension), whatever `model_id` is. Raises ArchiveError if
        nothing was published yet."""
        meta = self._engine.meta
        try:
            return meta["fingerprint"], meta["model"], int(meta["dimension"])
        except KeyError as error:
            raise not_shared_yet(self._engine.address) from error
