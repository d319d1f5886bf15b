"""The card of the embedded model, and its count of labels seen in training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cercafoto.models
from cercafoto.training.measure.class_texts import ClassTexts
from cercafoto.training.mini import mini_card, translated_labels
from cercafoto.training.mini.class_words import literal_names
from cercafoto.training.mini.translated_labels import GROUPS, bare, groups
from tests.conftest import PAINT, paint

SHIPPED = Path(cercafoto.models.__file__).parent / "mini"


def test_the_shipped_card_is_the_one_that_is_written() -> None:
    description = json.loads((SHIPPED / "model.json").read_text(encoding="utf-8"))
    assert (SHIPPED / "README.md").read_text(encoding="utf-8") == mini_card.text(description)


@pytest.mark.parametrize(
    "text, left",
    [
        ("una tinca", "tinca"),
        ("un'orca", "orca"),
        ("L’Isola", "isola"),
        ("gli Scozzesi", "scozzesi"),
        ("unicorno", "unicorno"),
        ("lama", "lama"),
        ("il lama", "lama"),
    ],
)
def test_the_article_goes_and_no_more(text: str, left: str) -> None:
    assert bare(text) == left


def test_a_label_belongs_to_the_first_group_that_it_fits() -> None:
    classes = [
        ClassTexts("n0", ("tinca",), ("pesce",), ()),
        ClassTexts("n1", ("gru", "macchina"), (), ()),
        ClassTexts("n2", ("orca",), (), ()),
        ClassTexts("n3", ("zecca",), (), ()),
        ClassTexts("n4", ("faro",), (), ()),
    ]
    labels = ["Una tinca", "la gru uccello", "un'orca marina", "un segno", "il pesce"]
    literal = {0: ["tinca"], 1: ["gru uccello"]}
    found = groups(labels, classes, literal, ["l'orca marina", "un segno di gesso"])
    assert [GROUPS[at] for at in found] == [
        "a name of its class",
        "a literal translation of its class",
        "another text",
        "apart",
        "another text",
    ]
    assert literal_names()[0] == ["tench"], "the table that ships is read"


def test_the_command_counts_and_names(tiny: Path, tmp_path: Path, capsys) -> None:
    """The tiny model knows two colours: one label is the class's own name, the other is not."""
    rows = []
    for wnid, name in (("n0", "verde"), ("n1", "giallo")):
        paint(tmp_path / f"{wnid}.png", PAINT[name])
        rows.append({"image_path": f"{wnid}.png", "captions": [f"un muro {name}"], "wnid": wnid})
    classes = [
        {"i": i, "wnid": f"n{i}", "nomi": [name], "iperonimi": [], "contesto": []}
        for i, name in enumerate(("verde", "giallo"))
    ]
    for file, lines in (("coppie_train", rows), ("etichette_imagenet", classes)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / f"{file}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / translated_labels.LABELS).write_text(
        "syn_set\tset_id\tquery_short_translated\nx\tn0\til verde\nx\tn1\trosso\n",
        encoding="utf-8",
    )
    assert translated_labels.main(["--data", str(tmp_path), "--model", str(tiny)]) == 0
    lines = {line[:36].strip(): line[36:].split() for line in capsys.readouterr().out.splitlines()}
    assert lines["a name of its class"] == ["1", *["1.000/1.000/1.000/1.000"] * 2]
    assert lines["apart"][0] == "1" and lines["apart"][2].startswith("1.000")
    assert lines["all"][0] == "2" and lines["all"][2].startswith("1.000")
