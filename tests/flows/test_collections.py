"""Kept questions: `cerca --salva`, `cerca --raccolta`, `raccolte`."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library, Settings
from cercafoto.labels.sidecars.merge import keywords
from cercafoto.question.filters.filter import Filters
from cercafoto.question.question import Question
from cercafoto.search import collection_photos
from tests.conftest import Cli, paint


def kept(cli: Cli, *options: str | Path) -> dict[str, dict[str, Any]]:
    """Return the name of each collection with its entry in `raccolte --json`."""
    code, out, err = cli("raccolte", *options, "--json")
    assert code == 0, err
    return {each["name"]: each for each in json.loads(out)}


def names(each: dict[str, Any]) -> list[str]:
    return sorted(Path(path).stem for path in each["paths"])


def found(cli: Cli, *asked: str | Path) -> set[str]:
    code, out, err = cli("cerca", *asked, "--percorsi", "-n", "50")
    assert code == 0, err
    return {Path(line).stem for line in out.splitlines()}


def test_a_question_is_kept_and_asked_again_with_more(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    code, _, err = cli("cerca", "rosso", "--salva", "Cose rosse")
    assert code == 0 and "Salvata la raccolta «Cose rosse»: " in err
    first = names(kept(cli)["Cose rosse"])
    assert "rosso" in first and len(first) < 5
    assert found(cli, "--raccolta", "cose ROSSE") == set(first)
    paint(indexed / "sera" / "rosso2.png", (240, 20, 20))
    assert cli("index")[0] == 0
    assert names(kept(cli)["Cose rosse"]) == sorted([*first, "rosso2"])
    assert found(cli, "--raccolta", "Cose rosse", "--in", indexed / "sera") == {"rosso2"}
    assert cli("cerca", "--raccolta", "Cose rosse", "--conta")[1] == f"{len(first) + 1}\n"
    assert cli("cerca", "--raccolta", "Rosse")[2].startswith(
        "cercafoto: Non c'è nessuna raccolta «Rosse».\nCi sono: «Cose rosse»."
    )
    # The tab key offers the names.
    from cercafoto.indexing.completion_names import names_of

    cli("cerca", "rosso", "--salva", "Mare vuoto")
    assert names_of(settings, "collection") == ["Cose rosse", "Mare vuoto"]


def test_every_part_of_a_question_is_kept(cli: Cli, indexed: Path) -> None:
    example = indexed / "blu.png"
    typed = ("--come", example, "--fuori", indexed / "x", "--min", "50%", "--senza", "gatti",
             "--senza-video")  # fmt: skip
    (indexed / "x").mkdir()
    shutil.copy(indexed / "verde.png", indexed / "x")
    cli("index")
    assert cli("cerca", *typed, "--salva", "Blu")[0] == 0
    assert kept(cli)["Blu"]["question"] == (
        f"--come {example} --fuori {indexed / 'x'} --senza-video --senza gatti --min 50%"
    )
    assert set(names(kept(cli)["Blu"])) == found(cli, *typed)


def test_a_name_is_given_once_and_its_question_changed_when_asked(cli: Cli, indexed: Path) -> None:
    assert cli("cerca", "rosso", "--salva", "Mie")[0] == 0
    code, _, err = cli("cerca", "blu", "--salva", "mie")
    assert code == 2 and "La raccolta «Mie» c'è già." in err and "--sovrascrivi" in err
    assert kept(cli)["Mie"]["question"] == "rosso"
    assert cli("raccolte", "Mie", "--mai", indexed / "blu.png")[0] == 0
    assert cli("cerca", "blu", "--salva", "mie", "--sovrascrivi")[0] == 0
    assert kept(cli)["Mie"]["question"] == "blu"
    assert "blu" not in names(kept(cli)["Mie"])  # what was said by hand stays
    code, _, err = cli("raccolte", "--togli", "MIE")
    assert code == 0 and "Tolta la raccolta «Mie» (blu)." in err
    assert kept(cli) == {}
    assert cli("raccolte", "--togli", "Mie")[0] == 2


def test_a_question_kept_before_there_was_a_limit_is_told_and_stops_nothing(
    cli: Cli, indexed: Path
) -> None:
    assert cli("cerca", "blu", "--salva", "Blu")[0] == 0
    with pytest.MonkeyPatch.context() as before:
        for module in ("query", "question"):
            before.setattr(f"cercafoto.question.{module}.MOST_LETTERS", 2000)
        assert cli("cerca", "rosso " * 200, "--salva", "Lunga")[0] == 0
    code, _, err = cli("cerca", "--raccolta", "Lunga")
    assert code == 2 and "La domanda ha 1.200 lettere: al massimo sono 1.000." in err
    _, out, err = cli("raccolte")
    assert "Blu" in out and "Lunga" in out + err and "inatteso" not in err, (out, err)
    assert cli("raccolte", "--togli", "Lunga")[0] == 0


def test_keeping_writes_once_and_means_the_same_elsewhere(
    cli: Cli, indexed: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def transactions() -> int:
        with closing(sqlite3.connect(library.settings.catalog)) as db:
            return int(db.execute("SELECT value FROM meta WHERE key = 'changes'").fetchone()[0])

    before = transactions()
    monkeypatch.chdir(indexed)
    library.collections.keep("Blu", Question(like=(Path("blu.png"),)))
    assert transactions() == before + 1
    monkeypatch.chdir("/")
    assert kept(cli)["Blu"]["question"] == f"--come {indexed / 'blu.png'}"
    assert "viola" in names(kept(cli)["Blu"])
    assert kept(cli, "--nuove")["Blu"]["paths"] == []


def test_what_is_said_by_hand_is_written_whole_or_not_at_all(cli: Cli, indexed: Path) -> None:
    cli("cerca", "rosso", "--salva", "R")
    there, missing = indexed / "blu.png", indexed / "manca.png"
    code, _, err = cli("raccolte", "R", "--sempre", there, "--mai", missing)
    assert code == 2 and "manca.png" in err
    assert kept(cli)["R"]["always"] == []


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\nb\x07"])
def test_a_name_that_cannot_be_one(cli: Cli, indexed: Path, name: str) -> None:
    code, _, err = cli("cerca", "rosso", "--salva", name)
    assert (code, kept(cli)) == (2, {}), err


def test_a_collection_asks_among_another_but_never_among_itself(cli: Cli, indexed: Path) -> None:
    assert cli("cerca", "rosso", "--salva", "A")[0] == 0
    assert cli("cerca", "--raccolta", "A", "--salva", "B")[0] == 0
    assert names(kept(cli)["B"]) == names(kept(cli)["A"])
    for again in ("A", "B"):
        code, _, err = cli("cerca", "--raccolta", again, "--salva", "A", "--sovrascrivi")
        assert code == 2 and "dentro sé stessa" in err
    cli("raccolte", "--togli", "A")
    code, out, err = cli("raccolte")
    assert code == 1 and "B" in out and "Non c'è nessuna raccolta «A»." in err


def test_what_is_said_by_hand_is_kept_and_taken_back(cli: Cli, indexed: Path) -> None:
    cli("cerca", "rosso", "--salva", "R")
    before = names(kept(cli)["R"])
    blue, red = indexed / "blu.png", indexed / "rosso.png"
    assert "blu" not in before
    assert cli("raccolte", "R", "--sempre", blue, "--mai", red)[0] == 0
    each = kept(cli, "R")["R"]
    assert names(each) == sorted({*before, "blu"} - {"rosso"})
    assert names(kept(cli, "--nuove")["R"]) == []  # the person put it there
    assert (each["always"], each["never"]) == ([str(blue)], [str(red)])
    assert cli("raccolte", "R", "--se-risponde", blue, "--se-risponde", red)[0] == 0
    assert names(kept(cli)["R"]) == before
    code, _, err = cli("raccolte", "R", "--mai", indexed / "manca.png")
    assert code == 2 and "non è nell'archivio" in err


def test_a_new_name_is_known_to_those_that_search_in_it(
    cli: Cli, indexed: Path, tmp_path: Path
) -> None:
    cli("cerca", "rosso", "--salva", "R")
    cli("cerca", "blu", "--salva", "Blu")
    cli("cerca", "--raccolta", "R", "--salva", "Dentro")
    cli("raccolte", "R", "--sempre", indexed / "blu.png")
    cli("raccolte", "--cartella", tmp_path / "Raccolte")
    before = names(kept(cli)["R"])
    assert [*kept(cli, "r", "--rinomina", " Cose  rosse ")] == ["Cose rosse"]
    assert names(kept(cli)["Cose rosse"]) == names(kept(cli)["Dentro"]) == before
    assert kept(cli)["Dentro"]["question"] == "--raccolta 'Cose rosse'"
    assert {each.name for each in (tmp_path / "Raccolte").glob("*.m3u8")} == {
        "Blu.m3u8", "Cose rosse.m3u8", "Dentro.m3u8"}  # fmt: skip
    kept(cli, "cose rosse", "--rinomina", "COSE ROSSE")  # other capitals are the same name
    for wrong, why in (("blu", "c'è già"), (" ", "vuoto"), ("x" * 81, "non può essere il nome")):
        code, _, err = cli("raccolte", "Cose rosse", "--rinomina", wrong)
        assert code == 2 and why in err
    assert cli("raccolte", "--rinomina", "X")[0] == cli("raccolte", "Z", "--rinomina", "X")[0] == 2
    cli("cerca", "verde nella raccolta cose rosse al mare", "--salva", "A parole")
    kept(cli, "cose rosse", "--rinomina", "R")
    assert kept(cli)["A parole"]["question"] == "verde nella raccolta R al mare"
    # Only the person can say what these words mean then.
    cli("cerca", "giallo", "--salva", "Y al mare")
    code, _, err = cli("raccolte", "R", "--rinomina", "Y")
    assert code == 2 and "«A parole» nomina «R», e con «Y» direbbe un'altra cosa" in err
    assert {*kept(cli)} == {"R", "Blu", "Dentro", "A parole", "Y al mare"}


def test_new_photos_are_listed_once(cli: Cli, indexed: Path) -> None:
    cli("cerca", "rosso", "--salva", "R")
    code, out, err = cli("raccolte", "--nuove")
    assert (code, out) == (0, "") and "niente di nuovo" in err
    paint(indexed / "rosso2.png", (240, 20, 20))
    cli("index")
    assert names(kept(cli, "--nuove")["R"]) == ["rosso2"]
    assert names(kept(cli, "--nuove")["R"]) == []
    paint(indexed / "rosso3.png", (245, 25, 20))
    cli("index")
    code, out, _ = cli("raccolte", "--nuove")
    assert (code, out) == (0, f"R:\n  {indexed / 'rosso3.png'}\n")


def test_a_collection_outlives_repairs_cleaning_and_an_edited_photo(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    cli("cerca", "rosso", "--salva", "R")
    cli("raccolte", "R", "--mai", indexed / "rosso.png", "--sempre", indexed / "blu.png")
    paint(indexed / "rosso.png", (251, 12, 11))  # edited: what was said is about this photo
    cli("index")
    assert "rosso" not in names(kept(cli)["R"])
    moved = indexed.parent / "blu.png"
    (indexed / "blu.png").rename(moved)
    cli("index")
    assert "blu" not in names(kept(cli)["R"])
    assert cli("pulisci", "--conferma")[0] == 0
    moved.rename(indexed / "blu.png")
    cli("index")
    assert "blu" in names(kept(cli)["R"])
    with closing(sqlite3.connect(settings.catalog)) as db, settings.catalog.open("r+b") as file:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    assert not Library(settings).check().sound
    assert cli("controlla", "--ripara")[0] in (0, 3)
    assert list(settings.archive.glob("catalogo.danneggiato-*"))  # a new one was made
    assert "blu" in names(kept(cli)["R"]) and "rosso" not in names(kept(cli)["R"])


def test_a_damaged_question_is_shown_and_kept_as_it_reads(
    cli: Cli, indexed: Path, settings: Settings
) -> None:
    cli("cerca", "rosso", "--salva", "R")
    cli("cerca", "blu", "--salva", "B")
    with closing(sqlite3.connect(settings.catalog)) as db:
        for sql in (
            "DROP TRIGGER collections_changed",
            "UPDATE collections SET question = replace(question, 'rosso', 'rosse') WHERE id = 1",
            "UPDATE collections SET question = substr(question, 5) WHERE id = 2",
        ):
            db.execute(sql)
        db.commit()
    assert cli("raccolte")[0] == 1
    _, out, err = cli("controlla", "--ripara")
    assert "«R»: rosse; «B»: perduta" in out + err
    assert {name: each["question"] for name, each in kept(cli).items()} == {"R": "rosse"}


def test_a_question_of_a_newer_version_costs_only_itself(
    cli: Cli, indexed: Path, settings: Settings, tmp_path: Path
) -> None:
    cli("cerca", "rosso", "--senza-video", "--salva", "Futura")
    cli("cerca", "rosso", "--salva", "R")
    with Library(settings).local().writing() as catalog, catalog.transaction():
        catalog.execute("UPDATE collections SET question = replace(question, 'no_vid', 'no_aud')")
    code, out, err = cli("raccolte")
    assert code == 1 and "domanda illeggibile" in out and "«Futura» non si legge" in err
    assert "Aggiorna cercafoto" in err  # and what to do
    assert found(cli, "--raccolta", "R") == set(names(json.loads(cli("raccolte", "--json")[1])[1]))
    assert cli("cerca", "--raccolta", "Futura")[0] == 1
    assert cli("raccolte", "--cartella", tmp_path / "là")[0] == 3
    assert list((tmp_path / "là" / "R").glob("*rosso.png"))
    gone = {"name": "Futura", "question": "domanda illeggibile"}
    code, out, err = cli("raccolte", "--togli", "Futura", "--json")
    assert (code, json.loads(out), err) == (0, gone, "")
    assert list(kept(cli)) == ["R"]
    gone = {"name": "R", "question": "rosso"}
    assert json.loads(cli("raccolte", "--togli", "r", "--json")[1]) == gone


def test_the_names_go_into_sidecars_and_come_out_again(cli: Cli, indexed: Path) -> None:
    cli("cerca", "rosso", "--salva", "Cose rosse")
    others = [indexed / f"{name}.png" for name in names(kept(cli)["Cose rosse"]) if name != "rosso"]
    cli("raccolte", "Cose rosse", *(word for path in others for word in ("--mai", path)))
    sidecar = indexed / "rosso.png.xmp"
    code, out, _ = cli("raccolte", "--xmp", "--prova")
    assert code == 0 and "Cose rosse" in out and not sidecar.exists()
    assert cli("raccolte", "--xmp")[0] == 0
    assert keywords(sidecar.read_bytes()) == ["Raccolte", "Cose rosse"]
    assert len(list(indexed.glob("*.xmp"))) == 1
    assert cli("tag", "--annulla")[0] == 0
    assert not sidecar.exists()
    cli("raccolte", "--xmp")
    cli("raccolte", "--togli", "Cose rosse")
    assert cli("raccolte", "--xmp")[0] == 0
    assert not sidecar.exists() or keywords(sidecar.read_bytes()) == []


def test_what_does_not_go_together(cli: Cli, indexed: Path, shared_address: str) -> None:
    for wrong in (
        ("cerca", "rosso", "--sovrascrivi"),
        ("cerca", "-", "--salva", "R"),
        ("raccolte", "--nuove", "--togli", "R"),
        ("raccolte", "--mai", indexed / "blu.png"),
        ("raccolte", "--fissi"),
        ("raccolte", "--prova"),
        ("raccolte", "R", "--nuove"),
        ("raccolte", "--senza-cartella"),
    ):
        assert cli(*wrong)[0] == 2, wrong
    assert cli("pubblica", shared_address, "--nome", "qui")[0] == 0
    for asked in (("raccolte",), ("cerca", "rosso", "--salva", "R"), ("cerca", "--raccolta", "R")):
        code, _, err = cli(*asked, "--archivio", shared_address)
        assert code == 2 and "condiviso" in err, err


def test_index_keeps_the_folder_true(cli: Cli, indexed: Path, tmp_path: Path) -> None:
    cli("cerca", "rosso", "--salva", "R")
    folder = tmp_path / "Raccolte"
    code, _, err = cli("raccolte", "--cartella", folder)
    before = len(list(folder.glob("R/*.png")))
    assert code == 0 and f"{folder}: 1 raccolta; {before} collegament" in err
    assert cli("index")[2].count("Raccolte") == 0
    paint(indexed / "rosso2.png", (240, 20, 20))
    assert f"{folder}: 1 raccolta; 1 collegamento aggiunto." in cli("index")[2]
    cli("cerca", "blu", "--salva", "B")
    assert list(folder.glob("B/*blu.png"))
    cli("raccolte", "R", "--mai", indexed / "rosso2.png")
    assert len(list(folder.glob("R/*.png"))) == before
    cli("raccolte", "--togli", "R")
    assert not (folder / "R").exists() and not (folder / "R.m3u8").exists()
    shutil.move(folder, tmp_path / "altrove")
    paint(indexed / "rosso3.png", (240, 20, 20))
    code, _, err = cli("index")
    assert code == 3 and "il disco è staccato?" in err
    shutil.move(tmp_path / "altrove", folder)
    assert cli("index")[0] == 0
    assert cli("raccolte", "--senza-cartella")[0] == 0
    assert [*folder.iterdir()] == []


def test_a_hundred_collections_are_looked_up_once(
    indexed: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = library.archive
    with archive.local().writing() as catalog, catalog.transaction():
        for number in range(100):
            question = Question(typed=Filters(orientation="orizzontale"))
            catalog.collections.keep(f"Raccolta {number}", question, 0.0)
    looked_up = list[str]()
    look_up = collection_photos._look_up
    monkeypatch.setattr(
        collection_photos,
        "_look_up",
        lambda archive, kept: looked_up.append(kept.name) or look_up(archive, kept),
    )
    for _ in range(2):
        with archive.reading():
            named = collection_photos.collections_of(archive, {1, 2})
    assert len(looked_up) == 100 and {len(names) for names in named.values()} <= {100}
