"""Words read in photos, asked on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library
from tests.support.read_texts import write_texts

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def read(cli: Cli, library: Library, photos: Path) -> Path:
    assert cli("index", photos)[0] == 0
    write_texts(
        library,
        {
            "rosso.png": ["TRATTORIA DA GIGI", "TOTALE EURO 23,50"],
            "blu.png": ["Password Wi-Fi: gatto"],
            "giallo.png": ["Tratt0ria daGigi"],
        },
    )
    return photos


def test_a_row_says_what_is_written(cli: Cli, read: Path) -> None:
    code, out, _ = cli("cerca", "password wifi")
    assert code == 0
    assert "dal testo: «Password Wi-Fi: gatto»" in out.splitlines()[1]
    assert "blu.png" in out.splitlines()[1]


def test_a_phrase_alone(cli: Cli, read: Path) -> None:
    code, out, err = cli("cerca", "--testo", "trattoria da gigi")
    assert code == 0
    first, second = out.splitlines()[1:]
    assert "alta" in first and "rosso.png" in first and "«TRATTORIA DA GIGI…»" in first
    assert "media" in second and "giallo.png" in second
    assert err.splitlines()[0] == "cerco: tutte le foto, con scritto «trattoria da gigi»"
    assert cli("cerca", '"trattoria da gigi"') == (code, out, err)
    assert cli("cerca", "--testo", "trattoria", "--testo", "23.50", "--conta")[1] == "1\n"
    assert cli("cerca", "--testo", "niente di simile")[0] == 0
    code, _, err = cli("cerca", "--testo", "--")
    assert code == 2 and "--testo vuole una parola o un numero" in err


def test_json_and_reasons(cli: Cli, read: Path) -> None:
    data = json.loads(cli("cerca", "password wifi", "--json", "--spiega")[1])
    first, *others = data["hits"]
    assert (first["text"], first["matched_text"]) == (
        "Password Wi-Fi: gatto",
        ["Password", "Wi-Fi"],
    )
    assert first["evidence"] == "written"
    read_too = {Path(hit["path"]).name for hit in others if "text" in hit}
    assert read_too == {"rosso.png", "giallo.png"}
    assert data["explanation"]["hits"][0]["seen"] < first["confidence"]
    told = cli("cerca", "password wifi", "--spiega")[1]
    assert "; dal testo: Password, Wi-Fi; a vista " in told
    quoted = json.loads(cli("cerca", 'gatto "password wifi"', "--json", "--spiega")[1])
    assert quoted["query"]["filters"] == {"written": ["password wifi"]}
    assert quoted["parts"][-1] == {
        "words": '"password wifi"', "kind": "scritto", "meaning": "è scritto nella foto"
    }  # fmt: skip


def test_the_question_comes_back_with_what_must_be_written(cli: Cli, read: Path) -> None:
    assert cli("cerca", "--testo", "gigi")[0] == 0
    code, _, err = cli("cerca", "--piu", "1")
    assert code == 0 and "con scritto «gigi»" in err


def test_where_nothing_was_read_it_is_said(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    _, out, err = cli("cerca", "--testo", "password")
    assert out == "" and "cercafoto leggi" in err
    data = json.loads(cli("cerca", "rosso", "--json")[1])
    assert not any("text" in hit for hit in data["hits"])
