"""Records that an archive takes and returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.results import Tile

# States of a photo. Only "ok" is visible; "excluded" means that the file is there, but the person
# left it out.
OK, MISSING, PROBLEM, EXCLUDED = "ok", "missing", "problem", "excluded"
# Stored as a file's time, so that the next run reads the file again.
READ_AGAIN = -1
# Key in `meta` of the counts over all photos, see `BrowsingQueries.facets_to_keep`.
FACETS = "facets"

# Names of a place: comune, provincia, regione, paese; "" for a missing one.
PlaceNames = tuple[str, str, str, str]
# Latitude, longitude in decimal degrees -> the place there.
Locate = Callable[[float, float], PlaceNames | None]


class KnownFile(NamedTuple):
    """What the catalogue knows of the file at a path, to see whether the file has changed."""

    path: bytes
    photo_id: int
    size: int
    mtime_ns: int
    state: str
    content_id: int | None
    problem: str | None
    sidecar_size: int | None
    sidecar_mtime_ns: int | None


@dataclass(frozen=True)
class PhotoRow:
    """A visible photo, as search and tag need it.

    digest: SHA-256 of its content.
    taken_at, date_source: see `Facts`.
    source: which source of a shared archive published it; "" in a local one.
    """

    photo_id: int
    content_id: int
    digest: bytes
    path: bytes
    width: int
    height: int
    taken_at: str | None
    date_source: str | None = None
    tags: tuple[str, ...] = ()
    source: str = ""


class OwnWords(NamedTuple):
    """The words of a photo, as stems joined by spaces.

    names: of the file and of its folders.
    facts: metadata of the content and of the sidecar as JSON, which has the words as they were
        spelt; empty unless asked for.
    """

    content_id: int
    path: bytes
    keywords: str
    title: str
    description: str
    names: str
    facts: tuple[str | None, ...] = ()


def cursor(tile: Tile) -> str:
    """Return a text for `BrowsingQueries.page`, to continue after the photo of this tile."""
    return f"{tile.taken_at or ''}|{tile.mtime_ns}|{tile.photo_id}"
