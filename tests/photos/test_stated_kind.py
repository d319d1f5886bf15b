"""Test what the metadata of a picture say of its kind, as telephones and programs write them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from cercafoto.base.file_kinds import PANORAMA, SCREENSHOT
from cercafoto.photos import exif as tags
from cercafoto.photos.facts import Facts
from cercafoto.photos.metadata import read
from cercafoto.photos.stated_kind import (
    CUSTOM_RENDERED,
    SOFTWARE,
    USER_COMMENT,
    XIAOMI_SETTINGS,
)
from tests.photos.test_metadata import packet

PANO = 'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"'


def facts_of(format: str = "JPEG", **saved: Any) -> Facts:
    file = BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, format, **saved)
    picture = Image.open(file)
    picture.load()
    return read(picture, file.getvalue())


def with_tags(**details: Any) -> bytes:
    exif = Image.Exif()
    for name, value in details.items():
        tag = {"comment": USER_COMMENT, "rendered": CUSTOM_RENDERED, "xiaomi": XIAOMI_SETTINGS}
        if name == "software":
            exif[SOFTWARE] = value
        else:
            exif.get_ifd(tags.EXIF_IFD)[tag[name]] = value
    return exif.tobytes()


def text_in_png(word: str, text: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text(word, text)
    return info


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: facts_of(exif=with_tags(comment=b"ASCII\0\0\0Screenshot")), SCREENSHOT),
        (lambda: facts_of("PNG", exif=with_tags(comment=b"ASCII\0\0\0Screenshot")), SCREENSHOT),
        (lambda: facts_of(exif=with_tags(software="GNOME Screenshot 41")), SCREENSHOT),
        (lambda: facts_of("PNG", pnginfo=text_in_png("Software", "gnome-screenshot")), SCREENSHOT),
        (lambda: facts_of(xmp=packet("<exif:UserComment>Screenshot</exif:UserComment>")),
         SCREENSHOT),
        (lambda: facts_of(exif=with_tags(comment=b"ASCII\0\0\0al mare")), None),
        (lambda: facts_of(exif=with_tags(software="Adobe Photoshop")), None),
        (lambda: facts_of(exif=with_tags(rendered=6)), PANORAMA),
        (lambda: facts_of(exif=with_tags(rendered=1)), None),
        (lambda: facts_of(xmp=packet(
            "<GPano:ProjectionType>cylindrical</GPano:ProjectionType>", PANO)), PANORAMA),
        (facts_of, None),
    ],
)  # fmt: skip
def test_what_a_file_says_that_it_is(make: Callable[[], Facts], kind: str | None) -> None:
    assert make().kind == kind


@pytest.mark.parametrize(
    ("settings", "lens"),
    [
        ('{"mirror":false,"sensor_type":"front","Hdr":"off"}', "front camera"),
        ('{"mirror":false,"sensor_type":"rear","Hdr":"off"}', None),
        ("niente", None),
    ],
)
def test_the_front_camera_of_a_xiaomi(settings: str, lens: str | None) -> None:
    assert facts_of(exif=with_tags(xiaomi=settings)).lens == lens
