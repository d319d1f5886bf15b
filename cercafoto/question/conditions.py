"""Conditions that photos must fulfil to be searched: dates, place, camera, rating, folders.

Plain values, made from a query; the catalogue turns them into SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

VERTICAL, HORIZONTAL, SQUARE = "verticale", "orizzontale", "quadrato"
SHAPES = (VERTICAL, HORIZONTAL, SQUARE)

# Orders of an answer: latest first, oldest first, by path, by confidence.
LATEST, OLDEST, BY_NAME, BY_CONFIDENCE = ORDERS = ("date", "oldest", "name", "confidence")

# Formats of photos, as Pillow names them, and what photographers call the same.
FORMATS = (
    *("JPEG", "PNG", "HEIF", "RAW", "WEBP", "TIFF"),
    *("GIF", "BMP", "AVIF", "JXL", "JPEG2000", "PPM"),
)
SAME_FORMAT = {"JPG": "JPEG", "JPE": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}

COMUNE, PROVINCIA, REGIONE, PAESE, LUOGO = "comune", "provincia", "regione", "paese", "luogo"
KINDS = (COMUNE, PROVINCIA, REGIONE, PAESE, LUOGO)


@dataclass(frozen=True)
class Circle:
    """A circle on the ground.

    latitude, longitude: decimal degrees, WGS 84.
    km: its radius.
    """

    latitude: float
    longitude: float
    km: float


@dataclass(frozen=True)
class PlaceCondition:
    """A place where a photo was taken.

    With circles: a position within any of them. Without: `name` is the comune, provincia, regione
    or paese of the photo, as `kind` says.
    """

    kind: str
    name: str
    circles: tuple[Circle, ...] = ()


@dataclass(frozen=True)
class Saying:
    """A phrase that is to be among the words read in a photo.

    contents: those whose text says it, ascending.
    nearly: those of them that were read with a slip, or have it inside other words.
    """

    phrase: str
    contents: tuple[int, ...]
    nearly: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Conditions:
    """Every one that is given must hold; within one tuple of ranges any is enough.

    periods: from-to pairs of days, both included, None for no end on that side.
    weekdays: 0 is Monday.
    hours: from-to pairs of 0..23, both included, (22, 5) going over midnight; a photo whose hour
        is not known never passes.
    camera: its name, or else part of the name of any.
    format: Pillow's name, any case.
    shape: one of SHAPES.
    rating: at least so many stars.
    keywords, labels: bearing every one of them.
    folders: at or under any of them.
    outside: neither at nor under any of them.
    monochrome: without colour, or with; a photo of which that is not known never passes.
    texts: saying every one of them.
    """

    periods: tuple[tuple[date | None, date | None], ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[tuple[int, int], ...] = ()
    place: PlaceCondition | None = None
    camera: str | None = None
    format: str | None = None
    shape: str | None = None
    rating: int | None = None
    keywords: tuple[str, ...] = ()
    folders: tuple[bytes, ...] = ()
    outside: tuple[bytes, ...] = ()
    labels: tuple[str, ...] = ()
    monochrome: bool | None = None
    texts: tuple[Saying, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to fulfil."""
        return self != ANYTHING


ANYTHING = Conditions()


def shape_of(width: int, height: int) -> str | None:
    """Name the shape of an upright picture; within 3 % it passes for square."""
    if not (width and height):
        return None
    if abs(width - height) <= 0.03 * max(width, height):
        return SQUARE
    return HORIZONTAL if width > height else VERTICAL
