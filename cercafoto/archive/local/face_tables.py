"""The tables of the file of faces, each declared once, and the check of the file.

Rows have checksums, as in the catalogue. What somebody said about a face, its vector and the guess
whose it is stand in three tables: guesses are rewritten at each grouping, and most of the file is
vectors, whose damage should not cost a name. What an action changed stands in two more tables, so
that it can be undone (`face_history.py`).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

from cercafoto.archive.local import checksums
from cercafoto.archive.tables import Guard, Mend, Table

VERSION = 4
VECTOR = 2 * 128  # bytes of a vector of float16

# What is known of a face: NEW: nothing; CONFIRMED: its person, as somebody said; ATTACHED: its
# person, by likeness; MAYBE: its person, not likely enough; NO_FACE and UNASKED: somebody said that
# it is no face, or that nobody should be asked about it; FROM_FILE: its person, whose name the file
# has in a region around the face.
NEW, CONFIRMED, ATTACHED, MAYBE, NO_FACE, UNASKED, FROM_FILE = range(7)

# Edition of the way in which faces are looked for. Photos of an earlier one are looked at again:
# FIRST found no faces below 40 pixels; 2 looked at far faces only once. NEVER_AGAIN: photos of
# somebody who was forgotten.
FIRST, EDITION, NEVER_AGAIN = 1, 3, 1_000_000

# Kinds of a row of `changes`: what was before the action. A face that bore `said` and `person`; a
# person's name, NULL if there was no such person; a refusal; no refusal.
FACE, NAME, REFUSED, NOT_REFUSED = range(4)

_FACE, _PERSON = ("face", "faces"), ("person", "people")
FACE_TABLES = (
    Table("photos", "foto guardate", ("id", "digest", "video", "start")),
    Table("people", "nomi di persone", ("id", "name"), given=True),
    Table(
        "faces",
        "volti",
        ("id", "digest", "x", "y", "width", "height", "said", "person"),
        may_refer=(_PERSON,),
        given=True,
    ),
    Table("vectors", "numeri di volti", Guard.OWN, refers=(_FACE,)),
    Table(
        "guesses",
        "somiglianze",
        ("face", "likeness", "known", "person", "sure"),
        refers=(_FACE,),
        may_refer=(_PERSON,),
        mend=Mend.DELETED,
    ),
    Table("refused", "risposte di no", ("face", "person"), refers=(_FACE, _PERSON), given=True),
    Table("editions", "edizioni delle ricerche di volti", ("photo", "edition")),
    Table("actions", "azioni da annullare", ("id", "verb", "who", "at", "faces"), given=True),
    Table(
        "changes",
        "cambiamenti da annullare",
        ("id", "action", "kind", "face", "said", "person", "name"),
        refers=(("action", "actions"),),
        given=True,
    ),
)
FACE_TABLE = {table.name: table for table in FACE_TABLES}

# photos: contents that were looked at; video, start: for a frame of a video that is not the first.
# likeness: number of the group of like faces. By the indexes on `person`, SQLite's own check
# notices damage to what decides whose a face is.
_TABLES = f"""
CREATE TABLE photos(
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, video BLOB, start REAL, checksum INTEGER
);
CREATE TABLE people(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, checksum INTEGER
);
CREATE TABLE faces(
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL REFERENCES photos(digest) ON DELETE CASCADE,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    said INTEGER NOT NULL DEFAULT {NEW}, person INTEGER REFERENCES people, checksum INTEGER
);
CREATE INDEX faces_digest ON faces(digest);
CREATE INDEX faces_person ON faces(person, said);
CREATE TABLE vectors(
    face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE, vector BLOB NOT NULL,
    checksum INTEGER
);
CREATE TABLE guesses(
    face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE,
    likeness INTEGER NOT NULL DEFAULT -1, known INTEGER NOT NULL DEFAULT {NEW},
    person INTEGER REFERENCES people, sure REAL NOT NULL DEFAULT 0, checksum INTEGER
);
CREATE INDEX guesses_person ON guesses(person, known);
CREATE TABLE refused(
    face INTEGER NOT NULL REFERENCES faces ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE, checksum INTEGER,
    PRIMARY KEY(face, person)
)
"""

# Tables of version 4, which are added to a file of version 3. at: local time, ISO 8601. faces: how
# many faces the action changed.
_ADDED = ("editions", "actions", "changes")
_ADDED_TABLES = """
CREATE TABLE editions(
    photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE, edition INTEGER NOT NULL,
    checksum INTEGER
);
CREATE TABLE actions(
    id INTEGER PRIMARY KEY, verb TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
    faces INTEGER NOT NULL, checksum INTEGER
);
CREATE TABLE changes(
    id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES actions ON DELETE CASCADE,
    kind INTEGER NOT NULL, face INTEGER REFERENCES faces ON DELETE CASCADE, said INTEGER,
    person INTEGER, name TEXT, checksum INTEGER
);
CREATE INDEX changes_action ON changes(action);
CREATE INDEX changes_face ON changes(face)
"""
# PRAGMA schema_version of a file of version 3. Only forgetting somebody raises it, by VACUUM.
_NOBODY_FORGOTTEN = 19


def make(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty file."""
    checksums.register(connection)
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    checksums.add_triggers(connection.execute, _tables_of(VERSION - 1))
    _add_tables(connection)
    connection.execute("COMMIT")


def upgrade(connection: sqlite3.Connection) -> None:
    """Add to a file of version 3 what it lacks. Its photos are looked at again, unless somebody was
    forgotten: nothing says in which photos they were. Raises sqlite3.DatabaseError if it is
    damaged."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone() == (VERSION - 1,):
            check_file(connection, VERSION - 1)
            (made,) = connection.execute("PRAGMA schema_version").fetchone()
            _add_tables(connection)
            edition = FIRST if made <= _NOBODY_FORGOTTEN else NEVER_AGAIN
            connection.execute(
                "INSERT INTO editions(photo, edition) SELECT id, ? FROM photos", (edition,)
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _add_tables(connection: sqlite3.Connection) -> None:
    for statement in _ADDED_TABLES.split(";"):
        connection.execute(statement)
    checksums.add_triggers(connection.execute, map(FACE_TABLE.__getitem__, _ADDED))
    connection.execute(f"PRAGMA user_version = {VERSION}")


def check_file(connection: sqlite3.Connection, version: int = VERSION) -> None:
    """Raise sqlite3.DatabaseError if definitions, pages or indexes are damaged. 30,000 faces take
    40 ms."""
    if _schema(connection) != _sound_schema(version):
        raise sqlite3.DatabaseError("the definitions of the tables are damaged")
    (first,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        raise sqlite3.DatabaseError(first)


def check_rows(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError if the checksum of any row is wrong."""
    for table in FACE_TABLES:
        if connection.execute(
            f"SELECT 1 FROM {table.name} WHERE NOT {sound(table.name)}"
        ).fetchone():
            raise sqlite3.DatabaseError(f"a row of {table.name} is damaged")


# What a column may hold. SQLite itself would store anything.
_TYPES = {
    **dict.fromkeys(("id", "face", "said", "known", "likeness"), "('integer')"),
    **dict.fromkeys(("photo", "edition", "action", "kind", "faces"), "('integer')"),
    **dict.fromkeys(("verb", "who", "at"), "('text')"),
    **dict.fromkeys(("changes.face", "changes.said"), "('integer', 'null')"),
    "changes.name": "('text', 'null')",
    **dict.fromkeys(("x", "y", "width", "height", "sure"), "('real')"),
    **{"name": "('text')", "digest": "('blob')", "video": "('blob', 'null')"},
    **{"start": "('real', 'null')", "person": "('integer', 'null')"},
}


def sound(name: str, row: str = "") -> str:
    """Return SQL that is true if a row has the right checksum. row: the table's alias."""
    row = row or name
    if name == "vectors":
        return (
            f"CASE WHEN typeof({row}.vector) = 'blob' AND length({row}.vector) = {VECTOR} "
            f"THEN {row}.checksum IS crc32({row}.vector) ELSE 0 END"
        )
    table = FACE_TABLE[name]
    types = (
        f"typeof({row}.{column}) IN {_TYPES.get(f'{name}.{column}', _TYPES[column])}"
        for column in table.columns
    )
    return f"({checksums.is_sound(table, row)} AND {' AND '.join(types)})"


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str, str]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


@cache
def _sound_schema(version: int) -> set[tuple[str, str, str, str]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        make(connection)
        made = _schema(connection)
    there = {table.name for table in _tables_of(version)}
    return {row for row in made if row[2] in there}


def _tables_of(version: int) -> list[Table]:
    """Return the tables of a version, the present one or the one before."""
    return [table for table in FACE_TABLES if version == VERSION or table.name not in _ADDED]
