"""The ablation: the paper's order, every variant from the same seeds, and it goes on."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import ablate as ablation  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    config_text,
    presets,
)
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from tests.support.processes import train_together  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402


def test_the_ladder_is_the_published_one():
    """The rungs follow the recipe's last stage, whose rate the last rung has."""
    base = presets.preset("clip-italian-stage2")
    ladder = ablation.variants(base, 50, Path("more.jsonl"))
    (one,), (two,), (three,) = (variant.runs for variant in ladder[:3])
    assert (one.optimizer.name, one.optimizer.weight_decay, one.optimizer.agc) == ("adamw", 0.1, 0)
    assert (one.loss.scale, one.loss.value, one.loss.ceiling) == ("learned", math.e, 0)
    assert one.schedule.decay == "linear" and two.schedule.decay == "cosine"
    assert (two.optimizer.name, two.optimizer.agc, two.optimizer.weight_decay) == (
        "adabelief",
        0.01,
        0,
    )
    assert two.loss == one.loss and (three.loss.scale, three.loss.value) == ("fixed", 20.0)
    assert three == replace(two, loss=three.loss)
    (start, then), (start_again, then_again) = (variant.runs for variant in ladder[3:])
    assert start.freeze == "backbones" and start.schedule.epochs == 50
    assert start.data.augment == "published" and start.frozen_dropout
    assert then == base
    rates = [run.optimizer.learning_rate for run in (one, two, three, start, then)]
    assert rates == pytest.approx([5e-5, 8e-5, 8e-5, 5e-5, 1e-5])
    more = replace(base.data, train="more.jsonl")
    assert start_again == replace(start, data=more) and then_again == replace(then, data=more)
    assert {run.loss.negatives for variant in ladder for run in variant.runs} == {128}
    assert len(ablation.variants(base, 50)) == 4


def test_the_command_measures_all_and_does_nothing_twice(tmp_path, capsys):
    torch.set_num_threads(1)
    train, valid = write_pairs(tmp_path, "train", 16), write_pairs(tmp_path, "valid", 12, seed=1)
    command = ["ablate", "--preset", "smoke", "--train", str(train), "--valid", str(valid)]
    command += ["--out", str(tmp_path / "out"), "--seeds", "2", "--frozen-epochs", "1"]
    command += ["--more", str(write_pairs(tmp_path, "more", 24))]
    for setting in ("engine.batch=8", "schedule.epochs=1", "towers.image_size=32"):
        command += ["--set", setting]
    assert main(command) == 0
    shown = capsys.readouterr().out.strip().splitlines()
    assert len(shown) == 7 and shown[0].startswith("| Variant | valid_loss | R@1 | R@10 | MRR@10")
    figures = json.loads((tmp_path / "out" / "ablation.json").read_text())
    ladder = ablation.variants(presets.SMOKE, 1, Path("more.jsonl"))
    assert list(figures) == [variant.name for variant in ladder]
    assert all(len(values) == 2 for row in figures.values() for values in row.values())
    assert figures["+ fixed scale"] != figures["+ backbones frozen first"]
    first, second = figures["+ fixed scale"]["valid_loss"]
    assert first != second, "two seeds, one figure"

    dated = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("best.pt")}
    assert len(dated) == 14  # five rungs, the last two of two parts, two seeds
    assert main(command) == 0
    assert capsys.readouterr().out.strip().splitlines() == shown
    assert {p: p.stat().st_mtime_ns for p in dated} == dated

    start = checkpoint.read(tmp_path / "out" / "3-seed0" / "part0", "best")["model"]
    then = config_text.load(tmp_path / "out" / "3-seed0" / "part1" / "config.json")
    assert then.start.endswith("3-seed0/part0") and start


@pytest.mark.slow
def test_two_processes_climb_the_ladder_together(tmp_path):
    """Both processes' pairs count in each step; there is one table."""
    train, valid = write_pairs(tmp_path, "train", 16), write_pairs(tmp_path, "valid", 12, seed=1)
    command = ["ablate", "--preset", "smoke", "--out", str(tmp_path / "out")]
    command += ["--train", str(train), "--valid", str(valid)]
    command += ["--seeds", "1", "--frozen-epochs", "1"]
    for setting in ("engine.batch=8", "schedule.epochs=1", "towers.image_size=32"):
        command += ["--set", setting]
    shown = train_together(command).strip().splitlines()
    assert len(shown) == 6 and sum("valid_loss" in line for line in shown) == 1
    runs = sorted((tmp_path / "out").glob("*/part*"))
    assert len(runs) == 5
    for run in runs:
        rows = [row for row in read(run / LOG) if "loss" in row]
        assert [row["step"] for row in rows] == [1, 2], "of eight pairs, of sixteen"
