"""An archive of labelled photos, and functions that return its tables and labels."""

from __future__ import annotations

import os
import sqlite3

from cercafoto import Library, Query, Question, Settings
from cercafoto.question.filters.filter import Filters


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"{settings.catalog.as_uri()}?mode=ro", uri=True) as db:
        result = db.execute(sql).fetchall()
    db.close()
    return result


def labelled(library: Library, colour: str) -> list[str]:
    hits = library.search(Query.of(Question(typed=Filters(labels=(colour,))))).hits
    return [os.path.basename(os.fsdecode(hit.path)) for hit in hits]
