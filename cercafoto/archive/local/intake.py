"""What a run of `index` writes: files that were read, and what became of those that were known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import Database, Part, now
from cercafoto.archive.local.folders import Folders
from cercafoto.archive.records import (
    OK,
    PROBLEM,
    READ_AGAIN,
    Indexed,
    Locate,
    PlaceNames,
    SidecarRead,
)
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

_PATH, _FACTS, _LABEL = sound("photos", "path"), sound("contents", "facts"), sound("tags", "label")


class Intake(Part):
    """Photos and contents, as they are written. Call everything inside a transaction."""

    def __init__(self, db: Database, folders: Folders) -> None:
        super().__init__(db)
        self._folders = folders

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
            (photo_id,) = self._db.row(
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
        them are to be asked again about the new one; the person is not, whose labels go along."""
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
        content_id = int(self._db.row("SELECT id FROM contents WHERE digest = ?", item.digest)[0])
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
        embedded_json, width, height = self._db.row(
            f"SELECT {_FACTS}, width, height FROM photos "
            "JOIN contents ON contents.id = content_id WHERE photos.id = ?",
            photo_id,
        )
        names_in_path = names_of(path, self._folders.roots())
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

    def put_together(self, photo_id: int, locate: Locate) -> None:
        """Write the facts of a photo anew from what is stored of it. Call inside a transaction.

        Raises ValueError or TypeError where that is no longer what was written.
        """
        path, size, mtime_ns, facts = self._db.row(
            f"SELECT {_PATH}, sidecar_size, sidecar_mtime_ns, sidecar_facts FROM photos "
            "WHERE id = ?",
            photo_id,
        )
        beside = SidecarRead(size, mtime_ns, Facts.from_json(facts)) if facts else None
        self.write_facts(photo_id, path, beside, locate)

    def _place_id(self, names: PlaceNames) -> int:
        which = "comune = ? AND provincia = ? AND regione = ? AND paese = ?"
        row = self._db.row(f"SELECT id FROM places WHERE {which}", *names)
        if row is None:
            row = self._db.row(
                "INSERT INTO places(comune, provincia, regione, paese) VALUES (?, ?, ?, ?) "
                "RETURNING id",
                *names,
            )
        return int(row[0])

    def _camera_id(self, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO cameras(name, folded) VALUES (?, ?)", (name, fold(name))
        )
        return int(self._db.row("SELECT id FROM cameras WHERE name = ?", name)[0])

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

    def forget(self, photo_ids: Iterable[int]) -> None:
        """Delete paths (not contents): the old name of a file that was moved."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in photo_ids))

    def read_again(self, photo_ids: list[int]) -> None:
        """Let the next run read photos again, although they look the same."""
        self._db.executemany(
            "UPDATE photos SET mtime_ns = -1 WHERE id = ?", ((i,) for i in photo_ids)
        )
