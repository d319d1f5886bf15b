"""Reading how a photo was exposed, from EXIF and from XMP."""

from __future__ import annotations

from typing import Any

import pytest
from PIL.TiffImagePlugin import IFDRational

from cercafoto.photos import exposure as tags
from cercafoto.photos import metadata
from cercafoto.photos.facts import Facts, combined
from tests.photos.test_metadata import bag, facts, packet, photo

NONE = dict.fromkeys(("focal", "focal_35", "iso", "aperture", "exposure_time", "flash"))
APEX = {tags.APERTURE: IFDRational(3, 1), tags.SHUTTER_SPEED: IFDRational(-1, 1)}


@pytest.mark.parametrize(
    ("details", "read"),
    [
        ({tags.FOCAL_LENGTH: 50, tags.FOCAL_LENGTH_35: 75}, {"focal": 50.0, "focal_35": 75.0}),
        ({tags.FOCAL_LENGTH: IFDRational(423, 100)}, {"focal": 4.2}),
        ({tags.FOCAL_LENGTH: 0, tags.FOCAL_LENGTH_35: 0}, {}),
        ({tags.FOCAL_LENGTH: 500_000}, {}),
        ({tags.ISO: 1600}, {"iso": 1600}),
        ({tags.ISO: (200, 0)}, {"iso": 200}),
        ({tags.ISO: 0}, {}),
        ({tags.ISO: tags.OVERFLOW}, {}),
        ({tags.ISO: tags.OVERFLOW, tags.OTHER_ISO[0]: 102_400}, {"iso": 102_400}),
        ({tags.F_NUMBER: IFDRational(178, 100)}, {"aperture": 1.8}),
        ({tags.F_NUMBER: 0}, {}),  # a lens without contacts
        ({tags.F_NUMBER: IFDRational(0, 0), tags.EXPOSURE_TIME: IFDRational(1, 0)}, {}),
        ({tags.EXPOSURE_TIME: IFDRational(1, 250)}, {"exposure_time": 0.004}),
        ({tags.EXPOSURE_TIME: 30}, {"exposure_time": 30.0}),
        ({tags.EXPOSURE_TIME: 0}, {}),
        (APEX, {"aperture": 2.8, "exposure_time": 2.0}),
        (APEX | {tags.F_NUMBER: 4, tags.EXPOSURE_TIME: 1}, {"aperture": 4.0, "exposure_time": 1.0}),
        ({tags.FLASH: 0x19}, {"flash": True}),
        ({tags.FLASH: 0x10}, {"flash": False}),
        ({tags.FLASH: 0x20}, {"flash": False}),  # the camera has none
    ],
)
def test_tags(details: dict[int, Any], read: dict[str, Any]) -> None:
    found = facts(photo(details=details))
    assert {name: getattr(found, name) for name in NONE} == NONE | read


def test_a_sidecar_says_it_too_and_the_file_says_it_first() -> None:
    beside = metadata.read_sidecar(
        packet(
            bag("exif:ISOSpeedRatings", "800", kind="Seq"),
            'exif:FNumber="56/10" exif:ExposureTime="1/125" exif:FocalLength="35/1"',
        )
    )
    assert beside == Facts(iso=800, aperture=5.6, exposure_time=0.008, focal=35.0)
    both = combined(Facts(iso=100, flash=False), beside)
    assert (both.iso, both.aperture, both.flash) == (100, 5.6, False)
