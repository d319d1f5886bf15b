"""The ablation: the paper's order, every variant from the same seeds, and it goes on."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")
pytest.importorskip("timm", reason="AdaBelief and clipping are timm's")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import ablate as ablation  # noqa: E402
from cercafoto.training.clip_italian import checkpoint, config  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402


def test_each_variant_switches_one_thing_on():
    plain, believing, fixed, frozen = ablation.variants(config.preset("small-stage2"), 3)
    (one,), (two,), (three,) = plain.runs, believing.runs, fixed.runs
    assert (one.optimizer.name, one.optimizer.agc, one.loss.scale) == ("adamw", 0.0, "learned")
    assert (two.optimizer.name, two.optimizer.agc, two.loss.scale) == (
        "adabelief",
        0.01,
        "learned",
    )
    assert two.loss == one.loss and two.optimizer.learning_rate == one.optimizer.learning_rate
    assert (three.optimizer, three.loss.scale, three.loss.value) == (two.optimizer, "fixed", 20.0)
    start, then = frozen.runs
    assert start.freeze == "backbones" and start.schedule.epochs == 3 and then == three
    assert {run.data.train for run in (one, two, three, start)} == {one.data.train}


def test_the_command_measures_all_and_does_nothing_twice(tmp_path, capsys):
    torch.set_num_threads(1)
    train, valid = write_pairs(tmp_path, "train", 16), write_pairs(tmp_path, "valid", 12, seed=1)
    command = ["ablate", "--preset", "smoke", "--train", str(train), "--valid", str(valid)]
    command += ["--out", str(tmp_path / "out"), "--seeds", "2", "--frozen-epochs", "1"]
    for setting in ("engine.batch=8", "schedule.epochs=1", "towers.image_size=32"):
        command += ["--set", setting]
    assert main(command) == 0
    shown = capsys.readouterr().out.strip().splitlines()
    assert len(shown) == 6 and shown[0].startswith("| Variant | valid_loss | R@1 | R@10 | MRR@10")
    figures = json.loads((tmp_path / "out" / "ablation.json").read_text())
    assert list(figures) == [variant.name for variant in ablation.variants(config.SMOKE, 1)]
    assert all(len(values) == 2 for row in figures.values() for values in row.values())
    assert figures["+ fixed scale 20"] != figures["+ backbones frozen first"]
    first, second = figures["+ fixed scale 20"]["valid_loss"]
    assert first != second, "two seeds, one figure"

    dated = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("best.pt")}
    assert len(dated) == 10  # four variants, the last of two parts, two seeds
    assert main(command) == 0
    assert capsys.readouterr().out.strip().splitlines() == shown
    assert {p: p.stat().st_mtime_ns for p in dated} == dated

    start = checkpoint.read(tmp_path / "out" / "3-seed0" / "part0", "best")["model"]
    then = config.load(tmp_path / "out" / "3-seed0" / "part1" / "config.json")
    assert then.start.endswith("3-seed0/part0") and start
