"""The catalogue: one SQLite file that is the truth about photos, vectors and tags.

A photo is a path; what it shows is a *content*, known by the SHA-256 of the file. Vectors and tags
belong to the content, so a moved file keeps them and a copy shares them. Every batch is written in
one transaction; whatever is not in here can be rebuilt from here.

sqlite-utils makes and migrates the tables. Reading goes through plain sqlite3, because importing
sqlite-utils costs more than a whole query.
"""

from __future__ import annotations

from cercafoto.catalog.browsing import Browsing
from cercafoto.catalog.database import disk_full, now, translated
from cercafoto.catalog.integrity import Integrity
from cercafoto.catalog.photos import (
    EXCLUDED,
    MISSING,
    OK,
    PROBLEM,
    READ_AGAIN,
    Locate,
    Photos,
    PlaceNames,
)
from cercafoto.catalog.purge import Purge
from cercafoto.catalog.records import Beside, Indexed, Known, Row
from cercafoto.catalog.search import Search
from cercafoto.catalog.tags import Tags

__all__ = [
    "EXCLUDED",
    "MISSING",
    "OK",
    "PROBLEM",
    "READ_AGAIN",
    "Beside",
    "Catalog",
    "Indexed",
    "Known",
    "Locate",
    "PlaceNames",
    "Row",
    "disk_full",
    "now",
    "translated",
]


class Catalog(Photos, Search, Tags, Browsing, Purge, Integrity):
    """An open catalogue. Not shared between threads; `close` it, or use it in a with block."""
