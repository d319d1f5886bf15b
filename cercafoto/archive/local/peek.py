"""Look up names for shell completion, without importing `Catalog`, which would take too long.

Every function takes the path of the catalogue, and returns [] if it cannot be read at once.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from cercafoto.base.word_stems import stems

PATIENCE = 0.2  # seconds to wait while another process writes


def label_names(path: Path) -> list[str]:
    """Return the labels in use, sorted."""
    return _texts(path, "SELECT DISTINCT label FROM tags ORDER BY label")


def camera_names(path: Path) -> list[str]:
    """Return the names of the cameras of visible photos, sorted."""
    return _texts(path, f"SELECT name FROM {_in_use('cameras', 'camera_id')} ORDER BY name")


def lens_names(path: Path) -> list[str]:
    """Return the names of the lenses of visible photos, sorted."""
    return _texts(path, f"SELECT name FROM {_in_use('lenses', 'lens_id')} ORDER BY name")


def place_names(path: Path) -> list[str]:
    """Return the names of the towns, provinces, regions and countries of visible photos, sorted."""
    in_use, kinds = _in_use("places", "place_id"), ("comune", "provincia", "regione", "paese")
    union = " UNION ".join(f"SELECT {kind} AS name FROM {in_use}" for kind in kinds)
    return _texts(path, f"SELECT name FROM ({union}) WHERE name <> '' ORDER BY name")


def collection_names(path: Path) -> list[str]:
    """Return the names of the collections, sorted."""
    return _texts(path, "SELECT name FROM collections ORDER BY folded")


def keyword_names(path: Path) -> list[str]:
    """Return the keywords of photos, sorted, each as it is spelt in one of its photos."""
    # The table has stems; the metadata of a photo has the spelling.
    rows = _rows(
        path,
        "SELECT known.keyword, spelt.value FROM (SELECT keyword, min(photo_id) AS photo_id "
        "FROM keywords GROUP BY keyword) AS known JOIN photos ON photos.id = known.photo_id "
        "JOIN contents ON contents.id = photos.content_id "
        "JOIN json_each(json_array(contents.facts, photos.sidecar_facts)) AS facts "
        "JOIN json_each(facts.value, '$.keywords') AS spelt WHERE facts.value IS NOT NULL",
    )
    spelt = {key: word for key, word in rows if stems(word) == key}
    return sorted(spelt.values())


def person_names(path: Path) -> list[str]:
    """Return the names of the people in photos, sorted."""
    return _texts(path, "SELECT min(name) FROM people GROUP BY folded ORDER BY folded")


def face_names(path: Path) -> list[str]:
    """Return the names given to faces, sorted. path: of the file of faces."""
    return _texts(path, "SELECT name FROM people ORDER BY name")


def _in_use(table: str, column: str) -> str:
    """Return SQL for the rows of a table to which a visible photo refers by `column`."""
    which = f"SELECT {column} FROM photos WHERE state = 'ok' AND {column} IS NOT NULL"
    return f"{table} WHERE id IN ({which})"


def _texts(path: Path, sql: str) -> list[str]:
    return [text for (text,) in _rows(path, sql)]


def _rows(path: Path, sql: str) -> list[tuple[str, ...]]:
    if path.exists():
        with suppress(sqlite3.Error):
            uri = f"{path.as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                return connection.execute(sql).fetchall()
    return []
