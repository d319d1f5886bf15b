"""Queries for a run of `index`, about the files that the catalogue already knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from cercafoto.archive.local.database import Part, translated
from cercafoto.archive.records import KnownFile
from cercafoto.base.paths import prefix_range
from cercafoto.photos.facts import FACTS_VERSION, METADATA_VERSION
from cercafoto.photos.read_file import Extent

_UNDER = "(path = ? OR (path >= ? AND path < ?))"  # see `prefix_range`
# Photos for which path, size and time suffice to see that they have not changed.
_UNCHANGED = (
    "state = 'ok' AND sidecar_mtime_ns IS NULL AND content_id IS NOT NULL "
    "AND content_id NOT IN (SELECT value FROM json_each(?)) "
    "AND id NOT IN (SELECT value FROM json_each(?))"
)
_KNOWN = ", ".join("id" if name == "photo_id" else name for name in KnownFile._fields)


class KnownFiles(Part):
    def expected_under(
        self, folder: bytes, contents: Iterable[int], photos: Iterable[int]
    ) -> set[tuple[bytes, int, int, int | None]]:
        """Return the files `folder` must contain for a refresh to have nothing to do, each as
        (path, size, time of change, None), as `photos.scan` finds a file without a sidecar.

        If the refresh must look closer, the last item is the photo's id, not None: for the photos
        with ids in `photos`, photos whose contents have ids in `contents`, missing and excluded
        photos, problems, and photos with a sidecar.
        """
        rows = self._db.rows(
            f"SELECT path, size, mtime_ns, CASE WHEN {_UNCHANGED} THEN NULL ELSE id END "
            f"FROM photos WHERE {_UNDER}",
            json.dumps(list(contents)),
            json.dumps(list(photos)),
            folder,
            *prefix_range(folder),
        )
        return set(rows)

    def to_compare_under(
        self, folder: bytes, contents: Iterable[int], photos: Iterable[int]
    ) -> dict[bytes, KnownFile]:
        """Return path -> file, for files that `expected_under` returns with a photo's id."""
        rows = self._db.rows(
            f"SELECT {_KNOWN} FROM photos WHERE {_UNDER} AND NOT ({_UNCHANGED})",
            folder,
            *prefix_range(folder),
            json.dumps(list(contents)),
            json.dumps(list(photos)),
        )
        return {row[0]: KnownFile._make(row) for row in rows}

    def known_at(self, path: bytes) -> KnownFile | None:
        """Return what the catalogue stores of the file at a path, None if it has no such file."""
        row = self._db.row(f"SELECT {_KNOWN} FROM photos WHERE path = ?", path)
        return KnownFile._make(row) if row else None

    def beside(self, sidecar: bytes) -> list[tuple[int, bytes]]:
        """Return (id, path) of the visible photos to which a sidecar may belong by its name:
        foto.jpg.xmp to foto.jpg, foto.xmp to foto.jpg and foto.raw."""
        stem = sidecar[: -len(b".xmp")]
        return self._db.rows(
            "SELECT id, path FROM photos WHERE state = 'ok' "
            "AND (path = ? OR (path > ? AND path < ?)) ORDER BY path",
            stem,
            stem + b".",
            stem + b"/",  # which comes after the full stop
        )

    def marks_under(
        self, folders: Iterable[bytes]
    ) -> Iterator[tuple[bytes, int | None, str | None]]:
        """Yield (path, stars, colour of the label) of the visible photos at or under some paths."""
        for folder in folders:
            yield from self._db.rows(
                "SELECT path, rating, color_label FROM photos WHERE state = 'ok' "
                f"AND {_UNDER} ORDER BY path",
                folder,
                *prefix_range(folder),
            )

    def wanted_of(self, digest: bytes, model_id: int) -> Extent:
        """Return how much to read of the content with this SHA-256: "all" with pixels if it is
        unknown, not embedded by the model or not checked for colour; "metadata" if only its
        metadata is out of date; otherwise "nothing"."""
        row = self._db.row(
            "SELECT monochrome IS NOT NULL AND EXISTS (SELECT 1 FROM vectors "
            "WHERE content_id = contents.id AND model_id = ?), coalesce(facts_version, -1) "
            "FROM contents WHERE digest = ?",
            model_id,
            digest,
        )
        if row is None or not row[0]:
            return "all"
        return "nothing" if row[1] >= METADATA_VERSION else "metadata"

    def decoded_contents(self, model_id: int) -> Iterator[tuple[bytes, bool]]:
        """Yield (digest, whether the metadata is up to date) of the contents whose pixels need not
        be read again, sorted by digest; see `wanted_of`. Millions do not fill the memory."""
        with translated(self._db.path):
            yield from self._db.execute(
                "SELECT digest, coalesce(facts_version >= ?, 0) FROM contents "
                "JOIN vectors ON vectors.content_id = contents.id "
                "WHERE model_id = ? AND monochrome IS NOT NULL ORDER BY digest",
                (METADATA_VERSION, model_id),
            )

    def photos_without_facts(self) -> set[int]:
        """Return the ids of photos whose metadata was not written yet, or only by an older version.
        Copies of a photo may differ in this, if one was missing when the others were read."""
        rows = self._db.rows(
            "SELECT id FROM photos WHERE facts_version IS NULL AND content_id IS NOT NULL "
            "UNION ALL SELECT id FROM photos WHERE facts_version < ?",
            FACTS_VERSION,
        )
        return {row[0] for row in rows}

    def photos_to_recompute(self) -> list[int]:
        """Return the ids of the photos whose metadata an older version wrote, and whose files need
        not be read to update it, because the metadata of their content is up to date."""
        rows = self._db.rows(
            "SELECT photos.id FROM photos JOIN contents ON contents.id = content_id "
            "WHERE photos.facts_version < ? AND contents.facts_version >= ?",
            FACTS_VERSION,
            METADATA_VERSION,
        )
        return [row[0] for row in rows]

    def missing_of(self, digest: bytes) -> list[int]:
        """Return the ids of the missing photos whose content has this SHA-256, sorted."""
        rows = self._db.rows(
            "SELECT photos.id FROM contents JOIN photos ON content_id = contents.id "
            "WHERE digest = ? AND state = 'missing' ORDER BY photos.id",
            digest,
        )
        return [row[0] for row in rows]
