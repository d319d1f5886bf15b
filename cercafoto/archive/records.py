"""Records that go into an archive and come out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.results import Tile

# States of a photo; excluded: there, but left out by the person.
OK, MISSING, PROBLEM, EXCLUDED = "ok", "missing", "problem", "excluded"
# The time of a file that the next run is to read again, whatever its real one.
READ_AGAIN = -1

# Names of a place, "" where there is none: comune, provincia, regione, paese.
PlaceNames = tuple[str, str, str, str]
# Where a position is: latitude, longitude in decimal degrees -> names.
Locate = Callable[[float, float], PlaceNames | None]


class KnownFile(NamedTuple):
    """A path as the catalogue remembers it, to tell in which way a file was changed."""

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
    source: of a shared archive, where it is from.
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
    """A photo's own words as the index of words has them: stems, joined by spaces.

    names: of the file and of its folders.
    facts: those of the photo and of its sidecar as JSON, with the words as they are spelt; only
        where they were asked for.
    """

    content_id: int
    path: bytes
    keywords: str
    title: str
    description: str
    names: str
    facts: tuple[str | None, ...] = ()


def cursor(tile: Tile) -> str:
    """Say where a page of photos that ends with this one goes on."""
    return f"{tile.taken_at or ''}|{tile.mtime_ns}|{tile.photo_id}"
