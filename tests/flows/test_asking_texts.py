"""Words read in photos, asked on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cercafoto import Library
from tests.conftest import Cli
from tests.support.read_texts import write_texts


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
    # Json and reasons.
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


def test_where_nothing_was_read_it_is_said(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    _, out, err = cli("cerca", "--testo", "password")
    assert out == "" and "cercafoto leggi" in err
    data = json.loads(cli("cerca", "rosso", "--json")[1])
    assert not any("text" in hit for hit in data["hits"])
