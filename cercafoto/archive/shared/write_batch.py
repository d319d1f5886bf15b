"""Write a batch of photos to a shared archive in one transaction: photos that differ are sent by
COPY into a temporary table, and from there written to the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from cercafoto.archive.local.publishing import WholePhoto
from cercafoto.archive.shared.connection import Connection, HalfVector
from cercafoto.archive.shared.mounts import is_source_path
from cercafoto.archive.shared.rows import (
    COLUMNS,
    LONGEST_PATH,
    clean,
    fingerprint,
    row_of,
    shared_path,
)
from cercafoto.base.word_stems import fold
from cercafoto.question.lens_names import folded_lens

# Key of an advisory lock. Batches share it; deleting contents without photos holds it exclusively,
# so that no batch adds a photo to a content while it is being deleted.
CONTENTS_LOCK = 0x6367

# Local content ids -> their vectors as stored, float16.
Vectors = Callable[[list[int]], dict[int, bytes]]

_INCOMING = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS)
_NAMES = ", ".join(name for name, _ in COLUMNS)
# Columns of `photos` that are copied from the temporary table unchanged.
_PLAIN = (
    "fingerprint, size, mtime_ns, latitude, longitude, place_id, camera_id, lens_id, "
    "focal, iso, aperture, exposure_time, flash, color_label, "
    "weekday, hour, rating, taken_at, date_source, format, shape, path, sidecar_facts"
)
_TEXT = "engine, turned, lines, boxes, letters"
_WORDS = "keywords, title, description, names, file_name, keyword_list"

# SQL from the temporary table to the tables, in this order. Contents are numbered in the order of
# paths, as on the machine that indexed them: photos equally near to a question then come in the
# same order in both archives. If two publishers deadlock, the server stops one of them, and its
# batch is tried again.
_STEPS = (
    "INSERT INTO folders(path) SELECT DISTINCT folder FROM incoming ORDER BY folder "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO contents(digest, width, height, monochrome, facts) "
    "SELECT digest, width, height, monochrome, facts FROM (SELECT DISTINCT ON (digest) * "
    "FROM incoming ORDER BY digest, path) AS first ORDER BY path "
    "ON CONFLICT (digest) DO UPDATE SET width = excluded.width, height = excluded.height, "
    "facts = excluded.facts, "
    "monochrome = coalesce(excluded.monochrome, contents.monochrome)",
    "INSERT INTO vectors SELECT DISTINCT ON (contents.id) contents.id, vector "
    "FROM incoming JOIN contents USING (digest) WHERE vector IS NOT NULL ORDER BY contents.id "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO things SELECT DISTINCT ON (contents.id) contents.id, edition, people, presence, "
    "things FROM incoming JOIN contents USING (digest) WHERE edition IS NOT NULL "
    "ORDER BY contents.id ON CONFLICT (content_id) DO UPDATE SET edition = excluded.edition, "
    "people = excluded.people, presence = excluded.presence, boxes = excluded.boxes",
    "INSERT INTO quality SELECT DISTINCT ON (contents.id) contents.id, clarity, exposure "
    "FROM incoming JOIN contents USING (digest) WHERE looked IS NOT NULL "
    "ORDER BY contents.id ON CONFLICT (content_id) DO UPDATE SET "
    "clarity = excluded.clarity, exposure = excluded.exposure",
    f"INSERT INTO photos(source_id, content_id, folder_id, {_PLAIN}) "
    "SELECT %(source)s, contents.id, folders.id, "
    f"{', '.join(f'incoming.{name}' for name in _PLAIN.split(', '))} "
    "FROM incoming JOIN contents USING (digest) JOIN folders ON folders.path = folder "
    "ORDER BY incoming.path ON CONFLICT (path) DO UPDATE SET content_id = excluded.content_id, "
    + ", ".join(f"{name} = excluded.{name}" for name in _PLAIN.split(", ")),
    f"INSERT INTO words(photo_id, {_WORDS}, lexemes) SELECT photos.id, "
    f"{', '.join(f'incoming.{name}' for name in _WORDS.split(', '))}, "
    "array_to_tsvector(lexeme_list) FROM incoming JOIN photos USING (path) "
    "ON CONFLICT (photo_id) DO UPDATE SET lexemes = excluded.lexemes, "
    + ", ".join(f"{name} = excluded.{name}" for name in _WORDS.split(", ")),
    "DELETE FROM tags USING incoming JOIN contents USING (digest) "
    "WHERE tags.content_id = contents.id AND tags.source_id = %(source)s",
    "INSERT INTO tags(content_id, label, label_file, source_id, score, confidence) "
    "SELECT DISTINCT contents.id, label, label_file, %(source)s, score, confidence "
    "FROM incoming JOIN contents USING (digest), "
    "unnest(labels, label_files, scores, confidences) "
    "AS given(label, label_file, score, confidence) ON CONFLICT DO NOTHING",
    "DELETE FROM texts USING incoming JOIN contents USING (digest) "
    "WHERE texts.content_id = contents.id AND texts.source_id = %(source)s",
    f"INSERT INTO texts(content_id, source_id, {_TEXT}, lexemes) "
    f"SELECT DISTINCT ON (contents.id) contents.id, %(source)s, {_TEXT}, "
    "array_to_tsvector(text_lexemes) FROM incoming JOIN contents USING (digest) "
    "WHERE lines IS NOT NULL ORDER BY contents.id",
)


@dataclass
class Counted:
    """Numbers of photos in a batch or a whole run.

    embedded: number of contents whose vectors were sent, because no source had sent them before.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    embedded: int = 0

    def add(self, other: Counted) -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Batches:
    """Write the batches of a source, over a connection that holds the source's lock."""

    def __init__(self, db: Connection, source: str, source_id: int) -> None:
        self.db, self.source, self.source_id = db, source, source_id
        db.execute(f"CREATE TEMPORARY TABLE incoming({_INCOMING})")
        self._places: dict[tuple[str, ...], int] = {
            tuple(names): number
            for number, *names in db.execute(
                "SELECT id, comune, provincia, regione, paese FROM places"
            )
        }
        self._cameras, self._lenses = (
            dict[str, int](db.execute(f"SELECT name, id FROM {table}").fetchall())
            for table in ("cameras", "lenses")
        )

    def write(
        self,
        photos: Sequence[WholePhoto],
        after: bytes,
        until: bytes | None,
        vectors: Vectors,
    ) -> Counted:
        """Make the source's photos with paths after `after`, up to and including `until`, the same
        as `photos`, and return what was done. until: None for no limit."""
        with self.db.transaction():
            self.db.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [CONTENTS_LOCK])
            there = self._there(after, until)
            marked = {shared_path(self.source, photo.path): fingerprint(photo) for photo in photos}
            differing = {
                path: photo
                for photo, (path, mark) in zip(photos, marked.items(), strict=True)
                if there.get(path) != mark
            }
            gone = [path for path in there if path not in marked]
            if gone:
                self._delete(gone)
            embedded = self._send(differing, marked, vectors) if differing else 0
            if differing or gone:
                self.db.execute(
                    "UPDATE sources SET changes = changes + 1 WHERE id = %s", [self.source_id]
                )
        new = sum(path not in there for path in differing)
        return Counted(new, len(differing) - new, len(photos) - len(differing), len(gone), embedded)

    def _there(self, after: bytes, until: bytes | None) -> dict[bytes, int]:
        """Return path -> fingerprint of the source's photos on the server; see `write`."""
        sql = "SELECT path, fingerprint FROM photos WHERE source_id = %s AND path > %s"
        values: list[object] = [self.source_id, shared_path(self.source, after)]
        if until is not None:
            sql += " AND path <= %s"
            values.append(shared_path(self.source, until))
        return dict(self.db.execute(sql, values).fetchall())

    def _delete(self, paths: list[bytes]) -> None:
        """Delete photos, and this source's labels and texts of contents of which it has no photo
        left."""
        rows = self.db.execute(
            "DELETE FROM photos WHERE path = ANY(%s) RETURNING content_id", [paths]
        ).fetchall()
        for table in ("tags", "texts"):
            self.db.execute(
                f"DELETE FROM {table} WHERE content_id = ANY(%s) AND source_id = %s AND NOT EXISTS "
                f"(SELECT 1 FROM photos WHERE photos.content_id = {table}.content_id "
                f"AND photos.source_id = {table}.source_id)",
                [[row[0] for row in rows], self.source_id],
            )

    def _send(
        self, photos: Mapping[bytes, WholePhoto], marks: Mapping[bytes, int], vectors: Vectors
    ) -> int:
        """Send photos, and return for how many contents a vector was sent.

        photos: stored path -> photo.
        marks: stored path -> fingerprint of the photo.
        """
        self._add_names(photos.values())
        lacking = self._without_vector(photos.values())
        stored = vectors([photo.content_id for photo in lacking])
        self.db.execute("TRUNCATE incoming")
        with self.db.cursor().copy(
            f"COPY incoming({_NAMES}) FROM STDIN WITH (FORMAT binary)"
        ) as copy:
            copy.set_types([type_ for _, type_ in COLUMNS])
            for path, photo in photos.items():
                vector = stored.pop(photo.content_id, None)
                copy.write_row(
                    row_of(
                        photo,
                        path,
                        marks[path],
                        self._places[_place(photo)] if photo.paese is not None else None,
                        self._cameras[clean(photo.camera) or ""] if photo.camera else None,
                        self._lenses[clean(photo.lens) or ""] if photo.lens else None,
                        vector and HalfVector(vector),
                    )
                )
        for step in _STEPS:
            self.db.execute(step, {"source": self.source_id})
        return len({photo.content_id for photo in lacking})

    def _without_vector(self, photos: Collection[WholePhoto]) -> list[WholePhoto]:
        """Return the photos that have a vector here but none on the server."""
        rows = self.db.execute(
            "SELECT digest FROM contents JOIN vectors ON content_id = id WHERE digest = ANY(%s)",
            [[photo.digest for photo in photos]],
        ).fetchall()
        have = {bytes(row[0]) for row in rows}
        return [
            photo for photo in photos if photo.checksum is not None and photo.digest not in have
        ]

    def _add_names(self, photos: Collection[WholePhoto]) -> None:
        """Add the places, cameras and lenses that the server lacks, and remember their ids. If
        another publisher adds the same name, both share the row."""
        places = {_place(photo) for photo in photos if photo.paese is not None}
        for place in sorted(places - {*self._places}):
            row = self.db.execute(
                "INSERT INTO places(comune, provincia, regione, paese) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (paese, regione, provincia, comune) DO UPDATE "
                "SET comune = excluded.comune RETURNING id",
                place,
            ).fetchone()
            self._places[place] = row[0] if row else 0
        cameras = {clean(photo.camera) or "" for photo in photos if photo.camera}
        lenses = {clean(photo.lens) or "" for photo in photos if photo.lens}
        for table, names, known, folded in (
            ("cameras", cameras, self._cameras, fold),
            ("lenses", lenses, self._lenses, folded_lens),
        ):
            for name in sorted(names - {*known}):
                row = self.db.execute(
                    f"INSERT INTO {table}(name, folded) VALUES (%s, %s) "
                    "ON CONFLICT (name) DO UPDATE SET folded = excluded.folded RETURNING id",
                    [name, folded(name)],
                ).fetchone()
                known[name] = row[0] if row else 0


def can_be_sent(photo: WholePhoto) -> bool:
    """Whether a photo can be sent: its path fits into an index, and is safe to open on
    other machines."""
    return len(photo.path) <= LONGEST_PATH and is_source_path(photo.path)


def _place(photo: WholePhoto) -> tuple[str, ...]:
    names = (photo.comune, photo.provincia, photo.regione, photo.paese)
    return tuple(clean(name) or "" for name in names)
