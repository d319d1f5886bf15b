"""A glance into a catalogue, for who cannot wait until the class `Catalog` is imported."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

PATIENCE = 0.2  # seconds, while another process writes


def label_names(path: Path) -> list[str]:
    """List the labels that photos bear; none where the catalogue cannot be read at once."""
    if path.exists():
        with suppress(sqlite3.Error):
            uri = f"{path.as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                rows = connection.execute("SELECT DISTINCT label FROM tags ORDER BY label")
                return [label for (label,) in rows]
    return []
