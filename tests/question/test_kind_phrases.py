"""Phrases that name the kind of file: videos, screenshots, scans, photos by telephone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cercafoto.base.file_kinds import SCREENSHOT
from cercafoto.question.context import Context
from cercafoto.question.filters.file_filters import CAMERA, VIDEO
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.heard import Heard
from cercafoto.question.reader import read
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import SATURDAY, reading
from tests.question.test_query import parse

VIDEOS = [
    ("video", "", True),
    ("filmati", "", True),
    ("filmato del compleanno", "compleanno", True),
    ("il video di Luca che balla", "Luca che balla", True),
    ("i video del mare", "mare", True),
    ("mostrami i video del mare", "mare", True),
    ("vorrei vedere il filmato della festa", "festa", True),
    ("solo i video di gatti", "gatti", True),
    ("gatto, video", "gatto", True),
    ("bambini video", "bambini", True),
    ("il compleanno in video", "il compleanno", True),
    ("i video più recenti", "", True),
    ("video di agosto 2019", "", True),
    ("i video di Roma", "", True),
    ("mare ma non i video", "mare", False),
    ("gatti senza video", "gatti", False),
    ("foto e video del mare", "mare", None),
    ("le foto e i video del mare", "mare", None),
    ("i video e le foto del mare", "mare", None),
    ("le mie foto e tutti i miei video di gatti", "gatti", None),
    ("tutte le foto e i video di Roma", "", None),
    ("foto e solo i video del mare", "mare", None),
    ("le foto e anche i video del mare", "mare", None),
    ("foto del mare e solo video", "mare", True),
    ("quante foto e quanti video ho di Roma", "", None),
    ("quante foto e video ho di Roma", "", None),
    ("quanti video ho di Roma", "", True),
    ("tutti i video e tutte le foto di Roma", "", None),
    ("le foto di un cane e i video del mare", "un cane e i mare", True),
    ("video girati nel 2019", "", True),
    ("i filmati ripresi al mare", "al mare", True),
    ("una ragazza che gioca a un video gioco", "una ragazza che gioca a un video gioco", None),
    ('"video" del mare', "video del mare", None),
]
KINDS = [
    ("schermate", "", "schermata"),
    ("schermata del meteo", "meteo", "schermata"),
    ("screenshot", "", "schermata"),
    ("gli screenshot di una chat", "una chat", "schermata"),
    ("lo screenshot di ieri", "", "schermata"),
    ("panoramiche", "", "panoramica"),
    ("foto panoramiche", "", "panoramica"),
    ("panoramica delle dolomiti", "dolomiti", "panoramica"),
    ("selfie", "", "selfie"),
    ("selfie al mare", "al mare", "selfie"),
    ("scansioni", "", "scansione"),
    ("foto scansionate", "", "scansione"),
    ("scansioni di documenti", "documenti", "scansione"),
    ("col telefono", "", "telefono"),
    ("foto fatte col telefono", "", "telefono"),
    ("scattate dal cellulare", "", "telefono"),
    ("le foto del telefono", "", "telefono"),
    ("foto del telefono?", "", "telefono"),
    ("foto del mio telefono al mare", "al mare", "telefono"),
    ("foto del telefono a Roma", "", "telefono"),
    ("foto del telefono nel 2019", "", "telefono"),
    ("mare, col telefono", "mare", "telefono"),
    ("mare col telefono", "mare", "telefono"),
    ("un tramonto col cellulare", "un tramonto", "telefono"),
    ("mare con il telefonino", "mare", "telefono"),
    ("gita col mio smartphone", "gita", "telefono"),
]
SEEN = [
    "una strada panoramica",
    "vista panoramica sul lago",
    "una ragazza col telefono",
    "un tavolo col telefono",
    "mare col telefono in mano",
    "foto col telefono in mano",
    "foto del telefono e del computer",
    "foto del telefono, del computer e della radio",
    "foto del telefono e di Marta",
    "le foto del telefono e della Nikon",
    "foto del telefono a gettoni",
    "foto del vecchio telefono a disco",
    "foto del nuovo telefono",
    "foto del telefono di casa",
    "foto del telefono in una cabina",
    "foto del telefono con la cover rossa",
    "uno che fa un selfie",
    '"schermate"',
]
BARE = [
    ("iphone al mare", "al mare", "iphone"),
    ("iphone 12 al mare", "al mare", "iphone 12"),
    ("mare iphone", "mare", "iphone"),
    ("nikon montagna", "montagna", "nikon"),
    ("gatto Nikon", "gatto", "Nikon"),
    ("ritratto canon", "ritratto", "canon"),
    ("mela apple", "mela apple", None),
    ("iphone rotto", "iphone rotto", None),
    ("custodia iphone", "custodia iphone", None),
    ("un iphone sul tavolo", "un iphone sul tavolo", None),
    ("iphone 12 sul tavolo", "iphone 12 sul tavolo", None),
    ("iphone 12 rotto", "iphone 12 rotto", None),
    ("gopro bici", "gopro bici", None),  # no photo is of such a camera
]


@pytest.mark.parametrize(("phrase", "text", "only"), VIDEOS)
def test_videos(phrase: str, text: str, only: bool | None) -> None:
    found = reading(phrase)
    assert (found.text, VIDEO.of(found.filters), found.exclude) == (text, only, ())


@pytest.mark.parametrize(("phrase", "text", "kind"), KINDS)
def test_kinds(phrase: str, text: str, kind: str) -> None:
    found = reading(phrase)
    assert (found.text, FILE_KIND.of(found.filters)) == (text, (kind,))


@pytest.mark.parametrize("phrase", SEEN)
def test_what_photos_show_is_no_kind(phrase: str) -> None:
    found = reading(phrase)
    seen = phrase.strip('"')
    if "del" in phrase.split():
        seen = seen.partition(" del ")[2]  # "foto del" asks
    assert (found.text, dict(found.filters)) == (seen, {})


@pytest.mark.parametrize(("phrase", "text", "kind"), [row for row in KINDS if row[2] != SCREENSHOT])
def test_a_kind_of_which_the_archive_has_nothing_stays_text(
    phrase: str, text: str, kind: str
) -> None:
    found = read(phrase, Context(SATURDAY, has_kind=lambda asked: asked != kind))
    assert FILE_KIND.of(found.filters) is None
    assert text in found.text and found.text != text


@pytest.mark.parametrize(("phrase", "text", "kind"), [row for row in KINDS if row[2] == SCREENSHOT])
def test_screenshots_are_not_looked_for_by_sight(phrase: str, text: str, kind: str) -> None:
    known = Context(SATURDAY, has_kind=lambda asked: False)
    assert (read(phrase, known).text, FILE_KIND.of(read(phrase, known).filters)) == (text, (kind,))
    called = replace(known, hear=lambda text: (Heard(text, frozenset(), 3, 0.1, True, 1.0),))
    assert FILE_KIND.of(read(phrase, called).filters) is None


@pytest.mark.parametrize(("phrase", "text", "camera"), BARE)
def test_a_line_of_cameras_needs_no_preposition(phrase: str, text: str, camera: str | None) -> None:
    found = reading(phrase)
    assert (found.text, CAMERA.of(found.filters)) == (text, (camera,) if camera else None)


def test_the_gopro_that_the_archive_has() -> None:
    found = read("gopro bici", Context(SATURDAY, cameras=["GoPro HERO9 Black"]))
    assert (found.text, CAMERA.of(found.filters)) == ("bici", ("gopro",))


def test_the_second_of_two_contradicting_phrases_stays_text() -> None:
    found = reading("solo video, senza video")
    assert VIDEO.of(found.filters) is True
    assert found.notes == ("«senza video» non fa da filtro: solo video è già chiesto",)


def test_an_excluded_kind_is_what_photos_show() -> None:
    found = reading("ritratti escluse le selfie")
    assert (found.text, found.exclude, dict(found.filters)) == ("ritratti", ("selfie",), {})


def test_they_are_said_and_in_json() -> None:
    query = parse("i video del mare")
    assert say_query(query) == "cerco: «mare», solo video"
    assert query_data(query)["filters"] == {"video": True}
    query = parse("schermate del 2019")
    assert say_query(query).endswith("2019, schermate")
    assert query_data(query)["filters"] == {"kind": ["schermata"]}
