"""Reading metadata: impossible and damaged values are dropped, the others kept."""

from __future__ import annotations

import io
import os
import random
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from PIL import Image, IptcImagePlugin, PngImagePlugin, TiffImagePlugin, features

from cercafoto.errors import ImageError
from cercafoto.photos import exif as exif_tags
from cercafoto.photos import exposure, metadata, xmp
from cercafoto.photos.decoding.picture import decode, describe_source
from cercafoto.photos.decoding.source import Source
from cercafoto.photos.facts import Facts, combined
from tests.conftest import DATA
from tests.support.iptc import with_iptc

PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" {attributes}>
{elements}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def packet(elements: str = "", attributes: str = "") -> bytes:
    return PACKET.format(elements=elements, attributes=attributes).encode()


def bag(name: str, *items: str, kind: str = "Bag") -> str:
    inner = "".join(f"<rdf:li>{item}</rdf:li>" for item in items)
    return f"<{name}><rdf:{kind}>{inner}</rdf:{kind}></{name}>"


def photo(
    kind: str = "JPEG",
    details: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    top: dict[int, Any] | None = None,
    **options: Any,
) -> bytes:
    """Return a picture with these EXIF tags."""
    exif = Image.Exif()
    for tag, value in (top or {}).items():
        exif[tag] = value
    exif.get_ifd(exif_tags.EXIF_IFD).update(details or {})
    exif.get_ifd(exif_tags.GPS_IFD).update(gps or {})
    stream = io.BytesIO()
    Image.new("RGB", (16, 8), (200, 30, 30)).save(stream, kind, exif=exif.tobytes(), **options)
    return stream.getvalue()


def describe(data: bytes) -> Facts:
    return describe_source(Source(io.BytesIO(data), len(data), b"", ""))


def facts(data: bytes) -> Facts:
    found: Facts = decode(data, 8, "x").facts
    return found


ORIGINAL, DIGITIZED = exif_tags.DATETIME_ORIGINAL, exif_tags.DATETIME_DIGITIZED
GPS_CLOCK = {29: "2017:03:04", 7: (Fraction(9), Fraction(5), Fraction(6))}
XMP_DATE = packet("<exif:DateTimeOriginal>2016-02-03T04:05:06+01:00</exif:DateTimeOriginal>")


def test_the_best_date_is_believed_and_the_next_when_it_is_refused() -> None:
    good, zero = "2019:08:14 10:30:05", "0000:00:00 00:00:00"
    second = {DIGITIZED: "2018:01:02 03:04:05"}
    steps = [
        ({ORIGINAL: good, **second}, GPS_CLOCK, "2019-08-14T10:30:05", "exif"),
        ({ORIGINAL: zero, **second}, GPS_CLOCK, "2018-01-02T03:04:05", "digitized"),
        ({ORIGINAL: zero, DIGITIZED: zero}, GPS_CLOCK, "2017-03-04T09:05:06", "gps"),
        ({ORIGINAL: zero}, {29: "2017:13:04"}, "2016-02-03T04:05:06", "xmp"),
    ]
    for details, gps, when, source in steps:
        found = facts(photo(details=details, gps=gps, xmp=XMP_DATE))
        assert (found.taken_at, found.date_source) == (when, source)
    assert facts(photo()).taken_at is None


def test_fractions_of_a_second_and_offsets_are_kept() -> None:
    found = facts(photo(details={ORIGINAL: "2019:08:14 10:30:05", 0x9291: "25", 0x9011: "+02:00"}))
    assert (found.taken_at, found.offset) == ("2019-08-14T10:30:05.250", "+02:00")
    wild = facts(photo(details={ORIGINAL: "2019:08:14 10:30:05", 0x9291: "x", 0x9011: "+99:00"}))
    assert (wild.taken_at, wild.offset) == ("2019-08-14T10:30:05", None)
    # GPS time is UTC; the offset of the place makes it local.
    local = facts(photo(details={0x9011: "+02:00"}, gps={29: "2017:03:04", 7: (23, 5, 6)}))
    assert (local.taken_at, local.offset) == ("2017-03-05T01:05:06", "+02:00")


@pytest.mark.parametrize(
    "broken",
    [
        "0000:00:00 00:00:00",
        "2019:13:01 10:00:00",
        "2019:02:30 10:00:00",
        "2019:08:14 25:00:00",
        "2106:02:07 06:28:15",
        "1970:01:01 00:00:00",
        "1980:01:01 00:00:00",
        "1788:01:01 00:00:00",
        "    :  :     :  :  ",
        "ieri",
        "2019",
        "",
        "\x00\xff",
    ],
)
def test_an_impossible_date_is_refused(broken: str) -> None:
    assert facts(photo(details={ORIGINAL: broken})).taken_at is None


def test_the_future_is_refused() -> None:
    later = datetime.now() + timedelta(days=40)
    assert facts(photo(details={ORIGINAL: f"{later:%Y:%m:%d %H:%M:%S}"})).taken_at is None


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (
            "<exif:DateTimeOriginal>2016-02-03T04:05:06.7Z</exif:DateTimeOriginal>",
            "2016-02-03T04:05:06.700",
        ),
        ("<photoshop:DateCreated>2016-02-03</photoshop:DateCreated>", "2016-02-03"),
        ("<photoshop:DateCreated>1952-08</photoshop:DateCreated>", "1952-08"),
        ("<photoshop:DateCreated>1952</photoshop:DateCreated>", "1952"),
        ("<exif:DateTimeOriginal>1970</exif:DateTimeOriginal>", "1970"),
        ("<photoshop:DateCreated>1952-13</photoshop:DateCreated>", None),
        ("<photoshop:DateCreated>1788</photoshop:DateCreated>", None),
        ("<photoshop:DateCreated>2016T10:00</photoshop:DateCreated>", None),
        ("<photoshop:DateCreated>2016-02-31</photoshop:DateCreated>", None),
        ("<xmp:CreateDate>2016-02-03T04:05:06</xmp:CreateDate>", None),  # of the XMP, not the photo
    ],
)
def test_dates_in_xmp(element: str, expected: str | None) -> None:
    assert metadata.read_sidecar(packet(element)).taken_at == expected


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("1952:08:00 00:00:00", "1952-08"),
        ("1952:00:00 00:00:00", "1952"),
        ("1952:  :     :  :  ", "1952"),
        ("1952:00:14 00:00:00", None),
        ("1788:00:00 00:00:00", None),
    ],
)
def test_a_month_or_a_year_alone_in_exif(original: str, expected: str | None) -> None:
    assert facts(photo(details={ORIGINAL: original})).taken_at == expected


def test_a_year_that_a_person_wrote_goes_before_the_day_of_the_scan() -> None:
    scanned = {ORIGINAL: "2015:03:04 10:30:05"}
    year = packet("<photoshop:DateCreated>1952</photoshop:DateCreated>")
    found = facts(photo(details=scanned, xmp=year))
    assert (found.taken_at, found.date_source) == ("1952", "xmp")
    same = packet("<photoshop:DateCreated>2015</photoshop:DateCreated>")
    assert facts(photo(details=scanned, xmp=same)).taken_at == "2015-03-04T10:30:05"
    beside = combined(facts(photo(details=scanned)), metadata.read_sidecar(year))
    assert (beside.taken_at, beside.date_source) == ("1952", "xmp")


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("19440212", None, "1944-02-12"),
        ("1944:02:12", None, "1944-02-12"),
        ("1944-02-12", "000000+0000", "1944-02-12"),
        ("19440212", "103005+0100", "1944-02-12T10:30:05"),
        ("19440200", None, "1944-02"),
        ("19440000", None, "1944"),
        ("1944", None, "1944"),
        ("00000000", None, None),
        ("19441312", None, None),
        ("ieri", None, None),
    ],
)
def test_possible_iptc_dates_are_read_and_impossible_ones_dropped(
    day: str, time: str | None, expected: str | None
) -> None:
    texts = [(55, day), *([(60, time)] if time else [])]
    found = facts(with_iptc(photo(), *((number, text.encode()) for number, text in texts)))
    assert (found.taken_at, found.date_source) == (expected, "iptc" if expected else None)
    assert found.offset == ("+01:00" if time == "103005+0100" else None)


def gps(latitude: Any, north: Any, longitude: Any, east: Any) -> dict[int, Any]:
    tags = {1: north, 2: latitude, 3: east, 4: longitude}
    return {tag: value for tag, value in tags.items() if value is not None}


SIENA = (Fraction(43), Fraction(19), Fraction(552, 100)), (Fraction(11), Fraction(19), Fraction(50))


def test_positions_become_decimal_degrees() -> None:
    found = facts(photo(gps=gps(SIENA[0], "N", SIENA[1], "E")))
    assert found.latitude == pytest.approx(43 + 19 / 60 + 5.52 / 3600, abs=1e-6)
    assert found.longitude == pytest.approx(11 + 19 / 60 + 50 / 3600, abs=1e-6)
    south = facts(photo(gps=gps(SIENA[0], "S", SIENA[1], "W")))
    assert (south.latitude, south.longitude) == (-found.latitude, -found.longitude)


@pytest.mark.parametrize(
    "wrong",
    [
        gps((0, 0, 0), "N", (0, 0, 0), "E"),
        gps(SIENA[0], "E", SIENA[1], "N"),  # swapped
        gps((120, 0, 0), "N", (11, 0, 0), "E"),
        gps((43, 0, 0), "N", (181, 0, 0), "E"),
        gps((43, 75, 0), "N", (11, 0, 0), "E"),
        gps(SIENA[0], None, SIENA[1], "E"),
        gps(SIENA[0], "N", None, "E"),
        gps(
            (TiffImagePlugin.IFDRational(0, 0),) * 3,
            "N",
            SIENA[1],
            "E",
        ),
        gps((), "N", (), "E"),
    ],
)
def test_impossible_positions_are_refused(wrong: dict[int, Any]) -> None:
    found = facts(photo(gps=wrong))
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    ("latitude", "longitude", "good"),
    [
        ("43,19.092N", "11,19,50E", True),
        ("43,19.092E", "11,19,50N", False),
        ("0,0N", "0,0E", False),
        ("43.3", "11.3", False),
        ("99,0N", "11,0E", False),
    ],
)
def test_positions_in_xmp(latitude: str, longitude: str, good: bool) -> None:
    found = metadata.read_sidecar(
        packet(attributes=f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}"')
    )
    assert (found.latitude is not None) is good
    if good:
        assert found.latitude == pytest.approx(43.3182)
        assert found.longitude == pytest.approx(11 + 19 / 60 + 50 / 3600, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 80D", "Canon EOS 80D"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("Apple", None, "Apple"),
        (None, "iPhone 12", "iPhone 12"),
        (None, None, None),
        ("x" * 5000, None, None),
    ],
)
def test_the_camera_is_named_once(make: str | None, model: str | None, camera: str | None) -> None:
    tags = {exif_tags.MAKE: make, exif_tags.MODEL: model}
    assert facts(photo(top={t: v for t, v in tags.items() if v})).camera == camera


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_gives_the_same_metadata(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    data = packet(
        bag("dc:subject", "mare", "Nonna Pia") + bag("dc:title", "Al largo", kind="Alt"),
        'xmp:Rating="4"',
    )
    options: dict[str, Any] = {} if kind == "TIFF" else {"xmp": data}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", data.decode())
        options = {"pnginfo": info}
    made = photo(
        kind,
        {ORIGINAL: "2019:08:14 10:30:05", exif_tags.LENS_MODEL: "50mm F1.8"},
        gps(SIENA[0], "N", SIENA[1], "E"),
        {exif_tags.MODEL: "X100"} | ({exif_tags.XMP_TAG: data} if kind == "TIFF" else {}),
        **options,
    )
    found = facts(made)
    assert found == describe(made)
    assert found.format == kind
    assert (found.taken_at, found.camera) == ("2019-08-14T10:30:05", "X100")
    assert found.latitude == pytest.approx(43.3182, abs=1e-3)
    assert found.lens == "50mm F1.8"
    assert (found.keywords, found.title, found.rating) == (("mare", "Nonna Pia"), "Al largo", 4)


def test_iptc_and_windows_keywords_count_too() -> None:
    texts = ((25, "montagna"), (25, "Mare"), (105, "In vetta"), (120, "Già là"))
    plain = photo(
        top={
            exif_tags.XP_KEYWORDS: "mare;sci".encode("utf-16-le") + b"\0\0",
            exif_tags.RATING: 3,
        }
    )
    data = with_iptc(plain, *((number, text.encode()) for number, text in texts))
    assert IptcImagePlugin.getiptcinfo(Image.open(io.BytesIO(data)))  # what we wrote is IPTC
    found = facts(data)
    assert found.keywords == ("montagna", "Mare", "sci")
    assert (found.title, found.description, found.rating) == ("In vetta", "Già là", 3)


def test_camera_boilerplate_is_not_a_description() -> None:
    for text in ("OLYMPUS DIGITAL CAMERA", "dav", "DCIM\\100MEDIA\\DJI_0001.JPG", "   "):
        assert facts(photo(top={exif_tags.IMAGE_DESCRIPTION: text})).description is None
    assert facts(photo(top={exif_tags.IMAGE_DESCRIPTION: "Mare"})).description == "Mare"
    said = "Città di notte".encode()  # UTF-8, as most programs write it
    assert facts(photo(top={exif_tags.IMAGE_DESCRIPTION: said})).description == "Città di notte"


def test_a_sidecar_is_read() -> None:
    found = metadata.read_sidecar(
        packet(
            bag("dc:subject", "gatto")
            + bag("lr:hierarchicalSubject", "Famiglia|Anna", "Animali|gatto")
            + '<dc:title><rdf:Alt><rdf:li xml:lang="en">Sea</rdf:li>'
            '<rdf:li xml:lang="it">Mare</rdf:li></rdf:Alt></dc:title>'
            "<dc:description>Riga uno&#10;due &amp; tre</dc:description>",
            'xmp:Rating="-1" tiff:Make="FUJIFILM" tiff:Model="X-T3"',
        )
    )
    assert found.keywords == ("gatto", "Anna")
    assert (found.title, found.description) == ("Mare", "Riga uno due & tre")
    assert (found.rating, found.camera) == (-1, "FUJIFILM X-T3")


def test_an_xml_attack_gives_nothing() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "mare"><!ENTITY b "&a;&a;">]>' + packet(
        bag("dc:subject", "&b;")
    ).replace(b"\xef\xbb\xbf", b"")
    assert xmp.properties(bomb) == {}
    stolen = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + packet()
    assert xmp.properties(stolen) == {}
    assert xmp.properties(b"<a>" * 200_000) == {}
    assert xmp.properties(b"x" * (xmp.MAX_BYTES + 1)) == {}


def test_properties_before_the_damage_are_kept() -> None:
    whole = packet(bag("dc:subject", "mare") + bag("dc:title", "Titolo", kind="Alt"))
    cut = whole[: whole.index(b"<dc:title>") + 12]
    assert xmp.properties(cut) == {f"{xmp.DC} subject": ["mare"]}
    assert metadata.read_sidecar(cut).keywords == ("mare",)


def test_mutated_metadata_never_costs_the_picture() -> None:
    """Bytes are flipped, cut and repeated inside a good photo's EXIF and XMP: its pixels are still
    read, and every value can be stored and is plausible."""
    good = photo(
        details={
            ORIGINAL: "2019:08:14 10:30:05",
            exif_tags.LENS_MODEL: "50mm",
            exposure.EXPOSURE_TIME: TiffImagePlugin.IFDRational(1, 250),
            exposure.F_NUMBER: TiffImagePlugin.IFDRational(18, 10),
            exposure.ISO: 400,
            exposure.FLASH: 1,
        },
        gps=gps(SIENA[0], "N", SIENA[1], "E") | GPS_CLOCK,
        top={exif_tags.MODEL: "X100", exif_tags.MAKE: "Fuji", exif_tags.RATING: 3},
        xmp=packet(bag("dc:subject", "mare")),
    )
    start = good.index(b"Exif\0\0") + 6
    end = good.index(b"\xff\xdb")
    rng = random.Random(7)
    lost = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(rng.randint(1, 12)):
            at = rng.randrange(start, end)
            if data[at - 1] == 0xFF or data[at] == 0xFF:
                continue  # the frame of the JPEG, which is another matter
            data[at] = rng.choice((0, 1, 0x7F, 0xFE, rng.randrange(255)))
        try:
            found = facts(bytes(data))
        except ImageError:  # the length of a segment was hit: not an image any more
            lost += 1
            continue
        _believable(found)
        assert found == describe(bytes(data))
    assert lost < 40
    for size in range(1, end - start, 7):
        _believable(metadata.read_sidecar(good[start : start + size]))


def _believable(found: Facts) -> None:
    assert Facts.from_json(found.to_json()) == found
    found.to_json().encode()
    if found.taken_at:
        assert datetime(1826, 1, 1) <= datetime.fromisoformat(found.taken_at) < datetime(2100, 1, 1)
    if found.latitude is not None:
        assert found.longitude is not None
        assert abs(found.latitude) <= 90
        assert abs(found.longitude) <= 180
    assert found.rating in (None, *range(-1, 6))
    assert found.iso is None or 1 <= found.iso <= exposure.HIGHEST_ISO
    assert found.aperture is None or 0.5 <= found.aperture <= 256
    assert found.exposure_time is None or 1e-6 <= found.exposure_time <= exposure.LONGEST


def test_the_published_orientation_samples_are_described() -> None:
    folder = DATA / "orientamento"
    if not folder.is_dir():
        pytest.skip("the EXIF orientation samples are not on this machine")
    for name in os.listdir(folder):
        found = describe((folder / name).read_bytes())
        assert found.format == "JPEG"
        _believable(found)
