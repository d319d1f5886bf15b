"""The catalogue's tables, by named migrations, each in a transaction of its own.

sqlite-utils records the names that were applied; `PRAGMA user_version` repeats their number, so
that a reader learns the version of a catalogue without importing sqlite-utils.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING
from zlib import crc32

from cercafoto.archive.local.checksums import add_checksums, add_columns

if TYPE_CHECKING:
    from sqlite_utils import Database


def version(connection: sqlite3.Connection) -> int:
    """Number of migrations applied to this catalogue; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def apply(connection: sqlite3.Connection) -> None:
    """Bring an open catalogue up to `LATEST`; see `checksums.register`."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("cercafoto")
    for number, (name, change) in enumerate(_STEPS, start=1):

        def step(db: Database, number: int = number, change: Change = change) -> None:
            change(db)
            db.execute(f"PRAGMA user_version = {number}")
            if number == LATEST:
                db.execute(
                    "INSERT OR REPLACE INTO meta(key, value) VALUES ('schema', ?)",
                    (schema_checksum(connection),),
                )

        steps(name=name)(step)
    steps.apply(Database(connection))


def schema_checksum(connection: sqlite3.Connection) -> str:
    """Return a CRC-32 of what the catalogue says that its tables, indexes and triggers are; `meta`
    has the one that they were made with."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite_%' ORDER BY name"
    )
    return str(crc32(repr(rows.fetchall()).encode()))


def first_tables(db: Database) -> None:
    """Add contents and what belongs to them; photos, the paths where contents are; roots and runs.

    Paths are bytes, as the file system has them: some names are not valid text.
    """
    db["meta"].create({"key": str, "value": str}, pk="key")
    db["models"].create(
        {
            "id": int,
            "fingerprint": str,
            "name": str,
            "version": str,
            "dimension": int,
            "added_at": str,
        },
        pk="id",
        not_null={"fingerprint", "name", "dimension"},
    )
    db["models"].create_index(["fingerprint"], unique=True)
    db["roots"].create({"id": int, "path": bytes, "added_at": str}, pk="id", not_null={"path"})
    db["roots"].create_index(["path"], unique=True)
    db["contents"].create(
        {
            "id": int,
            "digest": bytes,
            "width": int,
            "height": int,
            "orientation": int,
            "taken_at": str,
        },
        pk="id",
        not_null={"digest"},
    )
    db["contents"].create_index(["digest"], unique=True)
    db["photos"].create(
        {
            "id": int,
            "path": bytes,
            "size": int,
            "mtime_ns": int,
            "content_id": int,
            "state": str,
            "problem": str,
            "seen_at": str,
        },
        pk="id",
        not_null={"path", "size", "mtime_ns", "state"},
        foreign_keys=[("content_id", "contents", "id")],
    )
    db["photos"].create_index(["path"], unique=True)
    db["photos"].create_index(["content_id"])
    db["vectors"].create(
        {"id": int, "content_id": int, "model_id": int, "vector": bytes},
        pk="id",
        not_null={"content_id", "model_id", "vector"},
        foreign_keys=[("content_id", "contents", "id"), ("model_id", "models", "id")],
    )
    db["vectors"].create_index(["content_id", "model_id"], unique=True)
    db["tags"].create(
        {
            "content_id": int,
            "label": str,
            "score": float,
            "confidence": float,
            "label_file": str,
            "model_id": int,
            "tagged_at": str,
        },
        pk=("content_id", "label", "label_file"),
        foreign_keys=[("content_id", "contents", "id"), ("model_id", "models", "id")],
    )
    db["tags"].create_index(["label"])
    db["runs"].create(
        {
            "id": int,
            "kind": str,
            "model_id": int,
            "started_at": str,
            "ended_at": str,
            "outcome": str,
            "photos": int,
        },
        pk="id",
    )


# What a photo shows in lists and filters, put together from the file, its sidecar, its name and
# its time. taken_at: local time, ISO 8601, or a day. month_day: 814 is 14 August. hour: NULL where
# only the day is known. shape: "verticale", "orizzontale", "quadrato".
_PHOTO_COLUMNS = """
sidecar_size INTEGER, sidecar_mtime_ns INTEGER, sidecar_facts TEXT, taken_at TEXT, date_source TEXT,
month_day INTEGER, hour INTEGER, latitude REAL, longitude REAL, place_id INTEGER REFERENCES
places(id), camera_id INTEGER REFERENCES cameras(id), format TEXT, shape TEXT, rating INTEGER,
facts_version INTEGER
"""


def facts_and_places(db: Database) -> None:
    """Add what files say of themselves, by content as JSON; what counts for a photo, in
    columns with the indexes that filters use; words of keywords, titles and names in FTS5.

    Facts of photos that were there before are not known yet: facts_version is NULL.
    """
    db["places"].create(
        {"id": int, "comune": str, "provincia": str, "regione": str, "paese": str},
        pk="id",
        not_null={"comune", "provincia", "regione", "paese"},
    )
    db["places"].create_index(["paese", "regione", "provincia", "comune"], unique=True)
    db["cameras"].create({"id": int, "name": str, "folded": str}, pk="id", not_null={"name"})
    db["cameras"].create_index(["name"], unique=True)
    for column in " ".join(_PHOTO_COLUMNS.split()).split(", "):
        db.execute(f"ALTER TABLE photos ADD COLUMN {column}")
    db.execute("ALTER TABLE contents ADD COLUMN facts TEXT")
    db.execute("ALTER TABLE contents ADD COLUMN facts_version INTEGER")
    db.execute(
        "UPDATE photos SET date_source = 'exif', taken_at = c.taken_at, "
        "month_day = CAST(substr(c.taken_at, 6, 2) || substr(c.taken_at, 9, 2) AS INTEGER), "
        "hour = CAST(substr(c.taken_at, 12, 2) AS INTEGER) "
        "FROM contents AS c WHERE c.id = photos.content_id AND c.taken_at IS NOT NULL"
    )
    db.execute("ALTER TABLE contents DROP COLUMN taken_at")
    db.execute("DROP INDEX idx_photos_content_id")
    # They hold what filters that go together need, so that the rows themselves, long with their
    # paths, are not read; partial, since only visible photos are ever filtered.
    for index in (
        "photos_taken_at ON photos(taken_at, place_id, date_source, content_id) WHERE state = 'ok'",
        "photos_month_day ON photos(month_day, place_id, content_id) WHERE state = 'ok'",
        "photos_position ON photos(latitude, longitude, content_id) "
        "WHERE state = 'ok' AND latitude IS NOT NULL",
        "photos_place ON photos(place_id, content_id) WHERE state = 'ok' AND place_id IS NOT NULL",
        "photos_camera ON photos(camera_id, content_id) "
        "WHERE state = 'ok' AND camera_id IS NOT NULL",
        "photos_rating ON photos(rating, content_id) WHERE state = 'ok' AND rating > 0",
        "photos_kind ON photos(format, shape, hour, content_id) WHERE state = 'ok'",
        "photos_content ON photos(content_id, state)",
        "photos_facts_version ON photos(facts_version, content_id)",
        "photos_hidden ON photos(state) WHERE state <> 'ok'",
    ):
        db.execute(f"CREATE INDEX {index}")
    db.execute(
        "CREATE TABLE keywords(keyword TEXT NOT NULL, photo_id INTEGER NOT NULL, "
        "PRIMARY KEY(keyword, photo_id)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX keywords_photo ON keywords(photo_id)")
    # The words come stemmed and folded already; rowid is the photo's id.
    db.execute(
        "CREATE VIRTUAL TABLE words USING fts5(keywords, title, description, names, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )
    db.execute(
        "CREATE TRIGGER photos_deleted AFTER DELETE ON photos BEGIN "
        "DELETE FROM keywords WHERE photo_id = old.id; "
        "DELETE FROM words WHERE rowid = old.id; END"
    )


def exclusions_checksums_and_stale_labels(db: Database) -> None:
    """Add what the person leaves out of a folder, and whether its links are followed; a CRC-32 of
    every vector, since SQLite has none and a flipped byte must not change an answer; the label
    files that are to be asked again about a photo that was edited.

    Vectors that were there before are taken to be right.
    """
    db.execute("ALTER TABLE roots ADD COLUMN follow_links INTEGER NOT NULL DEFAULT 0")
    db["exclusions"].create(
        {"folder": bytes, "pattern": str}, pk=("folder", "pattern"), not_null={"folder", "pattern"}
    )
    db.execute("ALTER TABLE vectors ADD COLUMN checksum INTEGER")
    db.execute("UPDATE vectors SET checksum = crc32(vector)")
    db["stale_labels"].create(
        {"content_id": int, "label_file": str},
        pk=("content_id", "label_file"),
        foreign_keys=[("content_id", "contents", "id")],
    )


def vectors_by_model(db: Database) -> None:
    """Add an index of where the vectors of each model end: every search asks, and while a switch is
    under way those of the model in use lie behind all that were made since (45 ms for 90,000 of
    them)."""
    db.execute("CREATE INDEX vectors_model ON vectors(model_id)")


def undated_and_monochrome(db: Database) -> None:
    """Take the times of files away from the photos that have no other date; put these in the order
    of their files' times. Drop days of any year, which are asked as ranges of dates. Add which
    contents are without colour, not known yet of those that are there.
    """
    db.execute("DROP INDEX photos_month_day")
    db.execute("ALTER TABLE photos DROP COLUMN month_day")
    db.execute(
        "UPDATE photos SET taken_at = NULL, date_source = NULL, hour = NULL "
        "WHERE date_source = 'file'"
    )
    db.execute(
        "CREATE INDEX photos_undated ON photos(mtime_ns) WHERE state = 'ok' AND taken_at IS NULL"
    )
    db.execute("ALTER TABLE contents ADD COLUMN monochrome INTEGER")
    # Few are: "in colour" is asked as none of these.
    db.execute("CREATE INDEX contents_monochrome ON contents(monochrome) WHERE monochrome IS NOT 0")


def texts(db: Database) -> None:
    """Add the words that were read in photos: lines as text, one a line, with their boxes and
    confidences packed (see `texts.BOX`), NULL where there are none; and the two indexes in which
    they are found, by stems and by three letters that follow each other (see `base/look_alike.py`).

    Both indexes are without a copy of the text, which would take twice their space.
    """
    db.execute("CREATE TABLE text_engines(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    db.execute(
        "CREATE TABLE texts(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "engine_id INTEGER NOT NULL REFERENCES text_engines(id), "
        "turned INTEGER NOT NULL DEFAULT 0, lines TEXT, boxes BLOB)"
    )
    # Most photos bear no words: whether any does, and how many, is asked of this one.
    db.execute("CREATE INDEX texts_bearing ON texts(content_id) WHERE lines IS NOT NULL")
    # rowid is the content's id. columnsize: only a ranking that is not used would need it.
    db.execute(
        "CREATE VIRTUAL TABLE read_words USING fts5(stems, content = '', columnsize = 0, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )
    db.execute(
        "CREATE VIRTUAL TABLE read_letters USING fts5(letters, content = '', columnsize = 0, "
        "detail = none, tokenize = 'trigram case_sensitive 1')"
    )


def unread_texts(db: Database) -> None:
    """Add the contents whose words could not be read, and why."""
    db.execute(
        "CREATE TABLE unread_texts(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "problem TEXT NOT NULL)"
    )


def row_checksums(db: Database) -> None:
    """Add a CRC-32 of every row. Rows that were there before are taken to be right."""
    add_checksums(db.execute)


def lenses(db: Database) -> None:
    """Add lenses, and of each photo which one it was taken with and at what focal length, in whole
    millimetres."""
    db.execute("CREATE TABLE lenses(id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT)")
    db.execute("CREATE UNIQUE INDEX lenses_name ON lenses(name)")
    add_checksums(db.execute, ["lenses"])
    add_columns(db.execute, "photos", "lens_id INTEGER REFERENCES lenses(id)", "focal INTEGER")
    for column in ("lens_id", "focal"):
        db.execute(
            f"CREATE INDEX photos_{column} ON photos({column}, content_id) "
            f"WHERE state = 'ok' AND {column} IS NOT NULL"
        )


def label_history(db: Database) -> None:
    """Add the actions on labels that can be undone, and what each changed; see
    `label_history.py`. `first` is the id of the action's first change, if it has any."""
    db.execute(
        "CREATE TABLE label_actions("
        "id INTEGER PRIMARY KEY, what TEXT NOT NULL, first INTEGER NOT NULL)"
    )
    db.execute(
        "CREATE TABLE label_changes(id INTEGER PRIMARY KEY, action INTEGER NOT NULL, "
        "content_id INTEGER NOT NULL, label TEXT NOT NULL, label_file TEXT NOT NULL, score REAL, "
        "confidence REAL, model_id INTEGER, tagged_at TEXT)"
    )
    db.execute(
        "CREATE UNIQUE INDEX label_changes_content "
        "ON label_changes(content_id, action, label, label_file)"
    )
    db.execute("CREATE INDEX label_changes_action ON label_changes(action)")
    add_checksums(db.execute, ["label_actions", "label_changes"])


Change = Callable[["Database"], None]
# In the order of their numbers; a new one goes to the end.
_STEPS: tuple[tuple[str, Change], ...] = (
    ("1_first_tables", first_tables),
    ("2_facts_and_places", facts_and_places),
    ("3_exclusions_checksums_and_stale_labels", exclusions_checksums_and_stale_labels),
    ("4_vectors_by_model", vectors_by_model),
    ("5_undated_and_monochrome", undated_and_monochrome),
    ("6_texts", texts),
    ("7_unread_texts", unread_texts),
    ("8_row_checksums", row_checksums),
    ("9_lenses", lenses),
    ("10_label_history", label_history),
)
LATEST = len(_STEPS)
