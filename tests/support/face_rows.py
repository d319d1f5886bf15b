"""The rows of a file of faces, to compare what stands in it before and after."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cercafoto.archive.local.face_tables import FACE_TABLES

HISTORY = {"actions", "changes"}
Rows = dict[str, list[tuple[object, ...]]]


def rows_of(path: Path, history: bool = False) -> Rows:
    """Return table -> its rows; without what can be undone, unless `history`."""
    with closing(sqlite3.connect(path)) as db:
        return {
            table.name: db.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2").fetchall()
            for table in FACE_TABLES
            if history or table.name not in HISTORY
        }


def differences(one: Rows, other: Rows) -> list[tuple[str, tuple[object, ...]]]:
    """Return (table, row) for each row that is not in both."""
    return [(name, row) for name in one for row in {*one[name]} ^ {*other[name]}]
