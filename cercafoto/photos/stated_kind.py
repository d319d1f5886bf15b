"""Tell by the metadata of a picture that it is a screenshot, a panorama or a selfie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cercafoto.base.file_kinds import PANORAMA, SCREENSHOT
from cercafoto.photos import exif as tags
from cercafoto.photos import xmp, xmp_facts

SOFTWARE, USER_COMMENT, CUSTOM_RENDERED = 0x0131, 0x9286, 0xA401
APPLE_PANORAMA = 6  # of CustomRendered; cameras of other makers write 0 or 1
XIAOMI_SETTINGS = 0x9999  # JSON: {"mirror":false,"sensor_type":"front",…}
CHARSET = 8  # bytes before a UserComment: "ASCII\0\0\0"
FRONT = "front camera"  # as Apple and Google name the lens


def stated_kind(exif: tags.Tags, details: tags.Tags, packet: xmp.Properties) -> str | None:
    """Return SCREENSHOT or PANORAMA if the metadata say that a picture is one; None if they do not.

    Telephones and computers write "Screenshot" as a comment, programs for it their own name.

    details: tags of the sub-directory EXIF_IFD.
    """
    comments = (
        tags.text_of(exif.get(SOFTWARE)),
        tags.text_of(exif.get(tags.IMAGE_DESCRIPTION)),
        _comment_of(details.get(USER_COMMENT)),
        xmp_facts.first(packet, f"{xmp.EXIF} UserComment"),
        xmp_facts.first(packet, f"{xmp.XMP} CreatorTool"),
    )
    if any("screenshot" in _plain(comment) for comment in comments):
        return SCREENSHOT
    stitched = details.get(CUSTOM_RENDERED) == APPLE_PANORAMA
    viewed = xmp_facts.first(packet, f"{xmp.PANORAMA} ProjectionType")
    return PANORAMA if stitched or viewed else None


def front_lens(details: tags.Tags) -> str | None:
    """Return the name of the lens if the settings of a Xiaomi telephone say that it is the one on
    the side of the screen, which its lens tags do not; else None."""
    settings = "".join((tags.text_of(details.get(XIAOMI_SETTINGS)) or "").split())
    return FRONT if '"sensor_type":"front"' in settings else None


def screenshot_by(info: Mapping[Any, Any]) -> bool:
    """Whether a program for screenshots wrote its name into a PNG file.

    info: texts of the file, by their keywords.
    """
    return any("screenshot" in _plain(info.get(word)) for word in ("Software", "Comment"))


def _comment_of(value: object) -> str | None:
    return tags.text_of(value[CHARSET:] if isinstance(value, bytes) else value)


def _plain(text: object) -> str:
    """Return a text in small letters without spaces: "screenshot" for "Screen Shot"."""
    return "".join(text.casefold().split()) if isinstance(text, str) else ""
