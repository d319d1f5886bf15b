"""Answers without photos say why: on the command line, in JSON, on the page and on the screen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cercafoto.results.answer import sentence
from tests.conftest import Cli


def cells(cli: Cli, *question: str) -> tuple[list[str], str]:
    """Return the reasons in the JSON, and the text for a person."""
    told = json.loads(cli("cerca", *question, "--json")[1])
    return told.get("reasons", []), cli("cerca", *question)[2]


def test_the_filter_that_no_photo_passes_is_named(cli: Cli, indexed: Path) -> None:
    for question, reason in (
        (["nel 1952"], "nessuna foto ha una data"),
        (["foto di sera"], "di nessuna foto si sa l'ora"),
        (["nel weekend"], "di nessuna foto si sa il giorno"),
        (["--luogo", "Roma"], "nessuna foto ha una posizione"),
        (["--fotocamera", "Canon"], "di nessuna foto si sa la fotocamera"),
        (["--stelle", "3"], "nessuna foto ha stelle"),
        (["screenshot"], "il filtro «schermate» non lascia nessuna foto"),
        (["--formato", "heic"], "il filtro «formato: heic» non lascia nessuna foto"),
    ):
        reasons, said = cells(cli, *question)
        assert reasons == [reason]
        assert said.endswith(f"Nessuna foto corrisponde. {sentence(reason)}\n")


def test_the_photos_without_a_date_are_counted(cli: Cli, indexed: Path) -> None:
    dated = indexed / "1961"
    dated.mkdir()
    shutil.move(indexed / "rosso.png", dated / "rosso.png")
    others = len([path for path in indexed.iterdir() if path.is_file()])
    assert cli("index", indexed)[0] == 0
    reasons, said = cells(cli, "nel 1952")
    assert reasons[0] == f"{others} foto non hanno data"
    assert reasons[1].startswith("il filtro «del 1952» non lascia")
    assert f"Nessuna foto corrisponde. {others} foto non hanno data. Il filtro «del" in said
    assert cells(cli, "nel 1961") == ([], cells(cli, "nel 1961")[1])
    # No photo that passes the filter is likely; photos with missing data might be.
    reasons, said = cells(cli, "nero nel 1961")
    assert reasons == [f"{others} foto non hanno data"]
    assert f"Probabilmente non c'è. {others} foto non hanno data. La più somigliante:\n" in said


def test_filters_that_exclude_one_another(cli: Cli, indexed: Path) -> None:
    (indexed / "1961").mkdir()
    shutil.move(indexed / "rosso.png", indexed / "1961/rosso.png")
    assert cli("index", indexed)[0] == 0
    reasons, _ = cells(cli, "nel 1961", "--fuori", str(indexed / "1961"))
    assert reasons[-1] == "i filtri insieme non lasciano nessuna foto"


def test_an_archive_without_photos(cli: Cli, photos: Path) -> None:
    assert cli("index", photos)[0] == 0
    shutil.rmtree(photos)
    photos.mkdir()
    (photos / "nota.txt").write_text("niente")
    assert cli("pulisci", "--dimentica", photos, "--conferma")[0] == 0
    reasons, said = cells(cli, "rosso")
    assert reasons == ["l'archivio è vuoto: aggiungi foto con «cercafoto index CARTELLA»"]
    assert "corrisponde. L'archivio è vuoto: aggiungi foto" in said


def test_names_of_people_without_any(cli: Cli, indexed: Path) -> None:
    reasons, _ = cells(cli, "--persona", "Boh")
    assert reasons == [
        "il filtro «con Boh» non lascia nessuna foto", "in nessuna foto ci sono nomi di persone"
    ]  # fmt: skip


def test_a_disk_that_is_not_connected(cli: Cli, indexed: Path) -> None:
    away = indexed.with_name("altrove")
    indexed.rename(away)
    reasons, _ = cells(cli, "nel 1952", "--in", str(indexed))
    assert reasons[-1] == f"il disco di {indexed} non è collegato"
    code, _, said = cli("cerca", "rosso", "--in", "/media/mai/visto")
    assert code == 2 and "se è su un disco esterno, collegalo" in said


def test_a_place_is_no_filter_where_no_photo_has_a_position(cli: Cli, indexed: Path) -> None:
    said = cli("cerca", "rosso a Roma")[2]
    assert "«a Roma» non fa da filtro: nessuna foto ha una posizione" in said
