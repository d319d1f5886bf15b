"""Test phrases about the file: camera, lens, format, shape, rating."""

from __future__ import annotations

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.context import Context
from cercafoto.question.filters.file_filters import CAMERA
from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.place_meant import PlaceMeant
from cercafoto.question.lens_names import focal_of
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.reader import read
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import SATURDAY, FakePlaces, reading

CAMERAS = [
    ("Canon EOS 80D", "", "Canon EOS 80D"),
    ("canon", "", "canon"),
    ("Canon 80D", "", "Canon EOS 80D"),
    ("Canon 80 D", "", "Canon EOS 80D"),
    ("mare con la Canon 80 D", "mare", "Canon EOS 80D"),
    ("mare con l'iPhone 12 e", "mare", "iPhone 12"),
    ("con la Canon", "", "Canon"),
    ("foto fatte con la Canon", "", "Canon"),
    ("fatte con la Nikon", "", "Nikon"),
    ("foto scattate con la mia Canon", "", "Canon"),
    ("scattate con la fotocamera Canon a Roma", "", "Canon"),
    ("con l'iPhone", "", "iPhone"),
    ("mare con l'iphone 12", "mare", "iphone 12"),
    ("foto nikon", "", "nikon"),
    ("foto della Nikon", "", "Nikon"),
    ("con la D90", "", "D90"),
    ("sony rx100", "", "SONY DSC-RX100M3"),
    ("un gatto con la Canon nel 2019", "un gatto", "Canon"),
    ("un cannone", "un cannone", None),
    ("canonico", "canonico", None),
    ("con la moto", "con la moto", None),
    ("una Nikon sul tavolo", "una Nikon sul tavolo", None),
    ("una ragazza con un iPhone", "una ragazza con un iPhone", None),
    ("Canon EOS 90D", "Canon EOS 90D", None),
    ("iphone 13 al mare", "iphone 13 al mare", None),
    ("iphone 12 pro sul tavolo", "iphone 12 pro sul tavolo", None),
    ("canon 5 d mark iii", "canon 5 d mark iii", None),
    ("iphone 12 al mare", "al mare", "iphone 12"),
    ("iphone al mare", "al mare", "iphone"),
    ("IMG_2019", "IMG_2019", None),
    ("con la mia sorella", "con la mia sorella", None),
]
SARDEGNA = PlaceMeant("Sardegna", "regione")
FILES = [
    ("foto verticali", "", Filters(orientation="verticale")),
    ("foto verticali di gatti", "gatti", Filters(orientation="verticale")),
    ("in verticale", "", Filters(orientation="verticale")),
    ("mare in orizzontale", "mare", Filters(orientation="orizzontale")),
    ("foto quadrate", "", Filters(orientation="quadrato")),
    ("orizzontali", "", Filters(orientation="orizzontale")),
    ("formato quadrato", "", Filters(orientation="quadrato")),
    ("righe verticali", "righe verticali", Filters()),
    ("gira la tavola in verticale", "gira la tavola in verticale", Filters()),
    ("ragazzino in verticale sulla spiaggia", "ragazzino in verticale sulla spiaggia", Filters()),
    ("in formato raw", "", Filters(format="raw")),
    ("foto raw", "", Filters(format="raw")),
    ("foto in formato jpeg", "", Filters(format="jpeg")),
    ("file png", "", Filters(format="png")),
    ("foto .jpg", "", Filters(format="jpg")),
    ("in formato .raw", "", Filters(format="raw")),
    ("gatto, foto verticali", "gatto", Filters(orientation="verticale")),
    ("album di foto verticali", "album di foto", Filters(orientation="verticale")),
    ("un gatto in raw", "un gatto", Filters(format="raw")),
    ("raw", "", Filters(format="raw")),
    ("una gif", "una gif", Filters()),
    ("con il 50 mm", "", Filters(lens=(50,))),
    ("un gatto con il 50mm", "un gatto", Filters(lens=(50,))),
    ("obiettivo 24-70", "", Filters(lens=("24-70",))),
    ("foto fatte con il 24-70mm", "", Filters(lens=("24-70mm",))),
    ("ritratti con l'85mm", "ritratti", Filters(lens=(85,))),
    ("foto scattate con l'obiettivo da 85 mm in raw", "", Filters(lens=(85,), format="raw")),
    ("foto 35mm", "", Filters(lens=(35,))),
    ("con il 50", "con il 50", Filters()),
    ("foto 24-70", "foto 24-70", Filters()),
    ("un chiodo da 50 mm", "un chiodo da 50 mm", Filters()),
    ("una pellicola 35 mm", "una pellicola 35 mm", Filters()),
    ("un obiettivo da 50 mm su un tavolo", "un obiettivo da 50 mm su un tavolo", Filters()),
    ("una ragazza con l'obiettivo", "una ragazza con l'obiettivo", Filters()),
    ("con 5 stelle", "", Filters(rating=5)),
    ("mare con 5 stelle", "mare", Filters(rating=5)),
    ("almeno 4 stelle", "", Filters(rating=4)),
    ("foto con almeno quattro stelle", "", Filters(rating=4)),
    ("mare con più di 3 stelle", "mare", Filters(rating=4)),
    ("foto da 4 stelle in su", "", Filters(rating=4)),
    ("4 o 5 stelle", "", Filters(rating=4)),
    ("con 5 stelle in Sardegna", "", Filters(rating=5, place=SARDEGNA)),
    ("pizza, 5 stelle", "pizza", Filters(rating=5)),
    ("pizza 5 stelle", "pizza 5 stelle", Filters()),
    ("un hotel a 5 stelle", "un hotel a 5 stelle", Filters()),
    ("una bandiera con 5 stelle", "una bandiera con 5 stelle", Filters()),
    ("un cappello con tre stelle", "un cappello con tre stelle", Filters()),
    ("con 5 stelle marine", "con 5 stelle marine", Filters()),
    ("un cielo con le stelle", "un cielo con le stelle", Filters()),
    ("con 9 stelle", "con 9 stelle", Filters()),
    (
        "foto verticali con 5 stelle in raw",
        "",
        Filters(format="raw", orientation="verticale", rating=5),
    ),
]


@pytest.mark.parametrize(("phrase", "text", "camera"), CAMERAS)
def test_cameras_of_the_archive(phrase: str, text: str, camera: str | None) -> None:
    found = reading(phrase)
    asked = (camera,) if camera else None
    assert (found.text, CAMERA.of(found.filters), found.notes) == (text, asked, ())


# Any of several cameras or lenses.
EITHER = [
    ("con la Canon o la Nikon", "", Filters(camera=("Canon", "Nikon"))),
    ("un gatto con la Canon oppure con la Nikon", "un gatto", Filters(camera=("Canon", "Nikon"))),
    ("fatte con la Canon, la Nikon o l'iPhone", "", Filters(camera=("Canon", "Nikon", "iPhone"))),
    ("con la Canon e la Nikon al mare", "al mare", Filters(camera=("Canon", "Nikon"))),
    ("con la (Canon o Nikon)", "", Filters(camera=("Canon", "Nikon"))),
    ("foto Canon o Nikon", "", Filters(camera=("Canon", "Nikon"))),
    ("con la Canon al mare o con la Nikon", "al mare", Filters(camera=("Canon", "Nikon"))),
    ("con la Canon o la Canon", "", Filters(camera=("Canon",))),
    ("con la Canon e un gatto", "un gatto", Filters(camera=("Canon",))),
    ("iphone o nikon al mare", "al mare", Filters(camera=("iphone", "nikon"))),
    ("mare iphone o nikon", "mare", Filters(camera=("iphone", "nikon"))),
    ("mare (Canon o Nikon)", "mare", Filters(camera=("Canon", "Nikon"))),
    ("iphone o un gatto", "iphone o un gatto", Filters()),
    ("iphone e cuffie", "iphone e cuffie", Filters()),
    ("con il 50mm o il 35mm", "", Filters(lens=(50, 35))),
    ("un gatto con il 50 o il 35 mm", "un gatto", Filters(lens=(50, 35))),
    ("con l'85mm o con il 24-70", "", Filters(lens=(85, "24-70"))),
    ("zoom da 24-70, da 70-200 o da 35 mm", "", Filters(lens=("24-70", "70-200", 35))),
    ("foto 35mm o 50mm", "", Filters(lens=(35, 50))),
    ("con il 50 o il 35", "con il 50 o il 35", Filters()),
    ("con il 50mm in casa o con il 35mm", "in casa", Filters(lens=(50, 35))),
]


@pytest.mark.parametrize(("phrase", "text", "filters"), EITHER)
def test_one_of_several_cameras_or_lenses(phrase: str, text: str, filters: Filters) -> None:
    found = reading(phrase)
    assert (found.text, found.filters, found.notes) == (text, filters, ())


@pytest.mark.parametrize(
    ("phrase", "text", "camera"),
    [
        ("iPhone 5 s", "", "iPhone 5s"),
        ("foto con iPhone 5 s", "", "iPhone 5s"),
        ("iPhone 5 S al mare", "al mare", "iPhone 5S"),
        ("mare con l'iPhone 5 s nel 2014", "mare", "iPhone 5s"),
        ("iPhone 5 a Roma", "", "iPhone 5"),
    ],
)
def test_the_letter_of_a_model_may_stand_apart(phrase: str, text: str, camera: str) -> None:
    found = read(phrase, Context(SATURDAY, FakePlaces(), ("Apple iPhone 5s",)))
    assert (found.text, CAMERA.of(found.filters)) == (text, (camera,))


def test_the_letter_of_a_model_may_stand_apart_before_its_version() -> None:
    known = Context(SATURDAY, FakePlaces(), ("Canon EOS 5D Mark III",))
    found = read("canon 5 d mark iii al mare", known)
    assert (found.text, CAMERA.of(found.filters)) == ("al mare", ("Canon EOS 5D Mark III",))


def test_a_number_of_something_else_is_no_model() -> None:
    found = reading("foto iphone 5 stelle")
    assert (found.text, found.filters) == ("", Filters(camera=("iphone",), rating=5))
    assert reading("canon 50 mm").filters == Filters(camera=("canon",), lens=(50,))


def test_of_several_cameras_those_without_photos_are_told() -> None:
    found = reading("un gatto con la Canon o la Leica")
    assert (found.text, found.filters) == ("un gatto", Filters(camera=("Canon",)))
    assert found.notes == ("«con la Canon o la Leica»: di una fotocamera non c'è nessuna foto",)
    found = reading("un gatto con la Leica o la Hasselblad")
    assert "o la Hasselblad" in found.text and not found.filters


def test_two_cameras_that_nothing_joins() -> None:
    found = reading("con la Canon al mare con la Nikon")
    assert found.filters == Filters(camera=("Canon",))
    assert found.notes == ("«con la Nikon» non fa da filtro: fotocamera: Canon è già chiesto",)
    both = Query.parse(["gatto con la Canon + cane con la Nikon"])
    assert both.filters == Filters(camera=("Canon", "Nikon"))


def test_options_of_cameras_and_lenses_are_alternatives() -> None:
    typed = Filters(camera=("Canon", " Nikon ", "Canon"), lens=("50mm", "24-70", "50"))
    query = Query.of(Question(typed=typed))
    assert query.filters == Filters(camera=("Canon", "Nikon"), lens=(50, "24-70"))
    assert say_query(query) == (
        "cerco: tutte le foto, fotocamera: Canon o Nikon, obiettivo: 50 mm o 24-70"
    )
    assert query_data(query)["filters"]["camera"] == ["Canon", "Nikon"]
    assert query_data(query)["filters"]["lens"] == [50, "24-70"]


@pytest.mark.parametrize(("phrase", "text", "filters"), FILES)
def test_formats_shapes_and_ratings(phrase: str, text: str, filters: Filters) -> None:
    found = reading(phrase)
    assert (found.text, found.filters, found.notes) == (text, filters, ())


def test_a_camera_that_no_photo_has_stays_text_and_says_so() -> None:
    found = reading("tramonti con la Leica")
    assert (found.text, found.filters) == ("tramonti con la Leica", Filters())
    assert found.notes == ("«con la Leica» non fa da filtro: nessuna foto ha quella fotocamera",)


@pytest.mark.parametrize(
    ("phrase", "text", "camera"),
    [
        ("con la Canon", "", "Canon"),
        ("con la Leica di Anna", "Anna", "Leica"),
        ("un gatto con l'iPhone 12 Pro", "un gatto", "iPhone 12 Pro"),
        ("con la Dacora", "con la Dacora", None),
        ("con la moto", "con la moto", None),
    ],
)
def test_without_an_archive_well_known_names_are_cameras(
    phrase: str, text: str, camera: str | None
) -> None:
    found = read(phrase, Context(SATURDAY))
    assert (found.text, CAMERA.of(found.filters)) == (text, (camera,) if camera else None)


@pytest.mark.parametrize(
    ("name", "focal"),
    [
        ("EF50mm f/1.8 STM", 50),
        ("50.0 mm f/1.8", 50),
        ("24.0-70.0 mm f/2.8", None),
        ("EF24-70mm f/2.8L II USM", None),
        ("LUMIX G VARIO 14-140/F3.5-5.6", None),
        (None, None),
    ],
)
def test_the_focal_length_in_the_name_of_a_lens(name: str | None, focal: int | None) -> None:
    assert focal_of(None, None, name) == focal
    assert focal_of(35.4, 53.0, name) == 35  # what the camera says goes before
    assert focal_of(4.2, 26.0, name) == 26  # of a telephone: as people call it


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("50mm", 50), ("50 mm", 50), ("50", 50), ("50,0mm", 50), ("24-70", "24-70"), ("STM", "STM")],
)
def test_what_the_option_of_lenses_means(typed: str, meant: int | str) -> None:
    assert Query.of(Question(typed=Filters(lens=typed))).filters == Filters(lens=(meant,))
    with pytest.raises(UsageError, match="--obiettivo vuole"):
        Query.of(Question(typed=Filters(lens="0mm")))


def test_a_second_value_of_a_filter_stays_text() -> None:
    found = reading("foto verticali, foto quadrate")
    assert found.filters == Filters(orientation="verticale")
    assert found.notes == ("«quadrate» non fa da filtro: orientamento: verticale è già chiesto",)
