"""Test that a person's own words (folders, files, titles, labels, text) answer first, also beside
dates and places."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library, Question
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.photos import exif as tags
from cercafoto.question.filters.filter import Filters
from cercafoto.question.query import Query
from cercafoto.question.word_roles import PLACE, WordRole
from cercafoto.question.wording import say_query
from cercafoto.results.answer import BY_FILTER, FOLDER, LABEL, NAME, TITLE, WRITTEN, SearchResult
from cercafoto.settings import Settings
from cercafoto.terminal.answer_wording import verdict
from cercafoto.terminal.browse_state import Browsing
from tests.conftest import paint
from tests.photos.test_metadata import packet
from tests.support.read_texts import write_texts
from tests.support.web_client import visitor

PARIS = (48.8566, 2.3522)
Cli = Callable[..., tuple[int, str, str]]


class Photos:
    """Writes photos of different colours into a folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.number = root, 0

    def add(
        self, path: str, day: str = "", title: str = "", at: tuple[float, float] | None = None
    ) -> None:
        """Write a photo. day: "2018:12:25"; at: where it was taken."""
        self.number += 1
        exif = Image.Exif()
        if day:  # each at an hour of its own, so that no two are of one shot
            moment = f"{day} {self.number:02}:30:00"
            exif.get_ifd(tags.EXIF_IFD)[tags.DATETIME_ORIGINAL] = moment
        if at:
            exif.get_ifd(tags.GPS_IFD).update({1: "N", 2: (at[0], 0, 0), 3: "E", 4: (at[1], 0, 0)})
        n = self.number
        photo = paint(self.root / path, (37 * n % 256, 91 * n % 256, 53 * n % 256))
        Image.open(photo).save(photo, exif=exif)
        if title:
            told = f'<rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt>'
            xmp = packet(f"<dc:title>{told}</dc:title>")
            photo.with_name(f"{photo.name}.xmp").write_bytes(xmp)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2026-11-25")


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    return Photos(tmp_path / "foto")


@pytest.fixture
def family(library: Library, photos: Photos) -> Library:
    for at, day in enumerate(("25", "25", "23", "26"), start=1):
        photos.add(f"Natale 2018/IMG_000{at}.jpg", f"2018:12:{day}")
    photos.add("Natale 2018/IMG_0005.jpg", "2015:06:01")  # a clock that was never set
    photos.add("altro/IMG_0006.jpg", "2018:12:25")
    photos.add("Natale 2017/IMG_2018.jpg", "2017:12:25")  # a camera's number is no year
    photos.add("Natale 2017/DSC_2018.jpg", "2017:12:24")
    photos.add("Parigi con i ragazzi/a.jpg", "2015:04:01", at=PARIS)
    photos.add("Parigi con i ragazzi/b.jpg", "2016:04:02")
    photos.add("schermate/hotel.jpg", "2014:01:01")
    photos.add("schermate/treno.jpg", "2014:01:02")
    photos.add("senza niente/c.jpg", "2016:05:01", at=PARIS)
    library.index([photos.root])
    write_texts(library, {"hotel.jpg": ["Hotel", "Parigi"], "treno.jpg": ["Parigi via Torino"]})
    return library


def ask(library: Library, words: str, limit: int = 50, **typed: object) -> SearchResult:
    query = library.parse(Question((words,), typed=Filters(**typed)))
    return library.search(query, limit)


def names(result: SearchResult) -> list[str]:
    return ["/".join(Path(os.fsdecode(hit.path)).parts[-2:]) for hit in result.hits]


def sources(result: SearchResult) -> list[tuple[str, str, int]]:
    return [tuple(source) for source in result.sources]


def test_a_feast_is_its_days_or_its_folder(family: Library) -> None:
    result = ask(family, "natale 2018")
    assert set(names(result)[:5]) == {f"Natale 2018/IMG_000{at}.jpg" for at in range(1, 6)}
    assert names(result)[5:] == ["altro/IMG_0006.jpg"]
    assert [hit.evidence for hit in result.hits] == [FOLDER] * 5 + [""]
    assert result.total == 6 == family.count(result.query)
    days = (BY_FILTER, "del 25 dicembre 2018", 3)
    assert sources(result) == [days, (FOLDER, "Natale 2018", 5)]
    own = "(o «natale 2018» fra le tue parole)"
    assert say_query(result.query) == f"cerco: tutte le foto, il 25 dicembre 2018 {own}"
    assert names(ask(family, "natale 2018", 2)) == names(result)[:2]


def test_a_chip_says_that_a_place_is_one_by_position_or_by_words() -> None:
    for said, shown in (
        ("luogo: Roma (comune)", "luogo: Roma, per posizione o nelle tue parole"),
        ("entro 10 km da Siena", "entro 10 km da Siena, per posizione o nelle tue parole"),
    ):
        query = Query(words=(WordRole("Roma", PLACE, said),))._with_own((("place", "Roma"),))
        assert query.words[0].meaning == shown


def test_a_feast_without_photos_of_its_days_is_its_folder(library: Library, photos: Photos) -> None:
    for at in range(3):
        photos.add(f"Capodanno 2011/P{at}.jpg", "2012:03:01")
    photos.add("altro/P9.jpg", "2012:04:01")
    library.index([photos.root])
    # The archive has no photo of that year, so no photo can match these days.
    result = ask(library, "capodanno 2011")
    assert set(names(result)) == {f"Capodanno 2011/P{at}.jpg" for at in range(3)}
    assert sources(result) == [(FOLDER, "Capodanno 2011", 3)]


def test_sources_count_files_as_the_total_does(library: Library, photos: Photos) -> None:
    for at in range(3):
        photos.add(f"Capodanno 2011/P{at}.jpg", "2012:03:01")
    small = photos.root / "Capodanno 2011" / "P0.jpg"
    (photos.root / "altro").mkdir()
    shutil.copy(small, photos.root / "altro" / "copia.jpg")
    # A larger file of the same shot is shown.
    whole = Image.open(photos.root / "Capodanno 2011" / "P1.jpg")
    larger = whole.resize((2 * whole.width, 2 * whole.height))
    larger.save(photos.root / "Capodanno 2011" / "P1 intera.jpg", exif=whole.getexif())
    library.index([photos.root])
    result = ask(library, "capodanno 2011")
    assert (len(result.hits), result.total) == (3, 5)
    assert sources(result) == [(FOLDER, "Capodanno 2011", 5)]


def test_sources_of_a_long_list_count_files(
    library: Library, photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(6):
        photos.add(f"Capodanno 2011/P{at}.jpg", "2012:03:01")
    shutil.copytree(photos.root / "Capodanno 2011", photos.root / "altro")
    library.index([photos.root])
    monkeypatch.setattr("cercafoto.search.run.LOOKED_AT", 2)
    monkeypatch.setattr("cercafoto.search.shots.LOOKED_AT", 2)
    result = ask(library, "capodanno 2011", 1)
    assert result.total == 12
    assert sources(result) == [(FOLDER, "Capodanno 2011", 12)]


def test_remaining_words_are_searched_among_all_matches(family: Library) -> None:
    result = ask(family, "rosso a natale 2018")
    assert len(result.hits) == 6
    assert {hit.evidence for hit in result.hits} == {""}
    assert sources(result)[-1] == (FOLDER, "Natale 2018", result.sources[-1].number)


def test_why_another_filter_leaves_nothing(family: Library) -> None:
    result = ask(family, "natale 2018", camera="Leica")
    assert result.reasons == ("di nessuna foto si sa la fotocamera",)


def test_a_place_is_where_a_photo_was_taken_or_its_folder_or_its_text(family: Library) -> None:
    result = ask(family, "parigi")
    assert set(names(result)[:2]) == {f"Parigi con i ragazzi/{at}.jpg" for at in "ab"}
    # A word inside a text may be incidental: these photos follow the others.
    assert set(names(result)[2:]) == {
        "senza niente/c.jpg", "schermate/hotel.jpg", "schermate/treno.jpg"
    }  # fmt: skip
    assert sources(result) == [
        (BY_FILTER, "dalla posizione «Parigi»", 2),
        (FOLDER, "Parigi con i ragazzi", 2),
        (WRITTEN, "", 2),
    ]
    first = ask(family, "hotel parigi").hits[0]
    assert Path(os.fsdecode(first.path)).name == "hotel.jpg"
    assert (first.word, first.evidence) == ("alta", WRITTEN)
    assert [first.text[a:b] for a, b in first.found] == ["Hotel", "Parigi"]


def test_a_photo_with_all_words_need_not_be_of_the_year(family: Library, photos: Photos) -> None:
    family.labels.give_one(os.fsencode(photos.root / "altro" / "IMG_0006.jpg"), ["Gita 2012"])
    result = ask(family, "gita 2012")
    assert names(result)[0] == "altro/IMG_0006.jpg"
    assert (result.hits[0].evidence, result.hits[0].confidence) == (LABEL, 1.0)


@pytest.mark.parametrize(
    "words",
    [
        "prima del natale 2018",
        "dal 2018 al 2019",
        "entro 30 km da Parigi",
        "l'anno scorso",
        "un gatto senza natale 2018",
    ],
)
def test_words_relative_to_days_and_places_are_not_own_words(family: Library, words: str) -> None:
    assert family.parse(Question((words,))).own == ()


def test_an_option_does_not_match_own_words(family: Library) -> None:
    result = ask(family, "natale 2018", since="2018-12-25", until="2018-12-25")
    assert result.query.own == ()
    assert "Natale 2018/IMG_0003.jpg" not in names(result)
    result = ask(family, "parigi", since="2016-01-01", until="2016-12-31")
    assert names(result) == ["Parigi con i ragazzi/b.jpg", "senza niente/c.jpg"]
    assert ask(family, "", place="Parigi").total == 2


def test_an_order_that_is_asked_for_holds(family: Library) -> None:
    query = family.parse(Question(("natale 2018",), order="vecchie"))
    found = family.search(query, 50)
    assert [hit.taken_at for hit in found.hits] == sorted(str(hit.taken_at) for hit in found.hits)
    assert found.hits[0].taken_at == "2015-06-01T05:30:00"


def test_no_note_if_no_photo_has_the_words(family: Library) -> None:
    result = ask(family, "aprile 2015")
    assert (result.query.own, result.sources, len(result.hits)) == ((), (), 1)
    assert say_query(result.query) == "cerco: tutte le foto, di aprile 2015"


def test_a_screen_shows_the_same_photos_page_by_page(family: Library, settings: Settings) -> None:
    archive = BrowsedArchive(settings, page=4)
    try:
        asked = Asked(words="natale 2018")
        answer = archive.answer(asked)
        assert (answer.total, len(answer.found)) == (6, 4)
        assert answer.sources == ask(family, "natale 2018").sources
        few = archive.answer(Asked(words="2 foto di natale 2018"))
        assert (len(few.found), few.total, few.sources) == (2, 2, ())
        browsing = Browsing()
        browsing.begin(asked, few, [])
        assert verdict(browsing).plain == "2 foto"
        assert answer.own_words_first
        more = archive.answer(asked, answer.after)
        browsing = Browsing()
        browsing.begin(asked, answer, [])
        browsing.go_on(more)
        told = "6 foto: 3 del 25 dicembre 2018 · 5 dalla cartella «Natale 2018»"
        assert verdict(browsing).plain == told
        paths = [tile.tile.path for tile in (*answer.found, *more.found)]
        assert paths == [hit.path for hit in ask(family, "natale 2018").hits]
        facets, _ = archive.facets(asked)
        assert facets.photos == 6
        (chip,) = archive.chips(asked, answer)
        assert chip.meaning == "il 25 dicembre 2018 o nelle tue parole"
    finally:
        archive.close()


def test_the_page_shows_filters_and_own_words(family: Library, settings: Settings) -> None:
    with visitor(settings) as client:
        text = client.get("/?q=natale+2018").text
    told = "6 foto: 3 del 25 dicembre 2018 · 5 dalla cartella «Natale 2018»"
    assert f'<p class="quante">{told}</p>' in text
    assert "Le foto, prima quelle con le tue parole" in text
    assert "il 25 dicembre 2018 o nelle tue parole" in text
    assert text.count('<span class="prova">dal nome della cartella</span>') == 5


def test_the_command_line_shows_filters_and_own_words(family: Library, cli: Cli) -> None:
    code, out, err = cli("cerca", "natale 2018")
    assert code == 0
    assert "3 del 25 dicembre 2018 · 5 dalla cartella «Natale 2018»." in err
    assert out.count("dal nome della cartella") == 5


# -- names -------------------------------------------------------------------------------------


@pytest.fixture
def people(library: Library, photos: Photos) -> Library:
    for path in ("2019-08 Mare/a.jpg", "Mario al mare/b.jpg", "Maria/c.jpg", "Mara/d.jpg",
                 "Natale/e.jpg", "Laura/f.jpg", "Rose/g.jpg", "Leoni/k.jpg"):  # fmt: skip
        photos.add(path)
    photos.add("x/h.jpg", title="La festa di Maria")
    photos.add("x/i.jpg", title="Mario e il podestà")
    library.index([photos.root])
    write_texts(library, {"g.jpg": ["IBAN IT60"], "f.jpg": ["mare mosso"]})
    return library


def sure(library: Library, words: str) -> set[str]:
    return {
        Path(os.fsdecode(hit.path)).name
        for hit in ask(library, words).hits
        if hit.evidence and hit.word == "alta"
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("foto di Mario", {"b.jpg", "i.jpg"}),
        ("mario", {"b.jpg", "i.jpg"}),
        ("Maria", {"c.jpg", "h.jpg"}),
        ("foto di Natalia", set()),
        ("natale", {"e.jpg"}),
        ("foto di Lauro", set()),
        ("foto di Laura", {"f.jpg"}),
        ("podestà", {"i.jpg"}),
        ("iban", {"g.jpg"}),
    ],
)
def test_names_and_unusual_words_are_matched_exactly(
    people: Library, words: str, found: set[str]
) -> None:
    assert sure(people, words) == found


def test_other_words_are_found_in_any_form(people: Library) -> None:
    evidence = {
        Path(os.fsdecode(hit.path)).name: hit.evidence
        for hit in ask(people, "mare").hits
        if hit.evidence
    }
    assert evidence == {"a.jpg": FOLDER, "b.jpg": FOLDER, "f.jpg": WRITTEN}
    for words in ("rosa", "leone"):  # names of persons, and of other things
        assert any(hit.evidence == FOLDER for hit in ask(people, words).hits)


def test_a_label_answers_for_the_person_it_names(people: Library, photos: Photos) -> None:
    people.labels.give_one(os.fsencode(photos.root / "Rose" / "g.jpg"), ["Maria"])
    assert "g.jpg" in sure(people, "Maria")
    assert "g.jpg" not in sure(people, "Mario")


def test_a_title_typed_whole_comes_first(library: Library, photos: Photos) -> None:
    photos.add("Paese/a.jpg", title="Processione di San Rocco")
    photos.add("x/processione a colori.jpg")
    photos.add("x/san rocco.jpg")
    library.index([photos.root])
    first, *others = ask(library, "processione di san rocco").hits
    assert (Path(os.fsdecode(first.path)).name, first.word) == ("a.jpg", "alta")
    assert first.evidence == TITLE
    assert NAME not in {hit.evidence for hit in others}  # neither says all of it
