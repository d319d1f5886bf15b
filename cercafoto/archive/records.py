"""Records that an archive takes and returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.results.photos import Tile

# States of a photo. Only "ok" is visible; "excluded" means that the file is there, but the person
# left it out.
OK, MISSING, PROBLEM, EXCLUDED = "ok", "missing", "problem", "excluded"
# Stored as a file's time, so that the next run reads the file again.
READ_AGAIN = -1
# Key in `meta` of the counts over all photos, see `BrowsingQueries.facets_to_keep`.
FACETS = "facets"
LATEST = 2**63 - 1  # later than the time of any file, and the id of any photo
# Begins a `cursor` among the photos that come after all others.
LAST = "~"

# Names of a place: comune, provincia, regione, paese; "" for a missing one.
PlaceNames = tuple[str, str, str, str]
# Latitude, longitude in decimal degrees -> the place there.
Locate = Callable[[float, float], PlaceNames | None]


class KnownFile(NamedTuple):
    """What the catalogue stores about a file, to tell whether the file has changed.

    content_id: None if the file's bytes could not be read.
    problem: why the photo could not be read, None if it could.
    sidecar_size, sidecar_mtime_ns: None without a sidecar.
    """

    path: bytes
    photo_id: int
    size: int
    mtime_ns: int
    state: str
    content_id: int | None
    problem: str | None
    sidecar_size: int | None
    sidecar_mtime_ns: int | None


class MomentRow(NamedTuple):
    """A frame of a video.

    video: id of the video's content.
    start, end: its time, and that of the next frame that differs, in seconds.
    looks: how many frames of the video show the same scene, this one among them.
    """

    video: int
    start: float
    end: float
    looks: int


class PhotoRow(NamedTuple):
    """A visible photo, as search and tag need it.

    digest: SHA-256 of its content.
    taken_at, date_source: see `Facts`.
    tags: its labels, most confident first; empty if they were not looked up.
    source: which source of a shared archive published it; "" in a local archive.
    moment: of a video, the frame that was looked up; None for a photo.
    doubtful: see `Hit`.
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
    moment: MomentRow | None = None
    doubtful: tuple[str, ...] = ()


class OwnWords(NamedTuple):
    """The words of a photo, as stems joined by spaces.

    names: words in the names of the file and of its folders.
    facts: metadata of the content and of the sidecar as JSON, in which the words have their
        original spelling; None unless asked for.
    """

    content_id: int
    path: bytes
    keywords: str
    title: str
    description: str
    names: str
    facts: tuple[str | None, str | None] = (None, None)


def cursor(tile: Tile) -> str:
    """Return the `after` with which `BrowsingQueries.page` continues after this tile's photo."""
    last = LAST if tile.doubtful else ""
    return f"{last}{tile.taken_at or ''}|{tile.mtime_ns}|{tile.photo_id}"


def cursor_before(taken: str) -> str:
    """Return the `after` with which `BrowsingQueries.page` begins with the latest photo of a day or
    month ("2019-08-14", "2019-08"), with the photos of which only this year is known ("2019"), or
    with the photos without a date ("")."""
    # "~" sorts behind all that can follow in a date: a month or day includes its moments, but
    # photos of which only the year is known are older than those of its months.
    return f"{taken}~|0|0" if len(taken) > len("2019") else f"{taken}|{LATEST}|{LATEST}"
