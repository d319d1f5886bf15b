"""The values of filters: formats, shapes, orders, places, phrases in photos."""

from __future__ import annotations

from typing import NamedTuple

VERTICAL, HORIZONTAL, SQUARE = "verticale", "orizzontale", "quadrato"
SHAPES = (VERTICAL, HORIZONTAL, SQUARE)

# Orders of an answer: latest first, oldest first, by path, by confidence.
LATEST, OLDEST, BY_NAME, BY_CONFIDENCE = ORDERS = ("date", "oldest", "name", "confidence")

VIDEO_FORMATS = ("MP4", "MOV", "MKV", "AVI", "MTS", "MPEG", "WMV", "FLV")
# Formats of photos, as Pillow names them, and other names for the same formats.
FORMATS = (
    *("JPEG", "PNG", "HEIF", "RAW", "WEBP", "TIFF"),
    *("GIF", "BMP", "AVIF", "JXL", "JPEG2000", "PPM"),
    *VIDEO_FORMATS,
)
SAME_FORMAT = {"JPG": "JPEG", "JPE": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}

# Values of the option --ordina -> orders.
ORDER_NAMES = {"data": LATEST, "vecchie": OLDEST, "nome": BY_NAME, "fiducia": BY_CONFIDENCE}
NEAREST = "distance"  # the order of the photos near a place, if no other is asked

COMUNE, PROVINCIA, REGIONE, PAESE, LUOGO = "comune", "provincia", "regione", "paese", "luogo"
KINDS = (COMUNE, PROVINCIA, REGIONE, PAESE, LUOGO)
ITALY = "Italia"
ABROAD = "estero"  # kind of the condition that a photo was taken in another country


class Circle(NamedTuple):
    """A circle on the ground.

    latitude, longitude: decimal degrees, WGS 84.
    km: radius.
    """

    latitude: float
    longitude: float
    km: float


class Stretch(NamedTuple):
    """Numbers from the least to the greatest.

    least, most: None for no limit.
    strict: whether the limits themselves are left out: "oltre 1600 ISO".
    """

    least: float | None
    most: float | None
    strict: bool = False


class Rectangle(NamedTuple):
    """A rectangle of the map, in decimal degrees, WGS 84. It crosses the 180th meridian if `west`
    is greater than `east`."""

    south: float
    west: float
    north: float
    east: float


class PlaceCondition(NamedTuple):
    """The condition that a photo was taken in a place.

    kind: one of KINDS, or ABROAD.
    name: name of the comune, provincia, regione or paese; not compared if there are circles or
        parts. With ABROAD, the country in which the photo must not have been taken.
    circles: if not empty, the photo must have been taken inside one of these circles.
    parts: if not empty, the photo must have been taken in one of these divisions: (kind, name).
    either: if not empty, the photo must fulfil one of these conditions, and nothing else.
    """

    kind: str
    name: str
    circles: tuple[Circle, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    either: tuple[PlaceCondition, ...] = ()


class Saying(NamedTuple):
    """A phrase that must be among the words read in a photo.

    contents: ids of the contents whose text has the phrase, ascending.
    nearly: the ids in `contents` whose text has the phrase only with wrong letters or inside words.
    """

    phrase: str
    contents: tuple[int, ...]
    nearly: frozenset[int] = frozenset()


def shape_of(width: int, height: int) -> str | None:
    """Return the shape of an upright picture, one of SHAPES; None if a side is 0. A picture whose
    sides differ by at most 3 % counts as square."""
    if not (width and height):
        return None
    if abs(width - height) <= 0.03 * max(width, height):
        return SQUARE
    return HORIZONTAL if width > height else VERTICAL
