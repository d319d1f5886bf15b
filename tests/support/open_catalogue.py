"""Open a catalogue directly, to change rows as a test needs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cercafoto.archive.local import checksums


def open_catalogue(path: Path) -> sqlite3.Connection:
    """Open a catalogue whose rows get their checksums when they are written."""
    connection = sqlite3.connect(path)
    checksums.register(connection)
    return connection
