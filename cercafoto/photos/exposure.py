"""Read how a photo was exposed from EXIF tags and XMP properties: focal length, sensitivity,
aperture, time, flash (Exif 2.32, CIPA DC-008)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cercafoto.photos import exif as tags
from cercafoto.photos import xmp, xmp_facts
from cercafoto.photos.metadata_values import safely

EXPOSURE_TIME, F_NUMBER, SHUTTER_SPEED, APERTURE = 0x829A, 0x829D, 0x9201, 0x9202
FLASH, FOCAL_LENGTH, FOCAL_LENGTH_35 = 0x9209, 0x920A, 0xA405
# ISO is a 16-bit number: a camera writes OVERFLOW for more, and the number in another tag.
ISO, OTHER_ISO, OVERFLOW = 0x8827, (0x8832, 0x8831, 0x8833), 65535
FIRED = 1  # bit of FLASH
HIGHEST_ISO, LONGEST = 10_000_000, 100_000  # more is damage; a night of star trails has 40,000 s


def read(details: tags.Tags, packet: xmp.Properties) -> dict[str, Any]:
    """Return the fields of `Facts` about the exposure; None for a value that is missing or that no
    camera has: cameras write 0 for an unknown focal length or aperture.

    details: tags of the sub-directory EXIF_IFD, which win over the properties.
    """

    def said(*names: str) -> Iterable[str | None]:
        return (xmp_facts.first(packet, f"{xmp.EXIF} {name}") for name in names)

    iso = _first((details.get(ISO), *said("ISOSpeedRatings")), 1, HIGHEST_ISO)
    if iso is None or iso == OVERFLOW:
        newer = xmp_facts.first(packet, f"{xmp.EXIF_EX} PhotographicSensitivity")
        iso = _first((*map(details.get, OTHER_ISO), newer), 1, HIGHEST_ISO)
    aperture = _first((details.get(F_NUMBER), *said("FNumber")), 0.5, 256)
    if aperture is None and (stops := _number(details.get(APERTURE))):
        aperture = _first((2 ** (min(stops, 16) / 2),), 0.5, 256)
    time = _first((details.get(EXPOSURE_TIME), *said("ExposureTime")), 1e-6, LONGEST)
    if time is None and (stops := _number(details.get(SHUTTER_SPEED))) is not None:
        time = _first((2 ** -max(min(stops, 20), -17),), 1e-6, LONGEST)
    flash = details.get(FLASH)
    focal = _first((details.get(FOCAL_LENGTH), *said("FocalLength")), 0.5, 9999.9)
    focal_35 = _first((details.get(FOCAL_LENGTH_35), *said("FocalLengthIn35mmFilm")), 0.5, 9999.9)
    return {
        "focal": focal and round(focal, 1),
        "focal_35": focal_35 and round(focal_35, 1),
        "iso": iso and round(iso),
        "aperture": aperture and round(aperture, 1),
        "exposure_time": time and float(f"{time:.6g}"),
        "flash": bool(flash & FIRED) if isinstance(flash, int) else None,
    }


def _first(values: Iterable[object], least: float, most: float) -> float | None:
    """Return the first value that is a number from `least` to `most`; None if there is none."""
    numbers = (_number(value) for value in values)
    return next((n for n in numbers if n is not None and least <= n <= most), None)


def _number(value: object) -> float | None:
    """Return the number in a tag, or in a property such as "18/10"; None if there is none."""
    if isinstance(value, tuple | list):  # some cameras write the sensitivity twice
        value = value[0] if value else None
    if isinstance(value, str):
        above, _, below = value.partition("/")
        return safely(lambda: float(above) / float(below or 1), None)
    return safely(lambda: float(value), None)  # type: ignore[arg-type]
