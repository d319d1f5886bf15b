"""cercafoto tag: its output, and the sidecars it writes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_main import Cli
from tests.conftest import paint


def test_tag_counts_lists_or_prints_json_and_cerca_filters(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    labels.write_text("# colori\nrosso\nmare: blu\n", encoding="utf-8")
    code, out, err = cli("tag", "--labels", labels)
    assert (code, err) == (0, "")
    assert out == "rosso 1, mare 1; 3 foto senza etichette.\n"
    code, out, err = cli("tag", "--labels", labels, "--elenco")
    assert (code, err) == (0, "")
    assert "rosso.png   rosso (fiducia alta)\n" in out and "%" not in out
    data = json.loads(cli("tag", "--labels", labels, "--json", indexed / "blu.png")[1])
    assert data["labels"] == str(labels)
    assert data["model"]["name"] == "tiny"
    (photo,) = data["photos"]
    assert photo["path"] == str(indexed / "blu.png")
    assert photo["tags"][0]["label"] == "mare"
    assert set(photo["tags"][0]) == {"label", "path", "score", "confidence"}
    hits = json.loads(cli("cerca", "--etichetta", "mare", "--json")[1])["hits"]
    assert [(h["path"], h["tags"]) for h in hits] == [(str(indexed / "blu.png"), ["mare"])]


def test_a_summary_names_the_most_frequent_labels(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    names = [f"cosa {number}" for number in range(23)]
    labels.write_text("rosso\n" + "".join(f"{name} @0\n" for name in names), "utf-8")
    out = cli("tag", "--labels", labels, "--massimo", "30")[1]
    shown = ", ".join(f"{name} 5" for name in names[:20])
    assert out == f"{shown} e 4 altre etichette.\n"
    labels.write_text("rosso @1\n", "utf-8")
    assert cli("tag", "--labels", labels)[1] == "Nessuna etichetta in 5 foto.\n"


def test_a_photo_that_is_not_indexed_is_named(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    labels.write_text("rosso\n")
    stranger = paint(indexed.parent / "x.png", (0, 0, 0))
    code, _, err = cli("tag", "--labels", labels, indexed / "blu.png", stranger)
    assert code == 3
    assert str(stranger) in err


def test_labels_in_sidecars_do_not_come_back_as_the_persons_keywords(
    cli: Cli, indexed: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "colori.txt"
    labels.write_text("tinta > rosso\n", "utf-8")
    red = indexed / "rosso.png"
    assert cli("tag", "--labels", labels, "--xmp", "--soglia", "0.5", red)[0] == 0
    sidecar = red.with_name("rosso.png.xmp")
    assert "rosso" in sidecar.read_text("utf-8")
    assert cli("index")[0] == 0
    assert json.loads(cli("cerca", "--parola-chiave", "rosso", "--json")[1])["hits"] == []
    own = sidecar.read_text("utf-8").replace(
        "<rdf:li>rosso</rdf:li>", "<rdf:li>rosso</rdf:li><rdf:li>Natale</rdf:li>", 1
    )
    sidecar.write_text(own, "utf-8")
    assert cli("index")[0] == 0
    found = json.loads(cli("cerca", "--parola-chiave", "natale", "--json")[1])["hits"]
    assert [hit["path"] for hit in found] == [str(red)]
