"""Write what a run of `index` found: new and changed photos, moved and missing files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Database, Part, now
from cercafoto.archive.records import OK, PROBLEM, READ_AGAIN, Locate, PlaceNames
from cercafoto.base.file_kinds import kind_mark
from cercafoto.base.word_stems import fold, stems
from cercafoto.errors import PassingImageError
from cercafoto.photos.facts import FACTS_VERSION, METADATA_VERSION, Facts, combined
from cercafoto.photos.folder_dates import date_in_folders
from cercafoto.photos.named_years import year_marks
from cercafoto.photos.path_words import names_of, words_in
from cercafoto.photos.read_file import FoundFile, ReadFile, SidecarEntry, moment_digest
from cercafoto.photos.sources import BY_HAND, hour_of
from cercafoto.question.lens_names import focal_of, folded_lens
from cercafoto.question.values import shape_of

if TYPE_CHECKING:
    from cercafoto.archive.local.indexed_folders import Folders
    from cercafoto.archive.local.named_people import LocalPeople
    from cercafoto.archive.local.things import LocalThings
    from cercafoto.base.arrays import Floats

# Cosine from which two frames of a video show one scene. With `mini`, nearly all photos that are
# trimmed or brightened are as near to their originals, see `search.same_shot.SAME_MOMENT`.
SAME_SCENE = 0.8
_PATH, _FACTS = checked("photos", "path"), checked("contents", "facts")
_LABEL = checked("tags", "label")
_CHANGED_LABEL = checked("label_changes", "label")


class Intake(Part):
    """Write photos and contents. Call every method inside a transaction.

    locate, roots: the function that finds places, and the indexed folders.
    """

    def __init__(
        self, db: Database, folders: Folders, people: LocalPeople, things: LocalThings
    ) -> None:
        super().__init__(db)
        self._folders, self._people, self._things = folders, people, things
        # Ids of the contents added so far. A copy of an edited photo may be written before it.
        self._added = set[int]()

    def write(
        self,
        batch: Sequence[ReadFile],
        model_id: int,
        locate: Locate = lambda a, b: None,
        roots: Sequence[bytes] | None = None,
    ) -> list[int | None]:
        """Write a batch of files: photos, contents, metadata, vectors and things. Return the
        content id of each file, None for a file without a digest.

        model_id: the model that made the embeddings.
        roots: None to look them up.
        """
        roots = self._folders.roots() if roots is None else roots
        written = []
        for read in batch:
            content_id = None
            if read.content_digest:
                content_id = self._write_content(read, model_id)
            if content_id in self._added:
                self.carry_labels(read.file.path, content_id)
            passing = isinstance(read.problem, PassingImageError)
            (photo_id,) = self._db.row(
                "INSERT INTO photos(path, size, mtime_ns, content_id, state, problem, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
                "size = excluded.size, mtime_ns = excluded.mtime_ns, state = excluded.state, "
                "content_id = excluded.content_id, problem = excluded.problem, "
                "seen_at = excluded.seen_at RETURNING id",
                read.file.path,
                read.file.size,
                READ_AGAIN if passing else read.file.mtime_ns,
                content_id,
                PROBLEM if read.problem else OK,
                read.problem and read.problem.message,
                now(),
            )
            if content_id is not None:
                self.write_facts(
                    photo_id, read.file, read.sidecar_metadata, locate, roots, read.metadata
                )
            written.append(content_id)
        return written

    def carry_labels(self, path: bytes, content_id: int) -> None:
        """Carry the labels of an edited file over to its new content.

        path: where the catalogue has the file with its content before.

        Labels given by hand are copied, with their undo history. Labels from label files are not:
        the new content is marked, so that the next `tag` with these files computes them again.
        """
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
        self._db.execute(  # what was said of the photo in collections
            "INSERT OR IGNORE INTO collection_photos(collection_id, digest, said) "
            "SELECT collection_id, new.digest, said FROM contents AS new, photos "
            "JOIN contents AS old ON old.id = photos.content_id "
            "JOIN collection_photos AS about ON about.digest = old.digest "
            "WHERE new.id = ? AND photos.path = ?",
            (content_id, path),
        )

    def _write_content(self, read: ReadFile, model_id: int) -> int:
        """Write the content of a file, with its metadata, vector and things if they were read.
        Return the content id."""
        digest = read.content_digest
        added = self._db.execute(
            "INSERT OR IGNORE INTO contents(digest, width, height, orientation) "
            "VALUES (?, ?, ?, ?)",
            (digest, read.width, read.height, read.orientation),
        )
        content_id = self._db.number("SELECT id FROM contents WHERE digest = ?", digest)
        if added.rowcount == 1:
            self._added.add(content_id)
        if read.metadata is not None:
            self._db.execute(
                "UPDATE contents SET facts = ?, facts_version = ? WHERE id = ?",
                (read.metadata.to_json(), METADATA_VERSION, content_id),
            )
        if read.monochrome is not None:
            self._db.execute(
                "UPDATE contents SET width = ?, height = ?, orientation = ?, monochrome = ? "
                "WHERE id = ?",
                (read.width, read.height, read.orientation, read.monochrome, content_id),
            )
        self._write_vector(content_id, model_id, read.embedding)
        if read.things is not None:
            self._things.write(content_id, read.things)
        self._write_moments(content_id, model_id, read)
        return content_id

    def _write_vector(self, content_id: int, model_id: int, embedding: Floats | None) -> None:
        if embedding is not None:
            stored = embedding.astype("<f2").tobytes()
            self._db.execute(
                "INSERT OR IGNORE INTO vectors(content_id, model_id, vector, checksum) "
                "VALUES (?, ?, ?, ?)",
                (content_id, model_id, stored, crc32(stored)),
            )

    def _write_moments(self, video_id: int, model_id: int, read: ReadFile) -> None:
        """Write the frames of a video; another model has the same frames."""
        if not read.moments or read.embedding is None:
            return
        for moment, looks in zip(read.moments, _looks(read), strict=True):
            start_ms, end_ms = round(1000 * moment.start), round(1000 * moment.end)
            content_id = video_id
            if moment is not read.moments[0]:
                digest = moment_digest(read.content_digest, start_ms)
                self._db.execute(
                    "INSERT OR IGNORE INTO contents(digest, width, height, orientation, "
                    "monochrome) VALUES (?, ?, ?, 1, 0)",
                    (digest, read.width, read.height),
                )
                content_id = self._db.number("SELECT id FROM contents WHERE digest = ?", digest)
                self._write_vector(content_id, model_id, moment.embedding)
                if moment.things is not None:
                    self._things.write(content_id, moment.things)
            self._db.execute(
                "INSERT OR REPLACE INTO moments(content_id, video_id, start_ms, end_ms, looks) "
                "VALUES (?, ?, ?, ?, ?)",
                (content_id, video_id, start_ms, end_ms, looks),
            )

    def write_facts(
        self,
        photo_id: int,
        file: FoundFile,
        sidecar_metadata: Facts | None,
        locate: Locate,
        roots: Sequence[bytes],
        metadata: Facts | None = None,
    ) -> None:
        """Write the metadata columns, keywords and words of a photo, combined from its content, its
        sidecar, its name and its folders.

        metadata: the content's metadata, None to use the stored metadata.
        """
        stored, width, height, orientation = self._db.row(
            f"SELECT {_FACTS}, width, height, orientation FROM photos "
            "JOIN contents ON contents.id = content_id WHERE photos.id = ?",
            photo_id,
        )
        names_in_path = names_of(file.path, roots)
        facts = combined(
            metadata or Facts.from_json(stored or "{}"),
            sidecar_metadata,
            file.path,
            date_in_folders(names_in_path[:-1]),
        )
        said = (facts.title, facts.description, *facts.keywords)
        marks = [year_marks(names_in_path, said), *([kind_mark(facts.kind)] if facts.kind else [])]
        words = " ".join(filter(None, [*marks, words_in(names_in_path)]))
        names = None
        if facts.latitude is not None and facts.longitude is not None:
            names = locate(facts.latitude, facts.longitude)
        self._db.execute(
            "UPDATE photos SET sidecar_size = ?, sidecar_mtime_ns = ?, sidecar_facts = ?, "
            "taken_at = ?, date_source = ?, hour = ?, latitude = ?, longitude = ?, place_id = ?, "
            "camera_id = ?, lens_id = ?, focal = ?, iso = ?, aperture = ?, exposure_time = ?, "
            "flash = ?, color_label = ?, format = ?, shape = ?, rating = ?, "
            "facts_version = ? WHERE id = ?",
            (
                file.sidecar and file.sidecar.size,
                file.sidecar and file.sidecar.mtime_ns,
                sidecar_metadata and sidecar_metadata.to_json(),
                facts.taken_at,
                facts.date_source,
                hour_of(facts.taken_at) if facts.taken_at else None,
                facts.latitude,
                facts.longitude,
                self._place_id(names) if names else None,
                self._name_id("cameras", facts.camera, fold) if facts.camera else None,
                self._name_id("lenses", facts.lens, folded_lens) if facts.lens else None,
                focal_of(facts.focal, facts.focal_35, facts.lens),
                facts.iso,
                facts.aperture,
                facts.exposure_time,
                facts.flash,
                facts.color_label or None,
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
        self._people.write(photo_id, facts, (width, height), orientation)
        texts = (" , ".join(facts.keywords), facts.title or "", facts.description or "", words)
        self._db.execute("DELETE FROM words WHERE rowid = ?", (photo_id,))
        if any(texts):
            self._db.execute(
                "INSERT INTO words(rowid, keywords, title, description, names) "
                "VALUES (?, ?, ?, ?, ?)",
                (photo_id, *map(stems, texts)),
            )

    def recompute_metadata(self, photo_id: int, locate: Locate, roots: Sequence[bytes]) -> None:
        """Write the metadata of a photo again, from the stored metadata of its content and sidecar.

        Raises ValueError, TypeError or ArchiveError if the stored metadata is damaged.
        """
        path, size, mtime_ns, facts = self._db.row(
            f"SELECT {_PATH}, sidecar_size, sidecar_mtime_ns, sidecar_facts FROM photos "
            "WHERE id = ?",
            photo_id,
        )
        file, metadata = FoundFile(path, 0, 0), None
        if facts:
            file = file._replace(sidecar=SidecarEntry(b"", size, mtime_ns))
            metadata = Facts.from_json(facts).without_names()
        content_id, stored = self._db.row(
            f"SELECT contents.id, {_FACTS} FROM contents JOIN photos "
            "ON content_id = contents.id WHERE photos.id = ?",
            photo_id,
        )
        embedded = Facts.from_json(stored or "{}")
        if (nameless := embedded.without_names()) != embedded:  # an older version stored them
            self._db.execute(
                "UPDATE contents SET facts = ? WHERE id = ?", (nameless.to_json(), content_id)
            )
        self.write_facts(photo_id, file, metadata, locate, roots, nameless)

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

    def _name_id(self, table: str, name: str, folded: Callable[[str], str]) -> int:
        self._db.execute(
            f"INSERT OR IGNORE INTO {table}(name, folded) VALUES (?, ?)", (name, folded(name))
        )
        return self._db.number(f"SELECT id FROM {table} WHERE name = ?", name)

    def set_state(self, photo_ids: Iterable[int], state: str) -> None:
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE id = ?", ((state, i) for i in photo_ids)
        )

    def set_state_of(self, paths: Iterable[bytes], state: str) -> None:
        """Set the state of the photos at these paths; unknown paths are skipped."""
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE path = ?", ((state, path) for path in paths)
        )

    def move(self, photo_id: int, path: bytes) -> None:
        """Change the path of a photo to `path`, which the catalogue must not have yet."""
        self._db.execute("UPDATE photos SET path = ? WHERE id = ?", (path, photo_id))

    def forget(self, photo_ids: Iterable[int]) -> None:
        """Delete photos but not their contents. Meant for the old path of a file that was moved."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in photo_ids))

    def read_again(self, photo_ids: list[int]) -> None:
        """Make the next run read photos again, even if their files have not changed."""
        self._db.executemany(
            f"UPDATE photos SET mtime_ns = {READ_AGAIN} WHERE id = ?", ((i,) for i in photo_ids)
        )


def _looks(read: ReadFile) -> list[int]:
    """Return for each frame of a video how many frames show its scene, itself among them."""
    import numpy as np  # late: a run that finds nothing new needs no numpy

    each = (read.embedding, *(moment.embedding for moment in read.moments[1:]))
    vectors = np.stack([vector for vector in each if vector is not None])
    return [int(looks) for looks in (vectors @ vectors.T >= SAME_SCENE).sum(axis=1)]
