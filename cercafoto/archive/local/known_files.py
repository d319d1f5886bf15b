"""What a run of `index` asks of the files that the catalogue knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from cercafoto.archive.local.database import Part, translated
from cercafoto.archive.records import KnownFile
from cercafoto.base.paths import prefix_range
from cercafoto.photos.facts import FACTS_VERSION, METADATA_VERSION
from cercafoto.photos.read_file import Extent

_UNDER = "(path = ? OR (path >= ? AND path < ?))"  # see `prefix_range`
# Nothing more need be known of a photo to see that it is the same.
_RESTING = (
    "state = 'ok' AND sidecar_mtime_ns IS NULL AND content_id IS NOT NULL "
    "AND content_id NOT IN (SELECT value FROM json_each(?)) "
    "AND id NOT IN (SELECT value FROM json_each(?))"
)
_KNOWN = ", ".join("id" if name == "photo_id" else name for name in KnownFile._fields)


class KnownFiles(Part):
    """Files by path, and what is known of their contents."""

    def resting_under(
        self, folder: bytes, contents: Iterable[int], photos: Iterable[int]
    ) -> set[tuple[bytes, int, int, int | None]]:
        """Return the files `folder` must contain for a refresh to have nothing to do, each as
        (path, size, time of change, None), as `photos.scan` finds a file without a sidecar.

        The last item is a photo's id instead of None if the refresh must look closer: photos of the
        given contents, given photos, hidden photos, problems, and photos with a sidecar.
        """
        rows = self._db.rows(
            f"SELECT path, size, mtime_ns, CASE WHEN {_RESTING} THEN NULL ELSE id END "
            f"FROM photos WHERE {_UNDER}",
            json.dumps(list(contents)),
            json.dumps(list(photos)),
            folder,
            *prefix_range(folder),
        )
        return set(rows)

    def restless_under(
        self, folder: bytes, contents: Iterable[int], photos: Iterable[int]
    ) -> dict[bytes, KnownFile]:
        """Collect the photos for which `resting_under` says that there is more to know, by path."""
        rows = self._db.rows(
            f"SELECT {_KNOWN} FROM photos WHERE {_UNDER} AND NOT ({_RESTING})",
            folder,
            *prefix_range(folder),
            json.dumps(list(contents)),
            json.dumps(list(photos)),
        )
        return {row[0]: KnownFile._make(row) for row in rows}

    def known_at(self, path: bytes) -> KnownFile | None:
        """Look up what is known by this path."""
        row = self._db.row(f"SELECT {_KNOWN} FROM photos WHERE path = ?", path)
        return KnownFile._make(row) if row else None

    def wanted_of(self, digest: bytes, model_id: int) -> Extent:
        """Tell what is to be read of a content: its pixels too if the model has not embedded it,
        or if it is not known whether it has colours."""
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
        """Yield the contents with a vector of the model and known colours, by digest: (digest,
        whether its metadata is known). One at a time: there may be millions."""
        with translated(self._db.path):
            yield from self._db.execute(
                "SELECT digest, coalesce(facts_version >= ?, 0) FROM contents "
                "JOIN vectors ON vectors.content_id = contents.id "
                "WHERE model_id = ? AND monochrome IS NOT NULL ORDER BY digest",
                (METADATA_VERSION, model_id),
            )

    def photos_without_colours(self) -> set[int]:
        """Find photos of which an older version did not see whether they are in colour."""
        rows = self._db.rows(
            "SELECT photos.id FROM contents CROSS JOIN photos ON content_id = contents.id "
            "WHERE monochrome IS NOT 0 AND monochrome IS NULL"
        )
        return {row[0] for row in rows}

    def photos_without_facts(self) -> set[int]:
        """Find photos for which `write_facts` was not called yet, or only by an older version. By
        photo, not by content: a copy may have been read when the others were not there."""
        rows = self._db.rows(
            "SELECT id FROM photos WHERE facts_version IS NULL AND content_id IS NOT NULL "
            "UNION ALL SELECT id FROM photos WHERE facts_version < ?",
            FACTS_VERSION,
        )
        return {row[0] for row in rows}

    def to_put_together(self) -> list[int]:
        """Find the photos of which everything is stored and was put together by an older
        version."""
        rows = self._db.rows(
            "SELECT photos.id FROM photos JOIN contents ON contents.id = content_id "
            "WHERE photos.facts_version < ? AND contents.facts_version >= ?",
            FACTS_VERSION,
            METADATA_VERSION,
        )
        return [row[0] for row in rows]

    def missing_of(self, digest: bytes) -> list[int]:
        """List the photos with this content that are not where they were, oldest id first."""
        rows = self._db.rows(
            "SELECT photos.id FROM contents JOIN photos ON content_id = contents.id "
            "WHERE digest = ? AND state = 'missing' ORDER BY photos.id",
            digest,
        )
        return [row[0] for row in rows]
