"""If a misspelt word finds little, its correction is searched and the person is told."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from cercafoto import Filters, Library, Question
from cercafoto.search.parsing import NOTHING_READ
from cercafoto.settings import Settings
from tests.conftest import Cli

SAID = "Ho cercato «rosso». Per cercare invece «rossso»: cercafoto cerca --letterale rossso\n"


def test_a_misspelt_word_is_replaced_by_its_correction(cli: Cli, indexed: Path) -> None:
    _, out, err = cli("cerca", "rossso")
    assert SAID in err
    assert "Forse" not in err
    assert out == cli("cerca", "rosso")[1]
    told = json.loads(cli("cerca", "rossso", "--json")[1])
    assert told["corrected"] == [{"typed": "rossso", "searched": "rosso"}]
    assert (told["query"]["text"], told["verdict"]) == ("rosso", "found")


def test_max_overrides_a_number_in_the_question(cli: Cli, indexed: Path) -> None:
    told = json.loads(cli("cerca", "2 foto di rossso", "-n", "4", "--json")[1])
    assert told["corrected"] and len(told["hits"]) == 4
    assert "limit" not in told["query"]["filters"]


def test_notes_are_those_of_the_words_searched(indexed: Path, settings: Settings) -> None:
    query = Library(settings).parse(Question(("rossso",), typed=Filters(texts=("bar",))))
    assert query.meant is not None
    assert query.meant.notes == query.notes == (NOTHING_READ,)


def test_a_word_of_the_archive_is_no_misspelling(cli: Cli, indexed: Path) -> None:
    Image.new("RGB", (40, 40), "blue").save(indexed / "rossso.png")
    assert cli("index", indexed)[0] == 0
    assert "Cerco" not in cli("cerca", "rossso")[2]


def test_a_correction_that_finds_no_more_is_only_suggested(cli: Cli, indexed: Path) -> None:
    told = json.loads(cli("cerca", "tramnto", "--json")[1])
    assert told["query"]["text"] == "tramnto" and "corrected" not in told
    assert "Forse cercavi: tramonto.\n" in cli("cerca", "tramnto")[2]


def test_two_misspelt_words_are_corrected_together(cli: Cli, indexed: Path) -> None:
    code, out, err = cli("cerca", "rossso e giallol")
    way_back = "Per cercare invece «rossso», «giallol»: cercafoto cerca --letterale"
    assert f"Ho cercato «rosso», «giallo». {way_back} 'rossso e giallol'\n" in err
    assert (code, out) == cli("cerca", "rosso e giallo")[:2]


def test_two_misspelt_words_are_not_left_beside_one_that_finds_something(
    cli: Cli, indexed: Path
) -> None:
    told = json.loads(cli("cerca", "rosso giallol biancco", "--json")[1])
    assert [each["searched"] for each in told["corrected"]] == ["giallo", "bianco"]
    assert told["query"]["text"] == "rosso giallo bianco"


def test_words_of_the_archive_are_not_among_those_corrected(cli: Cli, indexed: Path) -> None:
    Image.new("RGB", (40, 40), "blue").save(indexed / "giallol.png")
    assert cli("index", indexed)[0] == 0
    told = json.loads(cli("cerca", "rossso giallol", "--json")[1])
    assert "giallol" not in {each["typed"] for each in told.get("corrected", ())}
    assert "giallol" in told["query"]["reading"]
