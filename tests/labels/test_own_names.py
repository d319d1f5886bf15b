"""Names of one's own in a label file: they are told, and do not silence the labels above them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.labels.label_file import default_labels, parse_labels
from cercafoto.labels.own_names import apart_from_names
from cercafoto.models import prepare
from cercafoto.settings import Settings
from tests.conftest import Cli
from tests.support.labelled_archive import labelled


@pytest.mark.parametrize(
    ("line", "searched", "names"),
    [
        ("animale > gatto > Zorba", ["animale", "gatto"], ["Zorba"]),
        ("cane > NOME", ["cane"], ["NOME"]),
        ("persone > bambini > Anna Rossi", ["bambini", "persone"], ["Anna Rossi"]),
        # A word that may or may not be known is searched, and so is what stands above.
        ("cane > bassotto", ["bassotto", "cane"], []),
        ("città > Roma", ["Roma", "città"], []),
        # Usual words speak for what stands above them, as before.
        ("cosa > sedia", ["sedia"], []),
        # The person wants it searched, or writes all labels with a capital.
        ("gatto > Zorba @0.4", ["Zorba", "gatto"], []),
        ("Animale > Gatto", ["Gatto"], []),
        ("Zorba", ["Zorba"], []),
    ],
)
def test_names_are_told_apart(line: str, searched: list[str], names: list[str]) -> None:
    labels, own = apart_from_names(parse_labels(line, "e.txt"))
    assert sorted(label.name for label in labels if label.searched) == searched
    assert [label.name for label in own] == names
    assert [label.path for label in labels] == [x.path for x in parse_labels(line, "e.txt")]


def test_the_shipped_labels_have_no_names() -> None:
    assert apart_from_names(default_labels()) == ([*default_labels()], [])


def test_what_stands_above_a_name_is_given(
    cli: Cli, settings: Settings, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERCAFOTO_MODELLO", "mini")
    folder = Path(prepare.__file__).parent / "parity"
    (tmp_path / "e.txt").write_text("animale > gatto > Zorba\n[uno: x]\ncane > Fido\naltro\n")
    assert cli("index", folder)[0] == 0
    code, out, err = cli("tag", "--labels", tmp_path / "e.txt")
    assert code == 0 and "gatto 1" in out and "Zorba" not in out
    assert err.count("Zorba") == 2 and "tag --aggiungi Zorba FOTO" in err
    found = Library(library.settings.__class__(**(vars(settings) | {"model": "mini"})))
    assert labelled(found, "gatto") == labelled(found, "animale") == ["gatto.jpg"]
    out = cli("tag", "--labels", tmp_path / "e.txt", "--json")[1]
    assert json.loads(out)["own_names"] == [["animale", "gatto", "Zorba"], ["cane", "Fido"]]
