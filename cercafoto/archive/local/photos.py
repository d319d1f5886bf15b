"""Photos: what an indexing run asks and writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import now, translated
from cercafoto.archive.local.folders import Folders
from cercafoto.archive.local.records import Indexed, KnownFile, SidecarRead
from cercafoto.base.paths import prefix_range
from cercafoto.base.word_stems import fold, stems
from cercafoto.photos.facts import (
    BY_HAND,
    FACTS_VERSION,
    METADATA_VERSION,
    Facts,
    combined,
    hour_of,
)
from cercafoto.photos.folder_dates import date_in_folders
from cercafoto.photos.path_words import names_of, words_in
from cercafoto.question.values import shape_of
from cercafoto.results import Counts

# excluded: there, but left out by the person.
OK, MISSING, PROBLEM, EXCLUDED = "ok", "missing", "problem", "excluded"
# The time of a file that the next run is to read again, whatever its real one.
READ_AGAIN = -1

# Names of a place, "" where there is none: comune, provincia, regione, paese.
PlaceNames = tuple[str, str, str, str]
# Where a position is: latitude, longitude in decimal degrees -> names.
Locate = Callable[[float, float], PlaceNames | None]

_PATH, _FACTS, _LABEL = sound("photos", "path"), sound("contents", "facts"), sound("tags", "label")
_CHANGED_LABEL = sound("label_changes", "label")
_UNDER = "(path = ? OR (path >= ? AND path < ?))"  # see `prefix_range`
# Nothing more need be known of a photo to see that it is the same.
_RESTING = (
    "state = 'ok' AND sidecar_mtime_ns IS NULL AND content_id IS NOT NULL "
    "AND content_id NOT IN (SELECT value FROM json_each(?)) "
    "AND id NOT IN (SELECT value FROM json_each(?))"
)
_KNOWN = ", ".join("id" if name == "photo_id" else name for name in KnownFile._fields)


class Photos(Folders):
    """The part of the catalogue that indexing reads and writes."""

    def resting_under(
        self, folder: bytes, contents: Iterable[int], photos: Iterable[int]
    ) -> set[tuple[bytes, int, int, int | None]]:
        """Collect what a look at `folder` is to find there, or at it, for nothing to be done:
        (path, size, time of change, None), as `photos.scan` finds a file without a sidecar. For
        every photo of which there is more to know, it says (path, size, time, id): those of the
        given contents, those given, hidden ones, problems, and photos with a sidecar."""
        rows = self._rows(
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
        rows = self._rows(
            f"SELECT {_KNOWN} FROM photos WHERE {_UNDER} AND NOT ({_RESTING})",
            folder,
            *prefix_range(folder),
            json.dumps(list(contents)),
            json.dumps(list(photos)),
        )
        return {row[0]: KnownFile._make(row) for row in rows}

    def known_at(self, path: bytes) -> KnownFile | None:
        """Look up what is known by this path."""
        row = self._row(f"SELECT {_KNOWN} FROM photos WHERE path = ?", path)
        return KnownFile._make(row) if row else None

    def knows(self, path: bytes) -> bool:
        """Tell whether a photo is known at or under `path`."""
        low, high = prefix_range(path)
        row = self._row(
            "SELECT 1 FROM photos WHERE path = ? OR (path >= ? AND path < ?) LIMIT 1",
            path,
            low,
            high,
        )
        return row is not None

    def count_visible_under(self, folder: bytes) -> int:
        low, high = prefix_range(folder)
        return int(
            self._row(
                "SELECT count(*) FROM photos WHERE state = 'ok' AND path >= ? AND path < ?",
                low,
                high,
            )[0]
        )

    def has_vector(self, digest: bytes, model_id: int) -> bool:
        return (
            self._row(
                "SELECT 1 FROM contents JOIN vectors ON vectors.content_id = contents.id "
                "WHERE digest = ? AND model_id = ?",
                digest,
                model_id,
            )
            is not None
        )

    def has_facts(self, digest: bytes) -> bool:
        row = self._row("SELECT facts_version FROM contents WHERE digest = ?", digest)
        return row is not None and row[0] is not None and row[0] >= METADATA_VERSION

    def has_colours(self, digest: bytes) -> bool:
        """Tell whether it is known of a content if it is in colour."""
        row = self._row("SELECT monochrome FROM contents WHERE digest = ?", digest)
        return row is not None and row[0] is not None

    def decoded_contents(self, model_id: int) -> Iterator[tuple[bytes, bool]]:
        """Yield the contents with a vector of the model and known colours, by digest: (digest,
        whether its metadata is known). One at a time: there may be millions."""
        with translated(self.path):
            yield from self._db.execute(
                "SELECT digest, coalesce(facts_version >= ?, 0) FROM contents "
                "JOIN vectors ON vectors.content_id = contents.id "
                "WHERE model_id = ? AND monochrome IS NOT NULL ORDER BY digest",
                (METADATA_VERSION, model_id),
            )

    def photos_without_colours(self) -> set[int]:
        """Find photos of which an older version did not see whether they are in colour."""
        rows = self._rows(
            "SELECT photos.id FROM contents CROSS JOIN photos ON content_id = contents.id "
            "WHERE monochrome IS NOT 0 AND monochrome IS NULL"
        )
        return {row[0] for row in rows}

    def photos_without_facts(self) -> set[int]:
        """Find photos for which `write_facts` was not called yet, or only by an older version. By
        photo, not by content: a copy may have been read when the others were not there."""
        rows = self._rows(
            "SELECT id FROM photos WHERE facts_version IS NULL AND content_id IS NOT NULL "
            "UNION ALL SELECT id FROM photos WHERE facts_version < ?",
            FACTS_VERSION,
        )
        return {row[0] for row in rows}

    def contents_without_vector(self, model_id: int) -> set[int]:
        """List the contents that the model has not embedded yet."""
        vectors, contents = self._row(
            "SELECT (SELECT count(*) FROM vectors WHERE model_id = ?), count(*) FROM contents",
            model_id,
        )
        if vectors == contents:  # a content has one at most, and none is without its content
            return set()
        rows = self._rows(
            "SELECT id FROM contents WHERE NOT EXISTS "
            "(SELECT 1 FROM vectors WHERE content_id = contents.id AND model_id = ?)",
            model_id,
        )
        return {row[0] for row in rows}

    def lacking_vector(self, model_id: int) -> int:
        """Count the visible contents that the model has not embedded yet."""
        return int(
            self._row(
                "SELECT count(DISTINCT content_id) FROM photos WHERE state = 'ok' AND content_id "
                "NOT IN (SELECT content_id FROM vectors WHERE model_id = ?)",
                model_id,
            )[0]
        )

    def write(
        self, batch: Sequence[Indexed], model_id: int, locate: Locate = lambda a, b: None
    ) -> list[int | None]:
        """Write one batch of files: photos, contents, facts and vectors. Call inside a transaction.

        locate: which place a position is in.

        Returns the content of each, None for a problem.
        """
        written = []
        for item in batch:
            content_id, is_new = self._write_content(item, model_id) if item.digest else (None, 0)
            if content_id is not None and is_new:
                self._mark_stale_labels(item.path, content_id)
            (photo_id,) = self._row(
                "INSERT INTO photos(path, size, mtime_ns, content_id, state, problem, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
                "size = excluded.size, mtime_ns = excluded.mtime_ns, state = excluded.state, "
                "content_id = excluded.content_id, problem = excluded.problem, "
                "seen_at = excluded.seen_at RETURNING id",
                item.path,
                item.size,
                READ_AGAIN if item.passing else item.mtime_ns,
                content_id,
                PROBLEM if item.problem else OK,
                item.problem,
                now(),
            )
            if content_id is not None:
                self.write_facts(photo_id, item.path, item.sidecar, locate)
            written.append(content_id)
        return written

    def _mark_stale_labels(self, path: bytes, content_id: int) -> None:
        """Mark the labels of an edited file: they stay with the old content, and those who gave
        them are to be asked again about the new one; the person is not, whose labels go along, and
        can be undone there too."""
        self._db.execute(
            "INSERT OR IGNORE INTO label_changes(content_id, action, label, label_file, score, "
            f"confidence, model_id, tagged_at) SELECT ?, action, {_CHANGED_LABEL}, label_file, "
            "score, confidence, label_changes.model_id, tagged_at FROM label_changes JOIN photos "
            "ON photos.content_id = label_changes.content_id WHERE path = ? AND label_file = ?",
            (content_id, path, BY_HAND),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO tags(content_id, label, score, confidence, label_file, "
            f"model_id, tagged_at) SELECT ?, {_LABEL}, score, confidence, label_file, "
            "tags.model_id, tagged_at FROM tags JOIN photos "
            "ON photos.content_id = tags.content_id WHERE path = ? AND label_file = ?",
            (content_id, path, BY_HAND),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO stale_labels(content_id, label_file) "
            "SELECT ?, label_file FROM tags JOIN photos ON photos.content_id = tags.content_id "
            "WHERE path = ? AND label_file <> ? UNION SELECT ?, label_file FROM stale_labels AS s "
            "JOIN photos ON photos.content_id = s.content_id WHERE path = ?",
            (content_id, path, BY_HAND, content_id, path),
        )

    def _write_content(self, item: Indexed, model_id: int) -> tuple[int, bool]:
        """Write a content; return its id, and whether the catalogue had none until now."""
        added = self._db.execute(
            "INSERT OR IGNORE INTO contents(digest, width, height, orientation) "
            "VALUES (?, ?, ?, ?)",
            (item.digest, item.width, item.height, item.orientation),
        )
        content_id = int(self._row("SELECT id FROM contents WHERE digest = ?", item.digest)[0])
        if item.facts is not None:
            self._db.execute(
                "UPDATE contents SET facts = ?, facts_version = ?, width = ?, height = ?, "
                "orientation = ? WHERE id = ?",
                (
                    *(item.facts.to_json(), METADATA_VERSION),
                    *(item.width, item.height, item.orientation, content_id),
                ),
            )
        if item.monochrome is not None:
            self._db.execute(
                "UPDATE contents SET monochrome = ? WHERE id = ?", (item.monochrome, content_id)
            )
        if item.vector is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO vectors(content_id, model_id, vector, checksum) "
                "VALUES (?, ?, ?, ?)",
                (
                    content_id,
                    model_id,
                    stored := item.vector.astype("<f2").tobytes(),
                    crc32(stored),
                ),
            )
        return content_id, added.rowcount == 1

    def write_facts(
        self,
        photo_id: int,
        path: bytes,
        sidecar: SidecarRead | None,
        locate: Locate = lambda a, b: None,
    ) -> None:
        """Put together what counts for a photo: what its content says, which is stored already,
        its sidecar, its name and its folders. Call inside a transaction; see `write`."""
        embedded_json, width, height = self._row(
            f"SELECT {_FACTS}, width, height FROM photos "
            "JOIN contents ON contents.id = content_id WHERE photos.id = ?",
            photo_id,
        )
        names_in_path = names_of(path, self.roots())
        facts = combined(
            Facts.from_json(embedded_json or "{}"),
            sidecar.facts if sidecar else None,
            path,
            date_in_folders(names_in_path[:-1]),
        )
        words = words_in(names_in_path)
        names = None
        if facts.latitude is not None and facts.longitude is not None:
            names = locate(facts.latitude, facts.longitude)
        self._db.execute(
            "UPDATE photos SET sidecar_size = ?, sidecar_mtime_ns = ?, sidecar_facts = ?, "
            "taken_at = ?, date_source = ?, hour = ?, latitude = ?, longitude = ?, place_id = ?, "
            "camera_id = ?, format = ?, shape = ?, rating = ?, facts_version = ? WHERE id = ?",
            (
                sidecar.size if sidecar else None,
                sidecar.mtime_ns if sidecar else None,
                sidecar.facts.to_json() if sidecar else None,
                facts.taken_at,
                facts.date_source,
                hour_of(facts.taken_at) if facts.taken_at else None,
                facts.latitude,
                facts.longitude,
                self._place_id(names) if names else None,
                self._camera_id(facts.camera) if facts.camera else None,
                facts.format,
                shape_of(width, height),
                facts.rating,
                FACTS_VERSION,
                photo_id,
            ),
        )
        self._db.execute("DELETE FROM keywords WHERE photo_id = ?", (photo_id,))
        self._db.executemany(
            "INSERT OR IGNORE INTO keywords(keyword, photo_id) VALUES (?, ?)",
            ((key, photo_id) for word in facts.keywords if (key := stems(word))),
        )
        texts = (" , ".join(facts.keywords), facts.title or "", facts.description or "", words)
        self._db.execute("DELETE FROM words WHERE rowid = ?", (photo_id,))
        if any(texts):
            self._db.execute(
                "INSERT INTO words(rowid, keywords, title, description, names) "
                "VALUES (?, ?, ?, ?, ?)",
                (photo_id, *map(stems, texts)),
            )

    def to_put_together(self) -> list[int]:
        """Find the photos of which everything is stored and was put together by an older
        version."""
        rows = self._rows(
            "SELECT photos.id FROM photos JOIN contents ON contents.id = content_id "
            "WHERE photos.facts_version < ? AND contents.facts_version >= ?",
            FACTS_VERSION,
            METADATA_VERSION,
        )
        return [row[0] for row in rows]

    def put_together(self, photo_id: int, locate: Locate) -> None:
        """Write the facts of a photo anew from what is stored of it. Call inside a transaction.

        Raises ValueError or TypeError where that is no longer what was written.
        """
        path, size, mtime_ns, facts = self._row(
            f"SELECT {_PATH}, sidecar_size, sidecar_mtime_ns, sidecar_facts FROM photos "
            "WHERE id = ?",
            photo_id,
        )
        beside = SidecarRead(size, mtime_ns, Facts.from_json(facts)) if facts else None
        self.write_facts(photo_id, path, beside, locate)

    def _place_id(self, names: PlaceNames) -> int:
        which = "comune = ? AND provincia = ? AND regione = ? AND paese = ?"
        row = self._row(f"SELECT id FROM places WHERE {which}", *names)
        if row is None:
            row = self._row(
                "INSERT INTO places(comune, provincia, regione, paese) VALUES (?, ?, ?, ?) "
                "RETURNING id",
                *names,
            )
        return int(row[0])

    def _camera_id(self, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO cameras(name, folded) VALUES (?, ?)", (name, fold(name))
        )
        return int(self._row("SELECT id FROM cameras WHERE name = ?", name)[0])

    def refresh_statistics(self) -> None:
        """Let SQLite look at the tables again, so that it filters through the best index. Costs
        some tens of ms; call it after a run that wrote something, outside a transaction."""
        with translated(self.path):
            self._db.execute("PRAGMA analysis_limit = 1000")
            self._db.execute("PRAGMA optimize = 0x10012")

    def set_state(self, photo_ids: Iterable[int], state: str) -> None:
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE id = ?", ((state, i) for i in photo_ids)
        )

    def set_state_of(self, paths: Iterable[bytes], state: str) -> None:
        """Set the state of the photos at these paths, without those that the catalogue does not
        know."""
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE path = ?", ((state, path) for path in paths)
        )

    def move(self, photo_id: int, path: bytes) -> None:
        """Give a photo a path that the catalogue does not know yet."""
        self._db.execute("UPDATE photos SET path = ? WHERE id = ?", (path, photo_id))

    def missing_of(self, digest: bytes) -> list[int]:
        """List the photos with this content that are not where they were, oldest id first."""
        rows = self._rows(
            "SELECT photos.id FROM contents JOIN photos ON content_id = contents.id "
            "WHERE digest = ? AND state = 'missing' ORDER BY photos.id",
            digest,
        )
        return [row[0] for row in rows]

    def forget(self, photo_ids: Iterable[int]) -> None:
        """Delete paths (not contents): the old name of a file that was moved."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in photo_ids))

    def problems(self, limit: int = -1) -> list[tuple[bytes, str]]:
        return self._rows(
            f"SELECT {_PATH}, problem FROM photos WHERE state = 'problem' ORDER BY path LIMIT ?",
            limit,
        )

    def counts(self) -> Counts:
        photos, contents = self._row(
            "SELECT count(*), count(DISTINCT content_id) FROM photos INDEXED BY photos_content "
            "WHERE state = 'ok' AND content_id IS NOT NULL"
        )
        by_state = dict(
            self._rows("SELECT state, count(*) FROM photos WHERE state <> 'ok' GROUP BY state")
        )
        model = self.active_model
        (dated,) = self._row(
            "SELECT count(*) FROM photos INDEXED BY photos_taken_at "
            "WHERE state = 'ok' AND date_source NOT IN ('name', 'folder')"
        )
        (located,) = self._row(
            "SELECT count(*) FROM photos WHERE state = 'ok' AND latitude IS NOT NULL"
        )
        return Counts(
            photos=photos,
            contents=contents,
            missing=by_state.get(MISSING, 0),
            problems=by_state.get(PROBLEM, 0),
            vectors=self._row("SELECT count(*) FROM vectors WHERE model_id = ?", model)[0],
            tags=self._row("SELECT count(*) FROM tags")[0],
            dated=dated,
            located=located,
            excluded=by_state.get(EXCLUDED, 0),
        )
