"""cercafoto tag: its output, and the sidecars it writes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Cli


def test_tag_counts_lists_or_prints_json_and_cerca_filters(cli: Cli, indexed: Path) -> None:
    labels = indexed.parent / "etichette.txt"
    labels.write_text("# colori\nrosso\nmare: blu\n", encoding="utf-8")
    code, out, err = cli("tag", "--labels", labels)
    assert (code, err) == (0, "")
    assert out == "Etichette date a 2 foto: rosso 1, mare 1; 3 foto senza etichette.\n"
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
    assert out == f"Etichette date a 5 foto: {shown} e 4 altre etichette.\n"
    labels.write_text("rosso @1\n", "utf-8")
    assert cli("tag", "--labels", labels)[1] == "Nessuna etichetta in 5 foto.\n"
