"""Look up names for shell completion, without importing `Catalog`, which would take too long."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from cercafoto.base.word_stems import stems

PATIENCE = 0.2  # seconds to wait while another process writes

KEYWORD = "keyword"


def _in_use(table: str, column: str) -> str:
    """Return SQL for the rows of a table to which a visible photo refers by `column`."""
    which = f"SELECT {column} FROM photos WHERE state = 'ok' AND {column} IS NOT NULL"
    return f"{table} WHERE id IN ({which})"


_PLACES = " UNION ".join(
    f"SELECT {kind} AS name FROM {_in_use('places', 'place_id')}"
    for kind in ("comune", "provincia", "regione", "paese")
)
_SQL = {
    "label": "SELECT DISTINCT label FROM tags ORDER BY label",
    "camera": f"SELECT name FROM {_in_use('cameras', 'camera_id')} ORDER BY name",
    "lens": f"SELECT name FROM {_in_use('lenses', 'lens_id')} ORDER BY name",
    "place": f"SELECT name FROM ({_PLACES}) WHERE name <> '' ORDER BY name",
    "collection": "SELECT name FROM collections ORDER BY folded",
    "person": "SELECT min(name) FROM people GROUP BY folded ORDER BY folded",
    "face": "SELECT name FROM people ORDER BY name",  # of the file of faces
    # The table of keywords has stems; the metadata of a photo has the spelling.
    KEYWORD: "SELECT spelt.value, known.keyword FROM (SELECT keyword, min(photo_id) AS photo_id "
    "FROM keywords GROUP BY keyword) AS known JOIN photos ON photos.id = known.photo_id "
    "JOIN contents ON contents.id = photos.content_id "
    "JOIN json_each(json_array(contents.facts, photos.sidecar_facts)) AS facts "
    "JOIN json_each(facts.value, '$.keywords') AS spelt WHERE facts.value IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM people WHERE people.photo_id = photos.id "
    "AND people.name = spelt.value COLLATE NOCASE)",
}


def names(path: Path, kind: str) -> list[str]:
    """Return the names of a kind that are in use, sorted; [] if the file cannot be read at once.
    Cameras, lenses and places are those of visible photos.

    path: of the catalogue; for "face" of the file of faces.
    kind: a key of _SQL.
    """
    rows: list[tuple[str, ...]] = []
    if path.exists():
        with suppress(sqlite3.Error):
            uri = f"{path.as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                rows = connection.execute(_SQL[kind]).fetchall()
    if kind == KEYWORD:
        return sorted({key: word for word, key in rows if stems(word) == key}.values())
    return [name for (name,) in rows if isinstance(name, str)]
