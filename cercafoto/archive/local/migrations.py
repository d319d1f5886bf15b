"""Make and change the catalogue's tables by named migrations, each in its own transaction.

sqlite-utils records the names of applied migrations. Their number is also stored as `PRAGMA
user_version`, so that the version can be read without importing sqlite-utils.
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
    """Return the number of migrations applied to this catalogue, 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def apply(connection: sqlite3.Connection) -> None:
    """Apply the migrations that a catalogue lacks. Call `checksums.register` before."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("cercafoto")
    for number, (name, change) in enumerate(STEPS, start=1):

        def step(db: Database, number: int = number, change: Change = change) -> None:
            change(db)
            db.execute(f"PRAGMA user_version = {number}")
            if number == LATEST:
                db.execute("DELETE FROM meta WHERE key = 'facets'")  # it may have changed photos
                db.execute(
                    "INSERT OR REPLACE INTO meta(key, value) VALUES ('schema', ?)",
                    (schema_checksum(connection),),
                )

        steps(name=name)(step)
    steps.apply(Database(connection))


def schema_checksum(connection: sqlite3.Connection) -> str:
    """Return a CRC-32 of the definitions of tables, indexes and triggers. The right checksum is in
    `meta` as 'schema'."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite_%' ORDER BY name"
    )
    return str(crc32(repr(rows.fetchall()).encode()))


_FIRST_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE models(id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, name TEXT NOT NULL,
    version TEXT, dimension INTEGER NOT NULL, added_at TEXT);
CREATE UNIQUE INDEX idx_models_fingerprint ON models(fingerprint);
CREATE TABLE roots(id INTEGER PRIMARY KEY, path BLOB NOT NULL, added_at TEXT);
CREATE UNIQUE INDEX idx_roots_path ON roots(path);
CREATE TABLE contents(id INTEGER PRIMARY KEY, digest BLOB NOT NULL, width INTEGER, height INTEGER,
    orientation INTEGER, taken_at TEXT);
CREATE UNIQUE INDEX idx_contents_digest ON contents(digest);
CREATE TABLE photos(id INTEGER PRIMARY KEY, path BLOB NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, content_id INTEGER REFERENCES contents(id), state TEXT NOT NULL,
    problem TEXT, seen_at TEXT);
CREATE UNIQUE INDEX idx_photos_path ON photos(path);
CREATE INDEX idx_photos_content_id ON photos(content_id);
CREATE TABLE vectors(id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES contents(id),
    model_id INTEGER NOT NULL REFERENCES models(id), vector BLOB NOT NULL);
CREATE UNIQUE INDEX idx_vectors_content_id_model_id ON vectors(content_id, model_id);
CREATE TABLE tags(content_id INTEGER REFERENCES contents(id), label TEXT, score REAL,
    confidence REAL, label_file TEXT, model_id INTEGER REFERENCES models(id), tagged_at TEXT,
    PRIMARY KEY(content_id, label, label_file));
CREATE INDEX idx_tags_label ON tags(label);
CREATE TABLE runs(id INTEGER PRIMARY KEY, kind TEXT, model_id INTEGER, started_at TEXT,
    ended_at TEXT, outcome TEXT, photos INTEGER)
"""


def first_tables(db: Database) -> None:
    """Add tables of settings, models, indexed folders, contents, photos, vectors, labels and runs.

    Paths are bytes, because some file names are not valid text.
    """
    for statement in _FIRST_TABLES.split(";"):
        db.execute(statement)


# Metadata of a photo for lists and filters, combined from the file, its sidecar, its name and its
# time. taken_at: local time, ISO 8601, or a day. month_day: 814 is 14 August. hour: NULL if only
# the day is known. shape: "verticale", "orizzontale", "quadrato".
_PHOTO_COLUMNS = """
sidecar_size INTEGER, sidecar_mtime_ns INTEGER, sidecar_facts TEXT, taken_at TEXT, date_source TEXT,
month_day INTEGER, hour INTEGER, latitude REAL, longitude REAL, place_id INTEGER REFERENCES
places(id), camera_id INTEGER REFERENCES cameras(id), format TEXT, shape TEXT, rating INTEGER,
facts_version INTEGER
"""


def facts_and_places(db: Database) -> None:
    """Add metadata: of contents as JSON, of photos in columns with indexes for filters. Add tables
    of places, cameras and keywords, and an FTS5 table of the words of photos.

    Existing photos get facts_version NULL: their metadata is not known yet.
    """
    db.execute(
        "CREATE TABLE places(id INTEGER PRIMARY KEY, comune TEXT NOT NULL, "
        "provincia TEXT NOT NULL, regione TEXT NOT NULL, paese TEXT NOT NULL)"
    )
    db.execute(
        "CREATE UNIQUE INDEX idx_places_paese_regione_provincia_comune "
        "ON places(paese, regione, provincia, comune)"
    )
    db.execute("CREATE TABLE cameras(id INTEGER PRIMARY KEY, name TEXT NOT NULL, folded TEXT)")
    db.execute("CREATE UNIQUE INDEX idx_cameras_name ON cameras(name)")
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
    # Each index has all columns that filters use together, so that the rows, which are long because
    # of their paths, need not be read. Only visible photos are ever filtered.
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
    # Words are stemmed and folded before they are stored; rowid is the photo's id.
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
    """Add a table of exclusions, whether links in an indexed folder are followed, a CRC-32 of every
    vector, and a table of label files that must be applied again to edited contents.

    Existing vectors are assumed to be intact.
    """
    db.execute("ALTER TABLE roots ADD COLUMN follow_links INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "CREATE TABLE exclusions(folder BLOB NOT NULL, pattern TEXT NOT NULL, "
        "PRIMARY KEY(folder, pattern))"
    )
    db.execute("ALTER TABLE vectors ADD COLUMN checksum INTEGER")
    db.execute("UPDATE vectors SET checksum = crc32(vector)")
    db.execute(
        "CREATE TABLE stale_labels(content_id INTEGER REFERENCES contents(id), label_file TEXT, "
        "PRIMARY KEY(content_id, label_file))"
    )


def vectors_by_model(db: Database) -> None:
    """Add an index for the last vector of each model, which every search looks up. Without it,
    while a switch to another model is in progress, the search reads all vectors of the new model
    (45 ms for 90,000)."""
    db.execute("CREATE INDEX vectors_model ON vectors(model_id)")


def undated_and_monochrome(db: Database) -> None:
    """Delete dates that are only the time of the file; add an index of photos without a date by the
    time of their file. Drop month_day: filters use ranges of dates. Add whether a content is
    without colour, NULL for existing contents, which were not checked."""
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
    # Few contents are without colour: the filter for colour excludes these.
    db.execute("CREATE INDEX contents_monochrome ON contents(monochrome) WHERE monochrome IS NOT 0")


def texts(db: Database) -> None:
    """Add a table of the text recognised in photos: lines, and their boxes and confidences packed
    (see `texts.BOX`); both NULL if there is no text. Add two full-text indexes, one of stems and
    one of trigrams of letters (see `base/look_alike.py`).

    The indexes hold no copy of the text, which would make them three times as large.
    """
    db.execute("CREATE TABLE text_engines(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    db.execute(
        "CREATE TABLE texts(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "engine_id INTEGER NOT NULL REFERENCES text_engines(id), "
        "turned INTEGER NOT NULL DEFAULT 0, lines TEXT, boxes BLOB)"
    )
    # Most photos have no text. This index tells whether any has, and how many.
    db.execute("CREATE INDEX texts_bearing ON texts(content_id) WHERE lines IS NOT NULL")
    # rowid is the content's id. columnsize would only serve ranking, which is not used.
    db.execute(
        "CREATE VIRTUAL TABLE read_words USING fts5(stems, content = '', columnsize = 0, "
        "tokenize = 'unicode61 remove_diacritics 0')"
    )
    db.execute(
        "CREATE VIRTUAL TABLE read_letters USING fts5(letters, content = '', columnsize = 0, "
        "detail = none, tokenize = 'trigram case_sensitive 1')"
    )


def unread_texts(db: Database) -> None:
    """Add a table of contents whose text could not be recognised, and why."""
    db.execute(
        "CREATE TABLE unread_texts(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "problem TEXT NOT NULL)"
    )


def row_checksums(db: Database) -> None:
    """Add a column with the CRC-32 of each row to the tables of `checksums.TABLES`, and triggers
    that update it. Existing rows are assumed to be intact."""
    add_checksums(db.execute)


def lenses(db: Database) -> None:
    """Add a table of lenses, and to photos the lens and the focal length in whole millimetres."""
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
    """Add tables of the actions on labels that can be undone, and of the changes of each action;
    see `label_history.py`. `first` is the id of the action's first change, if there is one."""
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


def things(db: Database) -> None:
    """Add a table of what contents show: the edition of the classes, how many persons, how present
    each class is, and boxes (see `queries/things.py`)."""
    db.execute(
        "CREATE TABLE things(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "edition TEXT NOT NULL, people INTEGER NOT NULL, presence BLOB NOT NULL, "
        "boxes BLOB NOT NULL)"
    )
    # Tells which contents have results of an edition, without reading the rows.
    db.execute("CREATE INDEX things_edition ON things(edition)")
    add_checksums(db.execute, ["things"])


def people(db: Database) -> None:
    """Add a table of the people whom the metadata of photos name. left, top, width, height: the
    face, as shares of the upright picture; NULL if only the name is known."""
    db.execute(
        "CREATE TABLE people(id INTEGER PRIMARY KEY, photo_id INTEGER NOT NULL, "
        "name TEXT NOT NULL, folded TEXT NOT NULL, left REAL, top REAL, width REAL, height REAL)"
    )
    db.execute("CREATE UNIQUE INDEX people_folded ON people(folded, photo_id)")
    db.execute("CREATE INDEX people_photo ON people(photo_id, folded)")
    add_checksums(db.execute, ["people"])
    db.execute(
        "CREATE TRIGGER photos_deleted_people AFTER DELETE ON photos BEGIN "
        "DELETE FROM people WHERE photo_id = old.id; END"
    )


def collections(db: Database) -> None:
    """Add tables of the collections, of the choices made by hand in them, and of the files in the
    folder of collections; see `stored_collections.py`."""
    db.execute(
        "CREATE TABLE collections(id INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "folded TEXT NOT NULL UNIQUE, question TEXT NOT NULL, made_at TEXT NOT NULL, "
        "looked_at TEXT NOT NULL, min_confidence REAL NOT NULL)"
    )
    # In the next two tables the key has all columns, so that they need no checksums.
    db.execute(
        "CREATE TABLE collection_photos(collection_id INTEGER NOT NULL, digest BLOB NOT NULL, "
        "said TEXT NOT NULL, PRIMARY KEY(collection_id, said, digest))"
    )
    db.execute(
        "CREATE TABLE collection_files(path BLOB NOT NULL, kind TEXT NOT NULL, "
        "mark BLOB NOT NULL, PRIMARY KEY(path, kind, mark))"
    )
    add_checksums(db.execute, ["collections"])


def moments(db: Database) -> None:
    """Add a table of the frames of videos. Each frame is a content with a vector but no photo; the
    first frame of a video is the video's own content. Times are in milliseconds. looks: how many
    frames of the video show the same scene.
    """
    db.execute(
        "CREATE TABLE moments(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "video_id INTEGER NOT NULL REFERENCES contents(id), start_ms INTEGER NOT NULL, "
        "end_ms INTEGER NOT NULL, looks INTEGER NOT NULL)"
    )
    db.execute("CREATE INDEX moments_video ON moments(video_id)")
    add_checksums(db.execute, ["moments"])


Change = Callable[["Database"], None]
# The version of a catalogue is the number of steps taken. Add new steps at the end.
STEPS: tuple[tuple[str, Change], ...] = (
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
    ("11_things", things),
    ("12_people", people),
    ("13_collections", collections),
    ("14_moments", moments),
)
LATEST = len(STEPS)
