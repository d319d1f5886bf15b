"""Test that a year or decade also finds photos whose folder, file name or title states it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Question
from cercafoto.photos import exif as tags
from cercafoto.photos.named_years import year_marks
from cercafoto.question.filters.filter import Filters
from cercafoto.question.wording import say_query
from cercafoto.results.answer import BY_FILTER, FOLDER, NAME, TITLE, SearchResult
from cercafoto.settings import Settings
from tests.conftest import paint
from tests.photos.test_metadata import packet
from tests.support.open_catalogue import open_catalogue

Cli = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("path", "texts", "years", "decades"),
    [
        ("1987 Cresima/001", (), "1987", "1980"),
        ("x/Rimini 1987", (), "1987", "1980"),
        ("x/1987_012", (), "1987", "1980"),
        ("x/a", ("Rimini 1987",), "1987", "1980"),
        ("x/a", ("Estate '87",), "1987", "1980"),
        ("Anni '80/a", (), "", "1980"),
        ("anni ottanta/a", (), "", "1980"),
        ("album 1985-1987/a", (), "1985 1986 1987", "1980"),
        ("1974-75/a", (), "1974 1975", "1970"),
        ("2010-11 Gita/a", (), "2010", "2010"),  # a month
        ("2018/1987 Cresima/IMG_20200513_101010", (), "1987", "1980"),  # the innermost
        ("Scansioni 1987/a", (), "1987", "1980"),
        ("Scansioni 2020/a", (), "", ""),  # when the scanner worked
        ("Backup 2019/a", (), "", ""),
        ("classe 1987/a", (), "", ""),
        ("Canon 2000D/a", (), "", ""),
        *((f"x/{name}", (), "", "") for name in (
            "IMG_1987", "DSC01987", "CRW_1987", "_MG_1987", "HPIM1987", "P1011987", "100_1987",
            "20190812_101010", "IMG-20190812-WA0001", "1987",
        )),
    ],
)  # fmt: skip
def test_years_that_names_state(
    path: str, texts: tuple[str, ...], years: str, decades: str
) -> None:
    marks = [f"anno{year}" for year in years.split()]
    marks += [f"decennio{year}" for year in decades.split()]
    assert year_marks(("foto", *path.split("/")), texts) == " ".join(marks)


class Photos:
    """Writes photos of different colours, each of an hour of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.number = root, 0

    def add(self, path: str, day: str = "", camera: str = "", title: str = "") -> None:
        self.number += 1
        n = self.number
        exif = Image.Exif()
        if day:
            exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = f"{day} {n:02}:30:00"
        if camera:
            exif[tags.MAKE], exif[tags.MODEL] = camera.split(" ", 1)
        photo = paint(self.root / path, (37 * n % 256, 91 * n % 256, 53 * n % 256))
        Image.open(photo).save(photo, exif=exif)
        if title:
            told = f'<rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt>'
            xmp = packet(f"<dc:title>{told}</dc:title>")
            photo.with_name(f"{photo.name}.xmp").write_bytes(xmp)


SCANNED = "2020:05:13"
SCANS = ("scans/1987 Cresima/s1.jpg", "x/Rimini 1987.jpg", "x/t.jpg", "1987 Cresima/s2.jpg")
PHONE = "1987 Cresima/telefono.jpg"


@pytest.fixture
def album(library: Library, tmp_path: Path) -> Library:
    photos = Photos(tmp_path / "foto")
    photos.add(SCANS[0], SCANNED)
    photos.add(SCANS[1], SCANNED)
    photos.add(SCANS[2], SCANNED, title="Rimini 1987")
    photos.add(SCANS[3], SCANNED)
    photos.add(PHONE, SCANNED, camera="Apple iPhone 12")
    photos.add("vere/a.jpg", "1987:06:01")
    photos.add("senza data/1987/b.jpg")  # its date is that of the folder
    photos.add("Anni '80/c.jpg", SCANNED)
    photos.add("altro/IMG_1987.jpg", SCANNED)
    photos.add("altro/d.jpg", "2009:07:01")
    library.index([photos.root])
    return library


def ask(library: Library, words: str, limit: int = 50, **typed: object) -> SearchResult:
    return library.search(library.parse(Question((words,), typed=Filters(**typed))), limit)


def names(result: SearchResult) -> list[str]:
    return [os.fsdecode(hit.path).partition("/foto/")[2] for hit in result.hits]


@pytest.mark.parametrize("words", ["1987", "nel 1987", "foto del 1987"])
def test_a_year_finds_what_states_it(album: Library, words: str) -> None:
    result = ask(album, words)
    assert set(names(result)) == {*SCANS, PHONE, "vere/a.jpg", "senza data/1987/b.jpg"}
    assert names(result)[-1] == PHONE  # a camera says another day
    assert result.total == 7 == album.count(result.query)
    evidence = dict(zip(names(result), (hit.evidence for hit in result.hits), strict=True))
    assert [evidence[name] for name in SCANS] == [FOLDER, NAME, TITLE, FOLDER]
    assert (evidence[PHONE], evidence["vere/a.jpg"]) == (FOLDER, "")
    assert [tuple(source) for source in result.sources] == [
        (BY_FILTER, "del 1987", 2),
        (FOLDER, "1987 Cresima", 3),
        (NAME, "", 1),
        (TITLE, "", 1),
    ]
    assert say_query(result.query) == (
        "cerco: tutte le foto, del 1987 (o «1987» fra le tue parole)"
    )


@pytest.mark.parametrize("words", ["anni '80", "negli anni ottanta", "foto degli anni 80"])
def test_a_decade_finds_its_years_and_its_name(album: Library, words: str) -> None:
    found = set(names(ask(album, words)))
    assert found == {*SCANS, PHONE, "vere/a.jpg", "senza data/1987/b.jpg", "Anni '80/c.jpg"}


def test_a_season_before_digital_cameras(library: Library, tmp_path: Path) -> None:
    """Of most scans nobody knows the month: they come last, without those of other months."""
    photos = Photos(tmp_path / "foto")
    sure = ("Estate 1987/a.jpg", "1987-08 Elba/b.jpg", "Ferragosto 1987/c.jpg")
    maybe = ("1987 Rimini/d.jpg", "1987 Cresima/e.jpg")
    for path in (*sure, *maybe, "Natale 1987/f.jpg", "Inverno 1987/g.jpg", "1987-03/h.jpg"):
        photos.add(path, SCANNED)
    photos.add("x/i.jpg", "1987:07:01")
    photos.add("x/l.jpg", SCANNED, title="Rimini 1987")
    photos.add("1987 Rimini/m.jpg", "1987:12:01", camera="Canon EOS 650")
    library.index([photos.root])
    found = names(ask(library, "estate 1987"))
    assert set(found[:4]) == {*sure, "x/i.jpg"}
    assert set(found[4:]) == {*maybe, "x/l.jpg"}
    assert {"Natale 1987/f.jpg", "Inverno 1987/g.jpg"} <= set(names(ask(library, "inverno 1987")))
    assert ask(library, "estate 2019").query.own == ()


def test_beside_what_is_seen(album: Library) -> None:
    result = ask(album, "rosso nel 1987")
    assert len(result.hits) == 7
    assert names(result)[-1] == PHONE
    assert {hit.evidence for hit in result.hits} == {"", FOLDER, NAME, TITLE}


def test_a_scanner_has_no_say_in_the_date(library: Library, tmp_path: Path) -> None:
    photos = Photos(tmp_path / "foto")
    photos.add("1987 Cresima/s1.jpg", SCANNED, camera="EPSON Perfection V600")
    photos.add("altro/s2.jpg", SCANNED, camera="EPSON Perfection V600")
    library.index([photos.root])
    result = ask(library, "1987")
    assert (names(result), result.hits[0].date_source) == (["1987 Cresima/s1.jpg"], "folder")
    assert names(ask(library, "2020")) == ["altro/s2.jpg"]
    assert names(ask(library, "", since="1987", until="1987")) == ["1987 Cresima/s1.jpg"]


def test_options_and_other_years_go_by_dates_only(album: Library) -> None:
    dated = {"vere/a.jpg", "senza data/1987/b.jpg"}
    assert set(names(ask(album, "", since="1987", until="1987"))) == dated
    assert set(names(ask(album, "prima del 1988"))) == dated
    result = ask(album, "2009")
    assert (names(result), result.query.own, result.sources) == (["altro/d.jpg"], (), ())


def test_the_order_asked_for_holds(album: Library) -> None:
    found = album.search(album.parse(Question(("1987",), order="vecchie")), 50)
    assert [hit.taken_at for hit in found.hits] == sorted(str(hit.taken_at) for hit in found.hits)


def test_the_command_line_says_why(album: Library, cli: Cli) -> None:
    code, out, err = cli("cerca", "1987", "--spiega")
    assert code == 0
    assert "dal nome della cartella" in out
    assert "dal titolo" in out
    assert "3 dalla cartella «1987 Cresima»" in err + out


def test_an_archive_of_an_earlier_version_learns_the_years(
    album: Library, settings: Settings
) -> None:
    with open_catalogue(settings.catalog) as catalog:
        catalog.execute("UPDATE photos SET facts_version = 5")
        catalog.execute("DELETE FROM words")
    catalog.close()
    assert len(ask(album, "1987").hits) == 2
    assert album.index().embedded == 0  # no file is decoded again
    assert len(ask(album, "1987").hits) == 7


def test_a_shared_archive_answers_the_same(
    album: Library, settings: Settings, shared_address: str, tmp_path: Path
) -> None:
    album.sharing.publish(shared_address, "casa")
    mounts = (f"casa={tmp_path / 'foto'}",)
    with Library(replace(settings, shared=shared_address, mounts=mounts)) as there:
        for words in ("1987", "anni '80", "rosso nel 1987", "2009"):
            here, found = ask(album, words), ask(there, words)
            assert (names(found), found.sources) == (names(here), here.sources)
            assert [hit.evidence for hit in found.hits] == [hit.evidence for hit in here.hits]
