"""Read the metadata of a picture file or sidecar, from EXIF, XMP and IPTC, into `Facts`.

Nothing here raises because of what a file contains. A damaged or implausible value is dropped; the
other values are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from PIL import Image

from cercafoto.base.file_kinds import SCREENSHOT
from cercafoto.base.word_stems import fold
from cercafoto.photos import exif as tags
from cercafoto.photos import exposure, iptc, person_regions, xmp, xmp_facts
from cercafoto.photos.facts import Facts
from cercafoto.photos.metadata_values import (
    camera_name,
    keywords_of,
    name_of,
    safely,
    sentence_of,
)
from cercafoto.photos.person import Person, each_once
from cercafoto.photos.sources import best_date
from cercafoto.photos.stated_kind import front_lens, screenshot_by, stated_kind

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


def read(image: Image.Image, data: bytes) -> Facts:
    """Return the metadata of an opened picture. Load a PNG first: its metadata may come last.

    data: the bytes of the file; the first three are enough.
    """
    fallback = Facts(format=_format(image, data))
    return safely(lambda: _read(image, data), fallback)


def read_sidecar(data: bytes) -> Facts:
    """Return the metadata in the bytes of a sidecar file, which is an XMP packet."""
    return safely(lambda: _facts(data), Facts())


def _read(image: Image.Image, data: bytes) -> Facts:
    exif: tags.Tags = safely(image.getexif, {})
    record = safely(lambda: iptc.record_of(image), None) or {}
    facts = replace(_facts(packet_of(image), exif, record), format=_format(image, data))
    return replace(facts, kind=SCREENSHOT) if screenshot_by(image.info) else facts


def _facts(xmp_packet: bytes, exif: tags.Tags = _NOTHING, record: iptc.Record = _NOTHING) -> Facts:
    """Return the merged metadata. EXIF wins for position, camera and
    exposure, XMP for words and rating."""
    packet = xmp.properties(xmp_packet)
    details, gps = tags.ifd(exif, tags.EXIF_IFD), tags.ifd(exif, tags.GPS_IFD)
    dates = (tags.date_of(details, gps), xmp_facts.date_of(packet), iptc.date_of(record))
    taken_at, offset, source = best_date(list(filter(None, dates))) or (None, None, None)
    latitude, longitude = tags.gps_position(gps) or xmp_facts.position(packet) or (None, None)
    stars = xmp_facts.rating(packet)
    keywords = xmp_facts.keywords(packet)
    keywords += [[word] for word in iptc.texts_of(record, iptc.KEYWORDS)]
    keywords += [[w] for w in (tags.utf16_of(exif.get(tags.XP_KEYWORDS)) or "").split(";")]
    people: tuple[Person, ...] = safely(
        lambda: person_regions.read_people(xmp_packet, packet, keywords), ()
    )
    return Facts(
        taken_at=taken_at,
        date_source=source,
        offset=offset,
        latitude=latitude,
        longitude=longitude,
        camera=camera_name(tags.text_of(exif.get(tags.MAKE)), tags.text_of(exif.get(tags.MODEL)))
        or camera_name(
            xmp_facts.first(packet, f"{xmp.TIFF} Make"),
            xmp_facts.first(packet, f"{xmp.TIFF} Model"),
        ),
        lens=name_of(
            tags.text_of(details.get(tags.LENS_MODEL))
            or xmp_facts.lens(packet)
            or front_lens(details)
        ),
        **exposure.read(details, packet),
        keywords=keywords_of(
            *(levels[-1] for levels in keywords if person_regions.name_in_keyword(levels) is None)
        ),
        title=sentence_of(
            xmp_facts.first(packet, f"{xmp.DC} title"),
            xmp_facts.first(packet, f"{xmp.PHOTOSHOP} Headline"),
            *iptc.texts_of(record, iptc.TITLE),
            *iptc.texts_of(record, iptc.HEADLINE),
            tags.utf16_of(exif.get(tags.XP_TITLE)),
        ),
        description=sentence_of(
            xmp_facts.first(packet, f"{xmp.DC} description"),
            *iptc.texts_of(record, iptc.CAPTION),
            tags.text_of(exif.get(tags.IMAGE_DESCRIPTION)),
            tags.utf16_of(exif.get(tags.XP_COMMENT)),
        ),
        rating=tags.rating_of(exif) if stars is None else stars,
        color_label=xmp_facts.color_label(packet),
        people=each_once(people),
        kind=stated_kind(exif, details, packet),
        written=tuple(map(fold, packet.get(f"{xmp.OURS} Persone", ()))),
    ).without_names(people)


def iptc_keywords(image: Image.Image) -> list[str]:
    """Return the keywords in the IPTC record of an opened picture; [] if it has no record."""
    record = safely(lambda: iptc.record_of(image), None) or {}
    return [text for raw in iptc.texts_of(record, iptc.KEYWORDS) if (text := raw.strip("\0 "))]


def packet_of(image: Image.Image) -> bytes:
    """Return the XMP packet of an opened picture, b"" if it has none."""
    exif: tags.Tags = safely(image.getexif, {})
    for value in (image.info.get("xmp"), exif.get(tags.XMP_TAG)):
        if isinstance(value, str):
            value = value.encode()
        if isinstance(value, tuple):
            value = safely(lambda numbers=value: bytes(numbers), b"")  # type: ignore[misc]
        if isinstance(value, bytes) and value:
            return value
    return b""


def _format(image: Image.Image, data: bytes) -> str | None:
    # Pillow says MPO for a JPEG that holds several pictures, as phones write it.
    return "JPEG" if data[:3] == b"\xff\xd8\xff" else image.format
