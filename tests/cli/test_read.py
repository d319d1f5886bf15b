"""cercafoto leggi, and how other commands report the words inside photos."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cercafoto import Library
from cercafoto.base.installation import EXTRAS
from cercafoto.ocr import ocr_processes
from cercafoto.results.texts import ReadText, TextLine
from tests.conftest import PAINT, Cli


@pytest.fixture
def indexed(cli: Cli, photos: Path, fake: Callable[..., None]) -> Path:
    assert cli("index", photos)[0] == 0
    return photos


def test_a_run_says_what_it_did_and_what_is_left(cli: Cli, indexed: Path) -> None:
    (indexed / "sotto").mkdir()
    (indexed / "rosso.png").rename(indexed / "sotto" / "rosso.png")
    assert cli("index")[0] == 0
    code, out, err = cli("leggi", indexed / "sotto", "--tutte")
    assert (code, out) == (0, "")
    assert err.startswith("Testi: 1 foto letta, 1 con parole (")
    code, out, err = cli("leggi", "--tutte", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["read"], told["with_words"], told["present"]) == (4, 4, 1)
    assert (told["engine"], told["problems"], told["unlikely"]) == ("finto 1", [], 0)
    assert cli("leggi", "--tutte", "-q") == (0, "", "")
    assert "Con i testi letti  5 (100%); con parole: 5" in cli("stato")[1]
    # Texts are deleted only with conferma.
    _, _, err = cli("pulisci", "--dimentica-testi")
    assert "Da togliere dall'archivio: le parole lette in 5 foto" in err and "--conferma" in err
    _, out, _ = cli("pulisci", "--dimentica-testi", "--conferma", "--json")
    assert json.loads(out) == {"done": True, "texts": 5}
    assert "Non ci sono testi" in cli("pulisci", "--dimentica-testi")[2]
    assert cli("pulisci", "--dimentica-testi", "--dimentica", indexed)[0] == 2


def test_a_problem_is_told_and_listed(cli: Cli, indexed: Path, fake: Callable[..., None]) -> None:
    fake(rosso="crolla")
    code, _, err = cli("leggi", "--tutte")
    assert code == 3
    assert "Di 1 foto non si leggono le parole" in err
    code, out, _ = cli("stato", "--problemi")
    assert "rosso.png" in out and "bloccato di colpo" in out
    assert "Testi illeggibili" in cli("stato")[1]
    fake()
    assert cli("leggi", "--tutte", "--rileggi")[0] == 0
    assert cli("stato", "--problemi")[1] == ""


def test_index_leggi_also_reads_texts(
    cli: Cli, photos: Path, fake: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.ocr import read_run

    monkeypatch.setattr(read_run, "LIKELY_FROM", 0.0)
    code, _, err = cli("index", photos, "--leggi")
    assert code == 0
    assert "Testi: 5 foto lette, 5 con parole" in err
    (photos / "altra.png").write_bytes((photos / "blu.png").read_bytes() + b"x")
    code, out, _ = cli("index", "--leggi", "--json")
    told = json.loads(out)
    assert (told["new"], told["testi"]["read"], told["testi"]["present"]) == (1, 1, 5)


def test_a_photo_says_what_is_written_in_it(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    outside = tmp_path / "fuori.png"
    Image.new("RGB", (60, 40), PAINT["blu"]).save(outside)
    assert cli("leggi", outside) == (0, "blu\n", "")
    told = json.loads(cli("leggi", outside, "--json")[1])
    assert (told["engine"], told["turned"], told["text"]) == ("finto 1", 0, "blu")
    assert told["lines"] == [
        {"text": "blu", "confidence": 0.9, "box": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    ]
    Image.new("RGB", (60, 40)).save(outside)
    code, out, err = cli("leggi", outside)
    assert (code, out) == (0, "") and err == "Nessuna scritta leggibile in questa foto.\n"
    # Words of an indexed photo can be searched afterwards.
    assert cli("leggi", indexed / "rosso.png") == (0, "rosso\n", "")
    assert json.loads(cli("stato", "--json")[1])["texts"]["read"] == 1
    found = cli("cerca", "--testo", "rosso", "--percorsi")[1]
    assert found == f"{indexed / 'rosso.png'}\n"
    # Several photos have their names.
    red, outside = indexed / "rosso.png", tmp_path / "fuori.png"
    Image.new("RGB", (60, 40), PAINT["blu"]).save(outside)
    broken = tmp_path / "a.jpg"
    broken.write_bytes(b"ciao")
    code, out, err = cli("leggi", red, broken, outside)
    assert (code, out) == (3, f"{red}:\nrosso\n{outside}:\nblu\n")
    assert "non è una foto" in err and str(broken) in err
    lines = cli("leggi", red, outside, "--json")[1].splitlines()
    told = [(entry["path"], entry["text"]) for entry in map(json.loads, lines)]
    assert told == [(str(red), "rosso"), (str(outside), "blu")]


def test_a_photo_needs_no_archive(cli: Cli, photos: Path, fake: Callable[..., None]) -> None:
    assert cli("leggi", photos / "rosso.png") == (0, "rosso\n", "")
    assert not Path(os.environ["CERCAFOTO_ARCHIVIO"]).exists()


def test_a_photo_is_read_even_if_the_archive_is_busy(
    cli: Cli, indexed: Path, library: Library
) -> None:
    with library.archive.lock():
        assert cli("leggi", indexed / "rosso.png") == (0, "rosso\n", "")
    assert json.loads(cli("stato", "--json")[1])["texts"]["read"] == 0


def test_cells_of_a_table_stand_on_one_line() -> None:
    from cercafoto.cli.render.ocr_texts import text_of_photo

    def cell(text: str, left: float, top: float) -> TextLine:
        right, bottom = left + 0.1, top + 0.05
        return TextLine(text, (left, top, right, top, right, bottom, left, bottom), 0.9)

    lines = (cell("Pane", 0.1, 0.1), cell("1,20", 0.8, 0.11), cell("TOTALE", 0.1, 0.3))
    assert text_of_photo(ReadText("x", lines)) == "Pane  1,20\nTOTALE\n"


def test_a_missing_engine_is_one_line_that_says_how_to_add_it(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the process sees it: the extra is not there.
    without = (
        "import sys; sys.modules['rapidocr'] = None; "
        "sys.path += [place for place in sys.argv[2:] if place not in sys.path]; "
        "from cercafoto.ocr.ocr_worker import main; main()"
    )
    monkeypatch.setattr(ocr_processes, "PROGRAM", without)
    monkeypatch.setattr(ocr_processes, "ENGINE", "cercafoto.ocr.rapid")
    for command in (("leggi", "--tutte"), ("leggi", indexed / "rosso.png")):
        code, out, err = cli(*command)
        assert (code, out) == (1, "")
        assert "manca RapidOCR" in err and "Si aggiunge così: " in err and "testo]" in err
    assert EXTRAS["testo"] == "rapidocr"
