"""Photos of an archive: their files, pages of thumbnails with counts, and one photo in detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any, NamedTuple

from cercafoto.base.json_keys import json_keys
from cercafoto.results.photo_fields import PhotoData

if TYPE_CHECKING:
    from cercafoto.photos.person import Region
    from cercafoto.question.filters.filter import Counts, Filter
    from cercafoto.question.values import Rectangle


@json_keys("path width height size taken_at")
@dataclass(frozen=True, slots=True)
class PhotoFile:
    """The file of a visible photo.

    size: bytes of the file.
    mtime_ns: modification time in ns since 1970.
    width, height: pixels of the upright photo.
    taken_at, date_source, format: see `Facts`.
    camera: whether the metadata name a camera.
    """

    path: bytes
    content_id: int
    size: int
    mtime_ns: int
    width: int
    height: int
    taken_at: str | None
    date_source: str | None
    format: str | None = None
    camera: bool = False


class Frame(NamedTuple):
    """What tells which photo of a burst to keep.

    camera: id of the camera.
    is_marked: whether the person gave it stars, a label, or a place in a collection.
    is_rejected: whether the person rejected it (-1 stars).
    is_looked_at: whether the three values after it are known; see `quality.measure.Measured`.
    exposure_time, aperture, iso: see `Facts`.
    """

    camera: int
    is_marked: bool
    is_rejected: bool
    is_looked_at: bool
    clarity: str | None
    exposure: str | None
    sharpness: float | None
    exposure_time: float | None
    aperture: float | None
    iso: int | None

    @property
    def exposure_value(self) -> float | None:
        """How much light the settings of the camera make of a scene, in stops; None if unknown."""
        if not (self.exposure_time and self.aperture and self.iso):
            return None
        return log2(self.exposure_time * self.iso / self.aperture**2)


@dataclass(frozen=True)
class Tile:
    """A visible photo in a grid of thumbnails.

    photo_id: id of the photo's row in the archive.
    digest: SHA-256 of the file's content.
    width, height: pixels of the upright photo.
    taken_at: see `Facts`.
    mtime_ns, size: modification time (ns) and bytes of the file when it was indexed; 0 for the
        photos of an answer.
    frame: of a video in an answer, the time in seconds of the frame that was found; else None.
    doubtful: see `Hit`.
    """

    photo_id: int
    path: bytes
    digest: bytes
    width: int
    height: int
    taken_at: str | None
    mtime_ns: int = 0
    size: int = 0
    frame: float | None = None
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True)
class TilePage:
    """One page of the grid of all photos.

    after: marker with which to ask for the next page; "" on the last page.
    total: number of photos on all pages; 0 except on the first page.
    """

    tiles: tuple[Tile, ...]
    after: str
    total: int = 0


class PhotoGroup(NamedTuple):
    """Photos that were taken near each other.

    photo_id: id of one of them.
    latitude, longitude: the middle of their positions, in decimal degrees.
    area: the smallest rectangle with all their positions.
    """

    photos: int
    photo_id: int
    latitude: float
    longitude: float
    area: Rectangle


@dataclass(frozen=True)
class PhotosByPlace:
    """Where some photos were taken.

    photos: how many photos there are.
    located: how many of them have a position.
    area: the smallest rectangle with all their positions; None if no photo has one.
    places: (comune, provincia, regione and paese, "" if unknown; number of photos), most photos
        first.
    """

    photos: int
    located: int = 0
    area: Rectangle | None = None
    places: tuple[tuple[tuple[str, str, str, str], int], ...] = ()


@dataclass(frozen=True)
class Facets:
    """Counts of some photos by year, place and so on.

    photos: how many photos were counted.
    counted: name of a filter -> (value, number of photos) of the values to offer, in order. See
        the filter's `Facet`.
    """

    photos: int
    counted: Mapping[str, Counts]

    def of(self, which: Filter[Any]) -> Counts:
        """Return (value, number of photos) of the values of a filter; () if none were counted."""
        return self.counted.get(which.name, ())


@dataclass(frozen=True)
class PhotoDetail:
    """Everything that the catalogue knows about a photo.

    date_source, format: see `Facts`.
    data: place, camera, title and so on, by the keys of `photo_fields`.
    labels: (name, confidence, whether given by hand), most likely first.
    copies: sorted paths of the other files with the same content.
    people: the people in the photo.
    doubtful: names of the people whom the photo only may show.
    """

    tile: Tile
    content_id: int
    date_source: str | None
    format: str | None
    data: PhotoData
    labels: tuple[tuple[str, float, bool], ...]
    copies: tuple[bytes, ...] = ()
    people: tuple[Region, ...] = ()
    doubtful: tuple[str, ...] = ()
