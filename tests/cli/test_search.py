"""cercafoto cerca: the table, the JSON and the paths that it prints, weights and feedback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cercafoto.results.photo_fields import DATA_KEYS
from tests.cli.test_main import fresh
from tests.conftest import Cli


def test_the_table_and_the_json_of_an_answer(cli: Cli, indexed: Path) -> None:
    # The json contract.
    code, out, err = cli("cerca", "rosso", "--json", "-n", "2")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert list(result) == ["query", "model", "verdict", "total", "sources", "hits"]
    assert result["query"]["text"] == "rosso"
    assert list(result["model"]) == ["name", "fingerprint"]
    assert result["verdict"] == "found"
    assert len(result["hits"]) == 2
    hit = result["hits"][0]
    keys = {"path", "score", "confidence", "taken_at", "width", "height", "tags"}
    more = {"word", "date_source", "evidence", "copies", "reachable"}
    assert set(hit) == {*keys, *more, *DATA_KEYS}
    assert (hit["word"], hit["date_source"]) == ("alta", None)
    assert Path(hit["path"]).is_absolute()
    assert hit["path"] == str(indexed / "rosso.png")
    assert -1 <= hit["score"] <= 1
    assert 0 <= hit["confidence"] <= 1
    # A table for people.
    code, out, err = cli("cerca", "rosso", "-q")
    assert (code, err) == (0, "")
    assert "%" not in out
    lines = out.splitlines()
    assert lines[0].split() == ["Fiducia", "Perché", "Foto"]
    assert lines[1].split()[:2] == ["1", "alta"]
    assert ["dal nome del file" in line for line in lines].index(True) == 1
    assert lines[1].endswith(str(indexed / "rosso.png"))
    # Only likely photos are listed; all photos if asked.
    assert len(lines) < 6
    assert len(cli("cerca", "rosso", "--tutte")[1].splitlines()) == 6
    assert len(cli("cerca", "rosso", "-n", "4")[1].splitlines()) == 5
    sure = cli("cerca", "rosso", "--min", "0.9", "--percorsi")[1].splitlines()
    assert sure == [str(indexed / "rosso.png")]
    for written in ("0,9", "90%"):
        assert cli("cerca", "rosso", "--min", written, "--percorsi")[1].splitlines() == sure
    # Where nothing corresponds the nearest three are shown.
    code, out, err = cli("cerca", "nero")
    assert (code, err) == (0, "Probabilmente non c'è. Le più somiglianti:\n")
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        ["1", "bassa"], ["2", "bassa"], ["3", "bassa"]
    ]  # fmt: skip
    code, out, err = cli("cerca", "nero", "--min", "0.5")
    assert (code, out, err) == (0, "", "Nessuna foto corrisponde.\n")
    # An answer that is not sure says so.
    code, out, err = cli("cerca", "marrone")
    assert code == 0
    assert err.startswith("Risultati incerti: controlla tu.\n")
    assert len(out.splitlines()) > 1
    assert cli("cerca", "marrone", "-q")[2] == ""
    # An order and a count.
    assert cli("cerca", "--in", indexed)[2].endswith("5 foto.\n")
    assert (
        cli("cerca", "--in", indexed, "-n", "2")[2] == "Le prime 2 di 5. Per vederle tutte: -n 5\n"
    )
    assert cli("cerca", "--in", indexed, "--conta")[1] == "5\n"
    by_name = cli("cerca", "rosso", "--ordina", "nome", "--percorsi", "-n", "5")[1].splitlines()
    assert by_name == sorted(by_name) and len(by_name) == 5
    code, _, err = cli("cerca", "rosso", "--ordina", "colore")
    assert code == 2 and "--ordina vuole data, vecchie, nome o fiducia, non «colore»" in err
    code, out, err = cli("cerca", "rosso", "--conta")
    assert (code, err) == (0, "") and out.strip().isdecimal() and out.count("\n") == 1
    for other in (["--json"], ["-0"], ["-n", "3"], ["--spiega"], ["--apri"]):
        code, out, err = cli("cerca", "rosso", "--conta", *other)
        assert (code, out) == (2, "") and "--conta" in err
    # A closed pipe is no error.
    program = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-m', 'cercafoto', 'cerca', 'rosso'], "
        "stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "p.stdout.close()\n"
        "print(p.stderr.read().decode(), p.wait())"
    )
    assert fresh(program).stdout.split() == ["0"]


def test_matrices_have_one_thread_unless_the_person_says_otherwise(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for before, after in (("4", "4"), ("", "1")):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", before)
        if not before:
            monkeypatch.delenv("OPENBLAS_NUM_THREADS")
        assert cli("cerca", "rosso")[0] == 0
        assert os.environ["OPENBLAS_NUM_THREADS"] == after


def test_parts_of_a_question_have_weights(cli: Cli, indexed: Path) -> None:
    def scores(*words: str) -> dict[str, float]:
        code, out, err = cli("cerca", *words, "--json")
        assert (code, err) == (0, "")
        return {Path(hit["path"]).stem: hit["score"] for hit in json.loads(out)["hits"]}

    both = scores("rosso + blu")
    assert set(list(both)[:3]) >= {"viola"} or set(list(both)[:2]) == {"rosso", "blu"}
    assert scores("rosso", "+", "blu") == both
    mostly = scores("rosso:3 + blu:0,2")
    assert next(iter(mostly)) == "rosso"
    assert mostly["rosso"] > both["rosso"] and mostly["blu"] < both["blu"]
    example = str(indexed / "blu.png")
    light = scores("rosso", "--come", f"{example}:0.1")
    heavy = scores("rosso", "--come", f"{example}:9")
    assert next(iter(light)) == "rosso" and next(iter(heavy)) == "blu"
    assert cli("cerca", "rosso:0 + blu:0")[0] == 2
    assert json.loads(cli("cerca", "rosso + blu", "--json")[1])["query"]["text"] == "rosso + blu"


def test_feedback_moves_the_answer(cli: Cli, indexed: Path) -> None:
    assert cli("cerca", "--piu", "1")[0] == 2  # nothing has been asked yet

    def names(*words: str) -> list[str]:
        code, out, err = cli("cerca", *words, "--percorsi", "-n", "5")
        assert code == 0, err
        return [Path(path).stem for path in out.splitlines()]

    first = names("rosso")
    again = names("--meno", "1", "--piu", "2")
    assert "rosso" not in again and again[0] == first[1]
    third = names("--meno", "1")
    assert "rosso" not in third and first[1] not in third, "what was said before is forgotten"
    code, _, err = cli("cerca", "--piu", "99")
    assert code == 2 and "numero 99" in err
