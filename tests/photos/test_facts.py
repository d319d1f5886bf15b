"""Dates in file names, and combining and storing metadata."""

from __future__ import annotations

import pytest

from cercafoto.photos.facts import Facts, combined
from cercafoto.photos.sources import date_in_name, first_day_of, hour_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20190814_103005.jpg", "2019-08-14T10:30:05"),
        ("IMG-20190814-WA0001.jpg", "2019-08-14"),
        ("WhatsApp Image 2019-08-14 at 10.30.05.jpeg", "2019-08-14T10:30:05"),
        ("signal-2019-08-14-103005.jpg", "2019-08-14T10:30:05"),
        ("signal-2019-08-14-10-30-05-123.jpg", "2019-08-14T10:30:05"),
        ("PXL_20190814_083005123.MP.jpg", "2019-08-14"),
        ("Screenshot_20190814-103005_Chrome.png", "2019-08-14T10:30:05"),
        ("Screenshot_2019-08-14-10-30-05.png", "2019-08-14T10:30:05"),
        ("Schermata 2019-08-14 alle 10.30.05.png", "2019-08-14T10:30:05"),
        ("20190814_103005.jpg", "2019-08-14T10:30:05"),
        ("2019-08-14 gita.jpg", "2019-08-14"),
        ("IMG_20191314_103005.jpg", None),
        ("IMG_21060814_103005.jpg", None),
        ("IMG_00000000_000000.jpg", None),
        ("2019-02-30.jpg", None),
        ("12345678.jpg", None),
        ("DSC_0012.jpg", None),
        ("foto 1920x1080.jpg", None),
        ("FB_IMG_1565771405123.jpg", None),
    ],
)
def test_dates_in_names(name: str, expected: str | None) -> None:
    assert date_in_name(b"/foto/2001-01-01/" + name.encode()) == expected


def test_names_that_are_not_valid_text_have_no_date() -> None:
    assert date_in_name(b"/a/\xff\xfe.jpg") is None


def test_metadata_of_file_and_sidecar_are_combined() -> None:
    foldered = combined(Facts(), None, b"/a/x.jpg", "2019-08")
    assert (foldered.taken_at, foldered.date_source) == ("2019-08", "folder")
    named = combined(Facts(), None, b"/a/IMG-20190814-WA0001.jpg", "2018")
    assert (named.taken_at, named.date_source) == ("2019-08-14", "name")
    # A date by file name is the last but one to be believed.
    scanned = combined(Facts("2010-05-06", "digitized"), None, b"/a/IMG-20190814-WA0001.jpg")
    assert (scanned.taken_at, scanned.date_source) == ("2010-05-06", "digitized")
    typed = combined(Facts("2010-05", "iptc"), None, b"/a/IMG-20190814-WA0001.jpg", "2019")
    assert (typed.taken_at, typed.date_source) == ("2010-05", "iptc")
    beside = Facts(
        taken_at="2010-01-01T00:00:00", date_source="xmp", title="Nuovo", keywords=("Mare",)
    )
    inside = Facts(
        taken_at="2019-08-14T10:30:05",
        date_source="exif",
        title="Vecchio",
        keywords=("mare", "sole"),
        camera="X",
        rating=2,
    )
    both = combined(inside, beside, b"/a/x.jpg", "2018")
    assert (both.taken_at, both.date_source) == ("2019-08-14T10:30:05", "exif")
    assert (both.title, both.camera, both.rating) == ("Nuovo", "X", 2)
    assert {k.lower() for k in both.keywords} == {"mare", "sole"}
    assert len(both.keywords) == 2
    assert combined(Facts(), None, b"/a/x.jpg").taken_at is None
    assert [hour_of(text) for text in ("2019-08-14", "2019-08", "2019")] == [None] * 3
    assert hour_of("2019-08-14T10:30:05") == 10
    whole = "2019-08-14T10:30:05"
    days = [first_day_of(whole[:length]).isoformat() for length in (19, 10, 7, 4)]
    assert days == ["2019-08-14", "2019-08-14", "2019-08-01", "2019-01-01"]


@pytest.mark.parametrize(
    ("camera", "name", "folder", "expected"),
    [
        ("EPSON Perfection V600", "s1.jpg", "1987", ("1987", "folder")),
        ("EPSON Perfection V600", "1987-08-14 mare.jpg", "1986", ("1987-08-14", "name")),
        ("EPSON Perfection V600", "20200513_001.jpg", "1987-08", ("1987-08", "folder")),
        ("EPSON Perfection V600", "s1.jpg", "2020", ("2020-05-13T10:00:00", "exif")),
        ("EPSON Perfection V600", "s1.jpg", "2022", ("2020-05-13T10:00:00", "exif")),
        ("EPSON Perfection V600", "s1.jpg", None, ("2020-05-13T10:00:00", "exif")),
        ("Apple iPhone 12", "s1.jpg", "1987", ("2020-05-13T10:00:00", "exif")),
        (None, "s1.jpg", "1987", ("2020-05-13T10:00:00", "exif")),
    ],
)
def test_an_earlier_date_of_names_wins_over_a_scanners(
    camera: str | None, name: str, folder: str | None, expected: tuple[str, str]
) -> None:
    scan = Facts(taken_at="2020-05-13T10:00:00", date_source="exif", camera=camera)
    found = combined(scan, path=f"/foto/{name}".encode(), of_folders=folder)
    assert (found.taken_at, found.date_source) == expected


def test_what_a_person_wrote_wins_over_the_names_of_a_scan() -> None:
    scan = Facts(taken_at="2020-05-13T10:00:00", date_source="exif", camera="EPSON Perfection V600")
    typed = Facts(taken_at="1988-07", date_source="xmp")
    assert combined(scan, typed, b"/foto/s1.jpg", "1987").taken_at == "1988-07"


def test_facts_survive_storage() -> None:
    full = Facts(
        "2019-08-14",
        "name",
        "+02:00",
        1.5,
        -2.5,
        "c",
        "l",
        keywords=("à",),
        title="t",
        description="d",
        rating=0,
        format="JPEG",
    )
    assert Facts.from_json(full.to_json()) == full
    assert Facts.from_json(Facts().to_json()) == Facts()
