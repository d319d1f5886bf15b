"""cercafoto index, stato and pulisci: their messages and JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

from cercafoto import Settings
from tests.conftest import PAINT, Cli, paint


def test_the_report_says_what_happened(cli: Cli, indexed: Path) -> None:
    (indexed / "rosso.png").rename(indexed / "spostata.png")
    (indexed / "verde.png").unlink()
    shutil.copy(indexed / "blu.png", indexed / "copia.png")
    paint(indexed / "giallo.png", (3, 3, 3), size=(9, 9))
    for i in range(5):
        (indexed / f"rotta{i}.jpg").write_text("ciao")
    (indexed / "vuota.png").touch()
    code, out, err = cli("index")
    assert (code, out) == (3, "")
    first, known, bad, *rest = err.splitlines()
    assert first.startswith("1 foto nuova, 1 modificata, 1 spostata, 2 invariate, 1 scomparsa (")
    assert " s, " in first and first.endswith(" foto al secondo).")
    assert known == "2 foto riconosciute dal contenuto: non c'era niente da rianalizzare."
    assert bad.startswith("6 file illeggibili, saltati: verranno riprovati se cambiano")
    assert rest[0].startswith("  5 file: non è una foto")
    assert rest[1:4] == [f"    {indexed / f'rotta{i}.jpg'}" for i in range(3)]
    assert rest[4] == "    e 2 altri"
    assert rest[5].startswith("  1 file: ") and rest[6] == f"    {indexed / 'vuota.png'}"
    assert "--riprova" in bad and "stato --problemi" in rest[7]
    assert len(cli("stato", "--problemi")[1].splitlines()) == 6
    code, _, again = cli("index")
    first, *rest = again.splitlines()
    assert (code, first[:20]) == (0, "5 foto invariate (0,")
    assert rest == [
        "6 file illeggibili già noti: «cercafoto stato --problemi» dice quali e perché."
    ]


def test_what_could_not_be_read_before_is_one_line_beside_what_is_new(
    cli: Cli, indexed: Path
) -> None:
    (indexed / "vecchia.jpg").write_text("ciao")
    assert cli("index")[0] == 3
    (indexed / "nuova.jpg").write_text("ciao")
    code, _, err = cli("index")
    assert code == 3 and "vecchia.jpg" not in err
    assert "1 file illeggibile, saltato: verrà riprovato se cambia" in err
    assert f"    {indexed / 'nuova.jpg'}\n" in err
    assert "1 file illeggibile già noto: «cercafoto stato --problemi» dice quale e perché." in err
    data = json.loads(cli("index", "--json")[1])
    assert len(data["problems"]) == 2 and data["old_problems"] == data["problems"]
    (indexed / "vecchia.jpg").write_text("salve, di nuovo")  # another file, and no photo either
    code, _, err = cli("index")
    assert code == 3 and "vecchia.jpg" in err and "nuova.jpg" not in err
    code, _, err = cli("index", "--riprova")
    assert code == 3 and "vecchia.jpg" in err and "nuova.jpg" in err


def test_the_report_in_json(cli: Cli, indexed: Path) -> None:
    (indexed / "rosso.png").rename(indexed / "spostata.png")
    (indexed / "rotta.jpg").write_text("ciao")
    data = json.loads(cli("index", "--json")[1])
    numbers = {name: value for name, value in data.items() if type(value) is int and value}
    assert numbers == {"moved": 1, "unchanged": 4, "recognised": 1}
    ((why, number),) = data["problem_reasons"].items()
    assert number == 1 and data["problems"][0]["reason"].startswith(why)
    assert data["photos_per_second"] == 0
    assert data["seconds"] > 0
    (indexed / "rotta.jpg").unlink()
    paint(indexed / "nuova.png", (1, 1, 1))
    assert json.loads(cli("index", "--json")[1])["photos_per_second"] > 0
    # A disk that is not there is one warning.
    indexed.rename(indexed.parent / "via")
    code, out, err = cli("index")
    assert (code, out) == (3, "")
    assert f"{indexed}: non c'è. Quello che l'archivio ne sa resta com'è." in err
    assert err.count(str(indexed)) == 1
    assert "collegalo" in err and "--dimentica" in err
    assert json.loads(cli("stato", "--json")[1])["photos"] == 6


def test_exclusions_are_shown_and_taken_back(cli: Cli, indexed: Path) -> None:
    paint(indexed / "bozze" / "x.png", (3, 3, 3))
    code, _, err = cli("index", "--escludi", "bozze/", "--escludi", "r*.png")
    assert code == 0 and "1 esclusa" in err
    out = cli("stato")[1]
    assert f"«bozze/» in {indexed}" in out and f"«r*.png» in {indexed}" in out
    assert "Escluse" in out
    data = json.loads(cli("stato", "--json")[1])
    assert data["exclusions"][0] == {"path": str(indexed), "pattern": "bozze/"}
    assert (data["excluded"], data["photos"]) == (1, 4)
    assert cli("index", "--riammetti", "mai")[0] == 2
    assert "1 foto ritrovata" in cli("index", "--riammetti", "r*.png")[2]
    assert [e["pattern"] for e in json.loads(cli("stato", "--json")[1])["exclusions"]] == ["bozze/"]
    code, _, err = cli("index", indexed / "bozze")
    assert code == 2 and "escluso" in err


def test_labels_to_give_again_are_told(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "le etichette.txt"
    labels.write_text("rosso\nblu\n", "utf-8")
    cli("tag", "--labels", labels)
    paint(indexed / "rosso.png", PAINT["blu"], size=(9, 9))
    err = cli("index")[2]
    assert "1 foto modificata aspetta di nuovo le etichette" in err
    shutil.copy(indexed / "rosso.png", indexed / "copia.png")
    assert "2 foto modificate aspettano di nuovo le etichette" in cli("index")[2]
    (line,) = [x for x in cli("stato")[1].splitlines() if x.startswith("Da rietichettare")]
    assert line.endswith(f"2 foto modificate: cercafoto tag --labels '{labels}'")
    status = json.loads(cli("stato", "--json")[1])
    assert status["stale_labels"] == [{"labels": str(labels), "photos": 2}]
    cli("tag", "--labels", labels)
    assert "Da rietichettare" not in cli("stato")[1]
    assert "etichette" not in cli("index")[2]


def test_pulisci_says_first(cli: Cli, indexed: Path, settings: Settings) -> None:
    assert "niente da togliere" in cli("pulisci")[2]
    (indexed / "rosso.png").unlink()
    cli("index")
    code, out, err = cli("pulisci")
    assert (code, out) == (0, f"{indexed / 'rosso.png'}: non c'è più\n")
    assert "1 foto che non c'è più" in err and "--conferma" in err
    data = json.loads(cli("pulisci", "--json")[1])
    assert (data["done"], data["missing"]) == (False, [str(indexed / "rosso.png")])
    assert json.loads(cli("stato", "--json")[1])["missing"] == 1
    code, out, err = cli("pulisci", "--conferma")
    assert (code, out) == (0, "")
    assert "Tolte dall'archivio: 1 foto. " in err
    assert json.loads(cli("stato", "--json")[1])["missing"] == 0
    assert json.loads(cli("pulisci", "--conferma", "--json")[1])["deleted"]["photos"] == 0
    assert cli("pulisci", "--dimentica", "/mai/vista")[0] == 2
    (indexed / "blu.png").unlink()
    cli("index")
    only = indexed / "verde.png"
    said = cli("pulisci", "--dimentica", only)[2]
    assert f"Da togliere dall'archivio: 1 foto in {only}, e niente altrove.\n" in said
    said = cli("pulisci", "--dimentica", only, "--conferma")[2]
    assert f"Tolte dall'archivio: 1 foto in {only}, e niente altrove. " in said
    assert "Da togliere dall'archivio: 1 foto che non c'è più.\n" in cli("pulisci")[2]


NAMES = [
    b"a\nb\tc.png",
    b"  spazi .png",
    "🌊🏖️ 👩‍👩‍👧.png".encode(),
    unicodedata.normalize("NFC", "perché.png").encode(),
    unicodedata.normalize("NFD", "perché.png").encode(),
    b"x" * 251 + b".png",
    b"\xff\xfe.png",
    b"-rf.png",
    b"\x1b[31mrosso.png",
    "\u202egnp.png".encode(),  # turns the text around
]


def test_any_name_is_indexed_printed_safely_and_exact_for_programs(
    cli: Cli, tmp_path: Path
) -> None:
    folder = os.fsencode(tmp_path / "f")
    os.mkdir(folder)
    made = set()
    for number, name in enumerate(NAMES):
        path = os.path.join(folder, name)
        try:
            os.rename(paint(tmp_path / "a.png", (200, number, 0)), path)
        except OSError:
            continue
        made.add(path)
    bad = os.path.join(folder, b"rotta\n\xff.jpg")
    with open(bad, "wb") as stream:
        stream.write(b"ciao")
    assert len(made) >= 6
    code, _, err = cli("index", tmp_path / "f")
    assert code == 3
    assert "rotta\\n�.jpg" in err
    problems = json.loads(cli("stato", "--problemi", "--json")[1])
    assert [os.fsencode(one["path"]) for one in problems] == [bad]
    done = subprocess.run(
        [sys.executable, "-m", "cercafoto", "cerca", "rosso", "-n", "20", "-0"],
        capture_output=True,
    )
    assert set(done.stdout.split(b"\0")[:-1]) == made
    hits = json.loads(cli("cerca", "rosso", "-n", "20", "--json")[1])["hits"]
    assert {os.fsencode(hit["path"]) for hit in hits} == made
    table = cli("cerca", "rosso", "-n", "20")[1]
    assert table.count("\n") == len(made) + 1
    assert "\x1b" not in table and "\u202e" not in table
    for path in made:
        os.unlink(path)
    cli("index")
    gone = json.loads(cli("pulisci", "--json")[1])["missing"]
    assert {os.fsencode(path) for path in gone} == made
    listed = cli("pulisci")[1]
    assert listed.count("\n") == len(made) and "\x1b" not in listed
