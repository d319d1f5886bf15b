"""The measurement of label prompts: its figures against slow ones, and a whole run on a few
photos with the tiny model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cercafoto.training.measure import label_prompts
from cercafoto.training.measure.label_prompts import main, words_of
from cercafoto.training.metrics import average_precision
from tests.conftest import PAINT, paint


def test_average_precision_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = rng.normal(size=30).astype(np.float32)
        right = rng.random(30) < 0.3
        right[0] = True
        order = sorted(range(30), key=lambda i: -scores[i])
        precisions = [
            sum(right[j] for j in order[: k + 1]) / (k + 1) for k in range(30) if right[order[k]]
        ]
        assert average_precision(scores, right) == pytest.approx(np.mean(precisions))
    assert average_precision(np.array([3, 2, 1], np.float32), np.array([True, True, False])) == 1


def test_a_photo_bears_a_word_in_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_prompts, "LEAST", 2)
    labels, bears = words_of([["cane"], ["cani", "mare"], ["cane nero"], ["canestro"], ["cane"]])
    assert labels == ["cane"]
    assert bears[:, 0].tolist() == [True, True, True, False, True]


def test_a_run_prints_a_row_for_each_set_of_templates(
    tmp_path: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = []
    for i in range(10):
        for name in ("rosso", "blu"):
            photo = paint(tmp_path / "foto" / f"{name}{i}.png", PAINT[name], (30 + i, 30))
            rows.append({"image_path": str(photo.relative_to(tmp_path)), "parole": [name]})
    for name in ("verde", "giallo"):
        paint(tmp_path / "foto" / f"{name}.png", PAINT[name])
        rows.append({"image_path": f"foto/{name}.png", "wnid": name})
    (tmp_path / "coppie_train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    classes = [{"wnid": name, "nomi": [name]} for name in ("verde", "giallo")]
    (tmp_path / "etichette_imagenet.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in classes)
    )
    arguments = [
        "--data",
        str(tmp_path),
        "--model",
        str(tiny),
        "--only",
        "bare",
        "--only",
        "in use",
    ]
    assert main(arguments) == 0
    head, _, bare, in_use = capsys.readouterr().out.splitlines()
    assert "2 words over 20 photos, 2 classes over 2 photos" in head
    assert bare.split()[1:4] == ["1.0000", "1.0000", "1.0000"]
    assert in_use.startswith("in use")
