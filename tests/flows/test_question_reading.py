"""How a question is read: `cerca --spiega` without an archive, and its effect on `cerca`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2024-06-15")


@pytest.fixture
def indexed(cli: Cli, photos: Path) -> Path:
    assert cli("index", photos)[0] == 0
    return photos


def test_a_reading_needs_no_archive(cli: Cli) -> None:
    question = "un cane al mare ad agosto 2019, senza persone"
    code, out, err = cli("cerca", "--spiega", question)
    assert code == 0
    assert out.startswith("cerco: «un cane al mare», dal 1º al 31 agosto 2019, senza: persone\n")
    assert "testo    «un cane al mare»: si vede nella foto" in out
    assert err == "Qui non c'è ancora un archivio: la domanda è stata capita, non cercata.\n"
    assert cli("cerca", "--spiega", question, "--quieto") == (0, out, "")
    assert cli("cerca", "--spiega", question, "--percorsi")[0] == 1
    assert cli("cerca", "--spiega", "gatti", "--da", "2019")[1].startswith(
        "cerco: «gatti», dal 1º gennaio 2019 in poi\n"
    )
    assert cli("capisci", "--spiega", question) == (0, out, "")


def test_the_reading_in_json(cli: Cli) -> None:
    words = ("al", "mare", "l'estate scorsa,", "senza", "persone", "--json")
    code, out, _ = cli("cerca", "--spiega", *words)
    assert code == 0
    data = json.loads(out)
    assert list(data["query"]) == ["text", "from", "to", "exclude", "place", "filters", "reading"]
    assert data["query"]["text"] == "al mare"
    assert (data["query"]["from"], data["query"]["to"]) == ("2023-06-01", "2023-09-22")
    assert data["query"]["exclude"] == ["persone"]
    assert [part["kind"] for part in data["parts"]] == ["testo", "tempo", "escluso"]
    assert cli("capisci", *words) == (0, out, "")


def test_capisci_searches_in_no_archive(cli: Cli, indexed: Path) -> None:
    line = "cerco: «un cane al mare», dal 1º al 31 agosto 2019, senza: persone\n"
    assert cli("capisci", "un cane al mare ad agosto 2019, senza persone") == (0, line, "")


def test_capisci_takes_words_as_they_are_when_told(cli: Cli) -> None:
    assert cli("capisci", "--letterale", "ieri, senza cani")[1] == "cerco: «ieri, senza cani»\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["capisci"], "la domanda è vuota"),
        (["cerca", "rosso", "--da", "mai"], "--da vuole una data"),
        (["cerca", "rosso", "--orientamento", "storto"], "--orientamento vuole"),
        (["cerca", "rosso", "--valutazione", "9"], "--valutazione vuole"),
        (["cerca", "rosso", "--valutazione", "tre"], "vuole un numero intero"),
    ],
)
def test_wrong_words_exit_2(cli: Cli, arguments: list[str], reason: str) -> None:
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert reason in err


def test_a_wrong_today_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "ieri")
    code, _, err = cli("capisci", "oggi")
    assert code == 2
    assert "CERCAFOTO_OGGI vuole una data come 2024-06-15" in err


def test_bytes_that_are_no_text_are_no_trouble() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cercafoto", "capisci", "--json", b"gatto \xff ieri"],
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["query"]["text"] == "gatto \ufffd"


def test_capisci_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "assert run(['capisci', 'al mare a Pasqua 2019, senza persone', '--json']) == 0\n"
        "heavy = {'numpy', 'PIL', 'onnxruntime', 'dateparser', 'holidays', 'rich', "
        "'dateutil.rrule', 'dateutil.parser'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_cerca_tells_its_reading_only_when_there_is_something_to_tell(
    cli: Cli, indexed: Path
) -> None:
    assert "cerco" not in cli("cerca", "rosso")[2]
    assert "senza: gatti" in cli("cerca", "rosso senza gatti")[2]
    assert cli("cerca", "rosso senza gatti", "--quieto")[2] == ""
    code, out, err = cli("cerca", "rosso senza gatti", "--json")
    assert (code, err) == (0, "")
    query = json.loads(out)["query"]
    assert (query["text"], query["exclude"]) == ("rosso", ["gatti"])
    assert query["reading"] == "cerco: «rosso», senza: gatti"


def test_cerca_letter_by_letter(cli: Cli, indexed: Path) -> None:
    code, out, _ = cli("cerca", "rosso senza gatti", "--letterale", "--json")
    assert code == 0
    assert json.loads(out)["query"]["text"] == "rosso senza gatti"


def test_cerca_explains(cli: Cli, indexed: Path) -> None:
    out = cli("cerca", "rosso senza gatti", "--spiega")[1]
    assert "escluso  «senza gatti»: senza: gatti" in out
    data = json.loads(cli("cerca", "rosso senza gatti", "--spiega", "--json")[1])
    assert [part["words"] for part in data["parts"]] == ["rosso", "senza gatti"]
    code, out, err = cli("cerca", "rosso senza gatti", "--spiega", "--percorsi")
    assert code == 0
    assert "«senza gatti»" in err and "«senza gatti»" not in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["mare", "-gatto"], "cerco: «mare», senza: gatto\n"),
        (["-neve", "montagna"], "cerco: «montagna», senza: neve\n"),
        (["mare", "-gatto nero"], "cerco: «mare», senza: gatto nero\n"),
        (["mare", "--", "-gatto"], "cerco: «mare», senza: gatto\n"),
        (["cane o gatto"], "cerco: «cane» o «gatto»\n"),
        (["le ultime foto"], "cerco: tutte le foto, dalla più recente\n"),
        (["foto verticali di gatti, con 5 stelle"],
         "cerco: «gatti», orientamento: verticale, valutazione: almeno 5\n"),
        (["foto fatte con la Canon"], "cerco: tutte le foto, fotocamera: Canon\n"),
        (["foto di Anna"], "cerco: «Anna»\n"),
        (["vorrei vedere le foto di quando siamo andati a Siena"],
         "cerco: tutte le foto, luogo: Siena (comune)\n"),
    ],
)  # fmt: skip
def test_what_people_say(cli: Cli, words: list[str], line: str) -> None:
    assert cli("capisci", *words)[:2] == (0, line)


def test_a_word_with_a_minus_is_left_out_and_a_mistyped_option_is_told(
    cli: Cli, indexed: Path
) -> None:
    assert "senza: neve" in cli("cerca", "rosso", "-neve", "-n", "3")[2]
    assert cli("cerca", "rosso", "-n3")[0] == 0
    assert cli("cerca", "rosso", "-qn", "3")[0] == 0
    code, _, err = cli("cerca", "rosso", "-luogo", "Roma")
    assert code == 2
    assert "L'opzione -luogo non esiste" in err and "Forse intendevi: --luogo" in err
    assert cli("cerca", "rosso", "--parola-chiave", "-zia")[0] == 0
    assert cli("cerca", "rosso", "--luoogo", "Roma")[0] == 2
    assert cli("cerca", "rosso", "-x")[0] == 2


def test_cerca_takes_conditions_by_option(cli: Cli, indexed: Path) -> None:
    code, out, _ = cli(
        "cerca", "rosso", "--a", "2190", "--senza", "gatti", "--formato", "png", "--json"
    )
    assert code == 0
    query = json.loads(out)["query"]
    assert (query["to"], query["exclude"]) == ("2190-12-31", ["gatti"])
    assert query["filters"] == {"format": "png"}
