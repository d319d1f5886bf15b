"""How a question is read: `cerca --spiega` without an archive, and its effect on `cerca`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Cli


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2024-06-15")


def test_a_reading_needs_no_archive(cli: Cli) -> None:
    question = "un cane al mare ad agosto 2019, senza persone"
    code, out, err = cli("cerca", "--spiega", question)
    assert code == 0
    assert out.startswith("cerco: «un cane al mare», di agosto 2019, senza: persone\n")
    assert "testo    «un cane al mare»: si vede nella foto" in out
    assert err == "Qui non c'è ancora un archivio: la domanda è stata capita, non cercata.\n"
    assert cli("cerca", "--spiega", question, "--quieto") == (0, out, "")
    assert cli("cerca", "--spiega", question, "--percorsi")[0] == 1
    assert cli("cerca", "--spiega", "gatti", "--da", "2019")[1].startswith(
        "cerco: «gatti», dal 1º gennaio 2019 in poi\n"
    )
    # The reading in json.
    words = ("al", "mare", "l'estate scorsa,", "senza", "persone", "--json")
    code, out, _ = cli("cerca", "--spiega", *words)
    assert code == 0
    data = json.loads(out)
    assert list(data["query"]) == ["text", "from", "to", "exclude", "place", "filters", "reading"]
    assert data["query"]["text"] == "al mare"
    assert (data["query"]["from"], data["query"]["to"]) == ("2023-06-01", "2023-09-22")
    assert data["query"]["exclude"] == ["persone"]
    assert [part["kind"] for part in data["parts"]] == ["testo", "tempo", "escluso"]
    # What people say.
    for typed, line in (
        (["mare", "-gatto"], "cerco: «mare», senza: gatto\n"),
        (["-neve", "montagna"], "cerco: «montagna», senza: neve\n"),
        (["mare", "-gatto nero"], "cerco: «mare», senza: gatto nero\n"),
        (["mare", "--", "-gatto"], "cerco: «mare», senza: gatto\n"),
        (["cane o gatto"], "cerco: «cane» o «gatto»\n"),
        (["foto verticali di gatti, con 5 stelle"],
         "cerco: «gatti», orientamento: verticale, stelle: almeno 5\n"),
    ):  # fmt: skip
        code, out, _ = cli("cerca", "--spiega", *typed)
        assert code == 0 and out.startswith(line)
    # Bytes that are no text are no trouble.
    code, out, err = cli("cerca", "--spiega", "--json", os.fsdecode(b"gatto \xff ieri"))
    assert code == 0, err
    assert json.loads(out)["query"]["text"] == "gatto \ufffd"


def test_wrong_words_exit_2(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, reason in (
        (["cerca", "rosso", "--da", "mai"], "--da vuole una data"),
        (["cerca", "rosso", "--orientamento", "storto"], "--orientamento vuole"),
        (["cerca", "rosso", "--stelle", "9"], "--stelle vuole"),
        (["cerca", "--stelle", "0"], "--stelle vuole"),
        (["cerca", "--fotocamera", " "], "--fotocamera vuole un valore"),
        (["cerca", "rosso", "--stelle", "tre"], "vuole un numero intero"),
    ):
        code, out, err = cli(*arguments)
        assert (code, out) == (2, "") and reason in err, arguments
    monkeypatch.setenv("CERCAFOTO_OGGI", "ieri")
    code, _, err = cli("cerca", "--spiega", "oggi")
    assert code == 2 and "CERCAFOTO_OGGI vuole una data come 2024-06-15" in err


def test_cerca_explains_what_there_is_to_tell(cli: Cli, indexed: Path) -> None:
    # Cerca tells its reading only when there is something to tell.
    assert "cerco" not in cli("cerca", "rosso")[2]
    assert "senza: gatti" in cli("cerca", "rosso senza gatti")[2]
    assert cli("cerca", "rosso senza gatti", "--quieto")[2] == ""
    code, out, err = cli("cerca", "rosso senza gatti", "--json")
    assert (code, err) == (0, "")
    query = json.loads(out)["query"]
    assert (query["text"], query["exclude"]) == ("rosso", ["gatti"])
    assert query["reading"] == "cerco: «rosso», senza: gatti"
    # Cerca letter by letter.
    code, out, _ = cli("cerca", "rosso senza gatti", "--letterale", "--json")
    assert code == 0
    assert json.loads(out)["query"]["text"] == "rosso senza gatti"
    # Cerca explains.
    out = cli("cerca", "rosso senza gatti", "--spiega")[1]
    assert "escluso  «senza gatti»: senza: gatti" in out
    data = json.loads(cli("cerca", "rosso senza gatti", "--spiega", "--json")[1])
    assert [part["words"] for part in data["parts"]] == ["rosso", "senza gatti"]
    code, out, err = cli("cerca", "rosso senza gatti", "--spiega", "--percorsi")
    assert code == 0
    assert "«senza gatti»" in err and "«senza gatti»" not in out
    # A word with a minus is left out and a mistyped option is told.
    assert "senza: neve" in cli("cerca", "rosso", "-neve", "-n", "3")[2]
    assert cli("cerca", "rosso", "-n3")[0] == 0
    assert cli("cerca", "rosso", "-qn", "3")[0] == 0
    code, _, err = cli("cerca", "rosso", "-luogo", "Roma")
    assert code == 2
    assert "L'opzione -luogo non esiste" in err and "Forse intendevi: --luogo" in err
    assert cli("cerca", "rosso", "--parola-chiave", "-zia")[0] == 0
    assert cli("cerca", "rosso", "--luoogo", "Roma")[0] == 2
    assert cli("cerca", "rosso", "-x")[0] == 2
