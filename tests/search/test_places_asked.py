"""Places asked by their many names: abroad, near, without photos; and the order by distance."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.question.filters.filter import Filters
from cercafoto.question.wording import query_data, say_query
from cercafoto.results.answer import SearchResult
from cercafoto.settings import Settings
from tests.search.test_own_words import Cli, Photos, ask, names

TAKEN = {
    "arena.jpg": (45.4390, 10.9944),
    "ponte.jpg": (45.4440, 11.0010),
    "colline.jpg": (45.4740, 10.9900),
    "vicenza.jpg": (45.5470, 11.5460),
    "sirmione.jpg": (45.4926, 10.6080),
    "riva.jpg": (45.8850, 10.8410),
    "trento.jpg": (46.0700, 11.1210),
    "udine.jpg": (46.0640, 13.2350),
    "amalfi.jpg": (40.6340, 14.6020),
    "vienna.jpg": (48.2080, 16.3730),
    "monaco.jpg": (48.1370, 11.5750),
}


@pytest.fixture
def travels(library: Library, tmp_path: Path) -> Library:
    photos = Photos(tmp_path / "foto")
    for number, (name, at) in enumerate(TAKEN.items(), start=1):
        photos.add(f"giri/{name}", f"2018:01:{number:02}", at=at)
    photos.add("New York 2012/grattacielo.jpg", "2012:05:01")
    photos.add("2019 Baldo con il CAI/cima.jpg", "2019:06:01")
    photos.add("il gatto bianco/micio.jpg", "2011:05:01")
    library.index([photos.root])
    return library


def shown(result: SearchResult) -> list[str]:
    return [name.removeprefix("giri/") for name in names(result)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("all'estero", {"vienna.jpg", "monaco.jpg"}),
        ("in trentino", {"trento.jpg", "riva.jpg"}),
        ("in friuli", {"udine.jpg"}),
        ("sul lago di garda", {"sirmione.jpg", "riva.jpg"}),
        ("sul garda", {"sirmione.jpg", "riva.jpg"}),
        ("in costiera", {"amalfi.jpg"}),
        ("in baviera", {"monaco.jpg"}),
        ("sud italia", {"amalfi.jpg"}),
        ("foto fatte al sud", {"amalfi.jpg"}),
        ("nel nord-ovest", {"sirmione.jpg"}),
        (
            "foto del nord-est",
            {
                "arena.jpg",
                "ponte.jpg",
                "colline.jpg",
                "vicenza.jpg",
                "riva.jpg",
                "trento.jpg",
                "udine.jpg",
            },
        ),
        ("nel Meridione", {"amalfi.jpg"}),
        ("in europa", set(TAKEN)),
    ],
)
def test_a_place_by_the_name_that_people_give_it(
    travels: Library, question: str, found: set[str]
) -> None:
    result = ask(travels, question)
    assert set(shown(result)) == found
    assert result.total == len(found) == travels.count(result.query)


def test_a_part_of_italy_says_which_regions_it_has(travels: Library) -> None:
    said = say_query(travels.parse(Question(("foto al sud",))))
    assert "Sud Italia (Abruzzo, Molise, Campania, Puglia, Basilicata, Calabria)" in said
    assert "Europa (luogo)" in say_query(travels.parse(Question(("in europa",))))


@pytest.mark.parametrize(
    "question",
    [
        Question(("vicino a verona",)),
        Question(("foto vicino a 45.4385, 10.9936",)),
        Question(("entro 30 km da 45°26'18.6\"N 10°59'37\"E",)),
        Question(typed=Filters(near="Verona")),
        Question(typed=Filters(near="45.4385 10.9936")),
    ],
    ids=str,
)
def test_near_a_place_the_nearest_comes_first(travels: Library, question: Question) -> None:
    result = travels.search(travels.parse(question), 9)
    assert shown(result) == ["arena.jpg", "ponte.jpg", "colline.jpg"]
    assert say_query(result.query).endswith("dalla più vicina")
    assert query_data(result.query)["filters"]["order"] == "distance"


def test_another_order_or_a_sight_wins_over_the_distance(travels: Library) -> None:
    latest = ask(travels, "vicino a verona, dalla più recente")
    assert shown(latest) == ["colline.jpg", "ponte.jpg", "arena.jpg"]
    for words in ("vicino a verona, dalla più recente", "un cane vicino a verona"):
        query = travels.parse(Question((words,)))
        assert "dalla più vicina" not in say_query(query)
        assert query_data(query)["filters"].get("order") != "distance"


def test_page_and_screen_show_the_nearest_first_too(travels: Library, settings: Settings) -> None:
    archive = BrowsedArchive(settings)
    try:
        answer = archive.answer(Asked("vicino a verona"))
        found = [os.fsdecode(os.path.basename(each.tile.path)) for each in answer.found]
        assert found == ["arena.jpg", "ponte.jpg", "colline.jpg"]
    finally:
        archive.close()


def test_a_place_without_photos_is_not_searched_by_looks(travels: Library) -> None:
    for question in ("in giappone", "un cane in giappone", "giappone"):
        result = ask(travels, question)
        assert (result.hits, result.verdict) == ((), "none")
        assert result.reasons == (
            "3 foto non hanno posizione",
            "nessuna foto è stata scattata in questo luogo: Giappone (paese)",
        )
    assert shown(ask(travels, "a new york")) == ["New York 2012/grattacielo.jpg"]
    assert shown(ask(travels, "gita sul monte baldo"))[0] == "2019 Baldo con il CAI/cima.jpg"
    assert shown(ask(travels, "al monte Baldo"))[0] == "2019 Baldo con il CAI/cima.jpg"
    assert shown(ask(travels, "sul monte bianco")) == []


def test_abroad_is_said_and_is_in_json(travels: Library, cli: Cli) -> None:
    query = travels.parse(Question(("all'estero",)))
    assert "all'estero (fuori da: Italia)" in say_query(query)
    assert query_data(query)["place"] == {"name": "estero", "kind": "estero"}
    assert query_data(query)["filters"]["away_from"] == "Italia"
    code, out, _ = cli("cerca", "--luogo", "estero", "--json")
    assert code == 0
    assert {Path(hit["path"]).name for hit in json.loads(out)["hits"]} == {
        "vienna.jpg", "monaco.jpg",
    }  # fmt: skip


def test_two_options_of_place_exclude_each_other(travels: Library, cli: Cli) -> None:
    code, _, err = cli("cerca", "--luogo", "Roma", "--vicino", "Siena")
    assert code != 0 and "--luogo e --vicino si escludono" in err
    assert "«Vattelapesca»" in cli("cerca", "--vicino", "Vattelapesca")[2]


def test_a_rectangle_of_the_map(travels: Library, cli: Cli) -> None:
    code, out, told = cli("cerca", "--riquadro", "45.6,11.1,45.4,10.5", "--json")
    assert code == 0
    answer = json.loads(out)
    assert {Path(hit["path"]).name for hit in answer["hits"]} == {
        "arena.jpg", "ponte.jpg", "colline.jpg", "sirmione.jpg",
    }  # fmt: skip
    assert answer["query"]["filters"]["rectangle"] == [45.4, 10.5, 45.6, 11.1]
    code, _, told = cli("cerca", "--riquadro", "-33.9,151.0,-33.7,151.3")
    assert code == 0 and "nel riquadro da 33,9° S 151° E a 33,7° S 151,3° E" in told
    code, _, told = cli("cerca", "--riquadro", "Siena")
    assert code == 2 and "--riquadro vuole due angoli in gradi" in told


def test_folders_are_in_json(travels: Library, cli: Cli, tmp_path: Path) -> None:
    folder = str(tmp_path / "foto" / "giri")
    _, out, _ = cli("cerca", "--in", folder, "--json")
    assert json.loads(out)["query"]["filters"]["folders"] == [folder]
