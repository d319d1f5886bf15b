"""index --qualita, and the questions, filters and fields that follow from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cercafoto import Library
from tests.conftest import Cli
from tests.support.clips import GREEN, RED, make_clip
from tests.support.optional_packages import needs
from tests.support.sharp_pictures import exposed, out_of_focus, shaken, sharp, sky

SIZE = (960, 720)
PICTURES = {
    "nitida.jpg": lambda: sharp(1, SIZE),
    "sfocata.jpg": lambda: out_of_focus(sharp(2, SIZE), 5),
    "mossa.jpg": lambda: shaken(sharp(3, SIZE), 16, 4),
    "scura.jpg": lambda: exposed(sharp(4, SIZE), 0.25),
    "cielo.jpg": lambda: sky(SIZE),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "foto"
    made.mkdir()
    for name, picture in PICTURES.items():
        picture().save(made / name, quality=92)
    return made


def found(cli: Cli, *arguments: str) -> set[str]:
    code, out, err = cli("cerca", *arguments, "--json")
    assert code == 0, err
    return {Path(hit["path"]).name for hit in json.loads(out)["hits"]}


def test_photos_are_looked_at_asked_for_and_told(cli: Cli, folder: Path) -> None:
    assert cli("index", folder)[0] == 0
    assert "qualità" not in cli("stato")[1]
    code, _, err = cli("cerca", "foto sfocate")
    assert code == 0 and "cercafoto index --qualita" in err
    code, _, err = cli("index", "--qualita")
    assert code == 0 and "Qualità: 5 foto guardate, 3 venute male (" in err
    assert found(cli, "foto sfocate") == {"sfocata.jpg"}
    assert found(cli, "--qualita", "mossa", "--qualita", "troppo scura") == {
        "mossa.jpg",
        "scura.jpg",
    }
    assert found(cli, "--qualita", "sfuocate") == {"sfocata.jpg"}
    assert found(cli, "tutte le foto non mosse") == {*PICTURES} - {"mossa.jpg"}
    assert found(cli, "nitide") == {"nitida.jpg", "scura.jpg"}
    status = json.loads(cli("stato", "--json")[1])
    assert status["quality"] == {"looked": 5, "poor": 3, "lacking": 0, "problems": 0}
    assert "5; venute male: 3" in cli("stato")[1]
    assert "mossa" in cli("dati", folder / "mossa.jpg")[1]
    data = json.loads(cli("dati", folder / "scura.jpg", "--json")[1])
    assert data["quality"] == ["nitida", "scura"]
    out = cli("cerca", "--qualita", "sfocata", "--formato-riga", "{nome} {qualita}")[1]
    assert out == "sfocata.jpg sfocata\n"
    assert cli("cerca", "--qualita", "bella")[0] == 2


def test_a_new_photo_is_left_until_the_next_look(cli: Cli, folder: Path, library: Library) -> None:
    cli("index", folder, "--qualita")
    sharp(9, SIZE).save(folder / "nuova.jpg")
    cli("index")
    assert json.loads(cli("stato", "--json")[1])["quality"]["lacking"] == 1
    assert "ne restano 1: «cercafoto index --qualita»" in cli("stato")[1].replace("\n  ", " ")
    cli("index", "--qualita")
    assert found(cli, "nitide") == {"nitida.jpg", "scura.jpg", "nuova.jpg"}


@needs("av")
def test_videos_are_left_out(cli: Cli, folder: Path) -> None:
    make_clip(folder / "film.mp4", [RED, GREEN], 2)
    assert cli("index", folder, "--qualita")[0] == 0
    status = json.loads(cli("stato", "--json")[1])["quality"]
    assert (status["looked"], status["lacking"]) == (5, 0)
    # Looking again would change nothing.
    code, _, err = cli("cerca", "--qualita", "chiara")
    assert code == 0 and "non lascia nessuna foto" in err and "index --qualita" not in err
