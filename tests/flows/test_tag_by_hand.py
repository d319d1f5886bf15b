"""cercafoto tag --aggiungi, --togli and --dimentica: messages and sidecars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from tests.conftest import Cli
from tests.flows.test_tag_xmp import sidecars, snapshot


@pytest.fixture
def indexed(cli: Cli, photos: Path) -> Path:
    """Return an archive of five one-colour photos, with label files."""
    assert cli("index", photos)[0] == 0
    (photos.parent / "e.txt").write_text("tinta > rosso\ntinta > blu\n", "utf-8")
    return photos


def test_given_and_taken_away_in_words(cli: Cli, indexed: Path) -> None:
    red, blue = indexed / "rosso.png", indexed / "blu.png"
    said = cli("tag", "--aggiungi", "zia Pina", red, blue)
    assert said == (0, "Etichetta «zia Pina» data a 2 foto.\n", "")
    said = cli("tag", "--aggiungi", "Zia pina", "--aggiungi", "gita", indexed)
    assert said == (
        0,
        "Etichetta «zia Pina» data a 3 foto; 2 foto l'avevano già.\n"
        "Etichetta «gita» data a 5 foto.\n",
        "",
    )
    said = cli("tag", "--togli", "gita", "--prova", indexed)
    assert said == (0, "Etichetta «gita» sarebbe tolta a 5 foto.\n", "")
    said = cli("tag", "--togli", "gita", red)
    assert said == (0, "Etichetta «gita» tolta a 1 foto.\n", "")
    said = cli("tag", "--togli", "gita", red)
    assert said == (0, "Etichetta «gita»: 1 foto non l'aveva.\n", "")
    said = cli("tag", "--aggiungi", "gita", "--togli", "zia Pina", red, indexed / "via.png")
    assert said[:2] == (
        3,
        "Etichetta «gita» data a 1 foto.\nEtichetta «zia Pina» tolta a 1 foto.\n",
    )
    assert f"{indexed}/via.png: non è nell'archivio" in said[2]
    hits = json.loads(cli("cerca", "--etichetta", "gita", "--json")[1])["hits"]
    assert len(hits) == 5


def test_json(cli: Cli, indexed: Path) -> None:
    blue = indexed / "blu.png"
    out = json.loads(cli("tag", "--aggiungi", "mare", blue, "--json", "--prova")[1])
    assert out == {
        "rehearsal": True,
        "added": [{"label": "mare", "photos": 1, "others": 0}],
        "removed": [],
        "photos": [str(blue)],
        "unknown": [],
    }
    cli("tag", "--labels", indexed.parent / "e.txt")
    out = json.loads(cli("tag", "--dimentica", "e.txt", "--json")[1])
    assert out["rehearsal"] is True and out["photos"] == 2
    out = json.loads(cli("tag", "--dimentica", "e.txt", "--conferma", "--json")[1])
    assert out["rehearsal"] is False
    assert (out["label_file"], out["photos"]) == (str(indexed.parent / "e.txt"), 2)
    assert {"label": "tinta", "photos": 2} in out["removed"]


def test_sidecars_get_what_is_given_and_lose_what_is_taken_away(cli: Cli, indexed: Path) -> None:
    before = snapshot(indexed)
    labels = indexed.parent / "e.txt"
    cli("tag", "--labels", labels, "--xmp")
    red = indexed / "rosso.png"
    code, out, err = cli("tag", "--aggiungi", "zia Pina", "--xmp", "--prova", red)
    assert (code, err) == (0, "File .xmp: 1 da scrivere.\n")
    assert out.startswith("Etichetta «zia Pina» sarebbe data a 1 foto.\n--- ")
    assert "+     <rdf:li>zia Pina</rdf:li>" in out
    assert cli("tag", "--aggiungi", "zia Pina", "--xmp", red)[2] == "File .xmp: 1 scritto.\n"
    assert sidecars(indexed)["rosso.png.xmp"] == ["tinta", "rosso", "zia Pina"]
    cli("tag", "--togli", "rosso", "--xmp", red)
    assert sidecars(indexed)["rosso.png.xmp"] == ["tinta", "zia Pina"]
    cli("tag", "--togli", "zia Pina", "--xmp", red)
    assert sidecars(indexed)["rosso.png.xmp"] == ["tinta"]
    for _ in range(4):
        assert cli("tag", "--annulla")[0] == 0
    assert snapshot(indexed) == before


def test_a_label_file_takes_the_persons_labels_along(
    cli: Cli, indexed: Path, library: Library
) -> None:
    library.labels.give([indexed / "verde.png"], ["prato"])
    assert cli("tag", "--labels", indexed.parent / "e.txt", "--xmp")[0] == 0
    assert sidecars(indexed) == {
        "blu.png.xmp": ["tinta", "blu"],
        "rosso.png.xmp": ["tinta", "rosso"],
        "verde.png.xmp": ["prato"],
    }
    library.labels.give([indexed / "verde.png"], remove=["prato"])
    cli("tag", "--labels", indexed.parent / "e.txt", "--xmp")
    assert sidecars(indexed)["verde.png.xmp"] == []


def test_what_the_person_gave_comes_back_from_sidecars_as_a_keyword(
    cli: Cli, indexed: Path, settings: Settings, tmp_path: Path
) -> None:
    cli("tag", "--labels", indexed.parent / "e.txt", "--xmp")
    cli("tag", "--aggiungi", "zia Pina", "--xmp", indexed / "rosso.png")
    cli("index", indexed, "--archivio", tmp_path / "nuovo")

    def found(keyword: str) -> list[str]:
        words = ("--parola-chiave", keyword, "--json", "--archivio", tmp_path / "nuovo")
        return [hit["path"] for hit in json.loads(cli("cerca", *words)[1])["hits"]]

    assert found("zia Pina") == [str(indexed / "rosso.png")]
    assert found("rosso") == []


def test_a_label_file_is_taken_back_though_it_is_gone(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "e.txt"
    cli("tag", "--labels", labels, "--xmp")
    cli("tag", "--aggiungi", "gita", "--xmp", indexed / "blu.png")
    labels.unlink()
    for alias in ((), ("--prova",)):
        code, out, err = cli("tag", "--dimentica", "e.txt", "--xmp", *alias)
        assert code == 0
        assert out.startswith("Da togliere le etichette date da «e.txt» a 2 foto: tinta 2, blu 1,")
        assert err == (
            "File .xmp: 2 da scrivere, 3 già a posto.\nPer farlo davvero aggiungi --conferma.\n"
        )
    code, out, err = cli("tag", "--dimentica", labels, "--xmp", "--conferma")
    assert (code, out) == (
        0,
        "Tolte le etichette date da «e.txt» a 2 foto: tinta 2, blu 1, rosso 1.\n",
    )
    assert sidecars(indexed) == {"blu.png.xmp": ["gita"], "rosso.png.xmp": []}
    code, _, err = cli("tag", "--dimentica", labels, "--conferma")
    assert code == 2
    assert "Nessuna foto ha etichette date da" in err
    assert "Nessun file di etichette ne ha date." in err
