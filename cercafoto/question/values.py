"""Values that filters have: names of formats, shapes and orders, places, phrases."""

from __future__ import annotations

from typing import NamedTuple

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


class Circle(NamedTuple):
    """A circle on the ground.

    latitude, longitude: decimal degrees, WGS 84.
    km: its radius.
    """

    latitude: float
    longitude: float
    km: float


class PlaceCondition(NamedTuple):
    """A place where a photo was taken.

    With circles: a position within any of them. Without: `name` is the comune, provincia, regione
    or paese of the photo, as `kind` says.
    """

    kind: str
    name: str
    circles: tuple[Circle, ...] = ()


class Saying(NamedTuple):
    """A phrase that is to be among the words read in a photo.

    contents: those whose text says it, ascending.
    nearly: those of them that were read with a slip, or have it inside other words.
    """

    phrase: str
    contents: tuple[int, ...]
    nearly: frozenset[int] = frozenset()


def shape_of(width: int, height: int) -> str | None:
    """Name the shape of an upright picture; within 3 % it passes for square."""
    if not (width and height):
        return None
    if abs(width - height) <= 0.03 * max(width, height):
        return SQUARE
    return HORIZONTAL if width > height else VERTICAL
