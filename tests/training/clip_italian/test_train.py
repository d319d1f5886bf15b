"""Whole runs on a small set of coloured pictures, from random towers."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.waiting import PATIENCE

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    config_text,
    distributed,
    presets,
)
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.model import load_run  # noqa: E402
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from cercafoto.training.clip_italian.train import train  # noqa: E402
from cercafoto.training.data.pairs import read_pairs  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.processes import alone, together  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of two epochs of four steps."""
    torch.set_num_threads(1)  # other tests run beside this one
    files = {
        "data.train": write_pairs(tmp_path, "train", 32),
        "data.valid": write_pairs(tmp_path, "valid", 12, seed=1),
    }
    settings = [f"{name}={path}" for name, path in files.items()]
    settings += ["engine.batch=8", "towers.image_size=32", "optimizer.learning_rate=3e-3"]
    settings += ["engine.log_every=1"]
    return config_text.override(presets.preset("smoke"), settings)


def weights(folder: Path, which: str = checkpoint.LAST) -> dict[str, torch.Tensor]:
    return checkpoint.read(folder, which)["model"]


def same(one: Path, other: Path) -> bool:
    a, b = weights(one), weights(other)
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def numbers(folder: Path) -> list[dict]:
    """Return the log without values that depend on the clock."""
    return [
        {k: v for k, v in row.items() if k not in ("samples_per_s", "mfu")}
        for row in read(folder / LOG)
    ]


class Stop:
    """Sends this process a signal after some steps, like Ctrl-C or a shutdown."""

    def __init__(self, after: int, kind: signal.Signals = signal.SIGTERM) -> None:
        self.after, self.kind = after, kind

    def __call__(self, step: int, steps: int, numbers: dict) -> None:
        if step == self.after and "loss" in numbers:
            signal.raise_signal(self.kind)


def test_towers_learn_the_names_of_colours(run, tmp_path):
    run = config_text.override(run, ["schedule.epochs=12", "data.augment=none"])
    result = train(run, tmp_path / "run")
    assert result.steps == 48 and not result.interrupted and not result.broken
    rows = read(tmp_path / "run" / LOG)
    losses = [row["loss"] for row in rows if "loss" in row]
    assert {round(row["scale"], 4) for row in rows if "scale" in row} == {20.0}
    assert len(losses) == 48 and sum(losses[-4:]) < 0.8 * sum(losses[:4])
    # Chance is 1/12 at 1 among twelve photos; two are of each of the first colours.
    assert result.metrics["R@5"] > 0.7
    validated = [row for row in rows if "valid_loss" in row]
    assert [row["step"] for row in validated] == list(range(4, 49, 4))
    assert result.best_loss == min(row["valid_loss"] for row in validated)
    best = checkpoint.read(tmp_path / "run", checkpoint.BEST)
    assert best["step"] == result.best_step
    assert best["metrics"]["valid_loss"] == result.best_loss


@pytest.mark.parametrize(("after", "kind"), [(4, signal.SIGINT), (7, signal.SIGTERM)])
def test_an_interrupted_run_ends_as_one_that_was_not(run, tmp_path, after, kind):
    """Weights, optimizer and log are equal to the bit, with augmentation, sampled captions and
    dropout, whether stopped within an epoch or at its end."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(run, whole)
    stopped = train(run, parts, report=Stop(after, kind))
    assert stopped.interrupted and stopped.steps == after
    finished = train(run, parts, resume=True)
    assert finished.steps == 8 and not finished.interrupted
    assert same(whole, parts)
    assert numbers(whole) == numbers(parts)
    one, other = (checkpoint.read(f, checkpoint.LAST)["optimizer"]["state"] for f in (whole, parts))
    assert one and all(torch.equal(one[k]["variance"], other[k]["variance"]) for k in one)
    assert (
        checkpoint.read(whole, checkpoint.BEST)["step"]
        == checkpoint.read(parts, checkpoint.BEST)["step"]
    )


def test_a_resumed_run_has_the_features_of_the_weights_that_it_began_with(run, tmp_path):
    """Not of those that its towers have before any run: these came from another run."""
    start, whole, parts = (tmp_path / name for name in ("start", "whole", "parts"))
    train(config_text.override(run, ["optimizer.learning_rate=3e-2"]), start)
    still = ["freeze=backbones", "frozen_dropout=false", "data.augment=none", f"start={start}"]
    run = config_text.override(run, still)
    train(run, whole)
    assert train(run, parts, report=Stop(5)).interrupted
    assert train(run, parts, resume=True).steps == 8
    assert same(whole, parts)
    assert len(list((parts / "features").glob("*.npy"))) == 4, "computed once, of either set"


@pytest.mark.parametrize("shared", [False, True])
def test_a_photo_lost_since_a_run_began(run, tmp_path, shared):
    """A run's own features have the photo. Shared ones are named by the photos that are there;
    without one of them all pairs would come in another order."""
    still = ["freeze=backbones", "frozen_dropout=false", "data.augment=none"]
    still += [f"engine.cache={tmp_path / 'cache'}"] if shared else []
    run, folder = config_text.override(run, still), tmp_path / "run"
    assert train(run, folder, report=Stop(5)).interrupted
    photo = tmp_path / read_pairs(tmp_path / "train.jsonl")[3].image_path
    away = photo.rename(tmp_path / "away")
    if shared:
        with pytest.raises(InputError, match="photos that can be read"):
            train(run, folder, resume=True)
        away.rename(photo)
    assert train(run, folder, resume=True).steps == 8


def test_two_runs_do_not_write_into_one_folder(run, tmp_path):
    def again(step: int, steps: int, numbers: dict) -> None:
        if step == 5 and "loss" in numbers:
            with pytest.raises(InputError, match="another process works"):
                train(run, tmp_path / "run", resume=True)

    assert train(run, tmp_path / "run", report=again).steps == 8


def test_a_crash_between_checkpoints_repeats_only_what_was_not_saved(run, tmp_path):
    """The power fails at step 6, after the checkpoint of step 5: the log's sixth line is dropped
    too."""
    run = config_text.override(run, ["engine.save_every=5"])
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(run, whole)

    class Gone(Exception):
        pass

    def crash(step: int, steps: int, numbers: dict) -> None:
        if step == 6:
            raise Gone

    with pytest.raises(Gone):
        train(run, parts, report=crash)
    with (parts / LOG).open("a") as file:
        file.write('{"step": 7, "lo')  # a line only half written
    assert checkpoint.read(parts, checkpoint.LAST)["step"] == 5
    train(run, parts, resume=True)
    assert same(whole, parts)
    assert numbers(whole) == numbers(parts)


def _a_group(command: list[str]) -> None:
    os.setsid()
    sys.exit(main(command))


def test_a_signal_to_the_whole_group_saves_all_the_same(run, tmp_path):
    """`timeout` and service managers also signal the decoding processes."""
    command = ["train", "--preset", "smoke", "--out", str(tmp_path / "run")]
    command += ["--train", run.data.train, "--valid", run.data.valid]
    for setting in ("engine.batch=8", "schedule.epochs=400", "data.workers=1"):
        command += ["--set", setting]
    process = alone(_a_group, command)
    while not checkpoint.path_of(tmp_path / "run", checkpoint.BEST).exists():
        assert process.is_alive()
        process.join(0.1)
    os.killpg(process.pid, signal.SIGTERM)
    process.join(PATIENCE)
    assert process.exitcode == 130
    saved = checkpoint.read(tmp_path / "run", checkpoint.LAST)["step"]
    steps = [row["step"] for row in read(tmp_path / "run" / LOG) if "loss" in row]
    assert saved == steps[-1] < 1600


def test_the_number_of_workers_changes_nothing(run, tmp_path):
    train(run, tmp_path / "alone")
    train(config_text.override(run, ["data.workers=2"]), tmp_path / "helped")
    assert same(tmp_path / "alone", tmp_path / "helped")


def test_frozen_backbones_keep_still_and_cached_features_train_the_same(run, tmp_path):
    run = replace(run, freeze="backbones", frozen_dropout=False)
    run = config_text.override(run, ["data.augment=none", "optimizer.learning_rate=1e-2"])
    cached, plain = tmp_path / "cached", tmp_path / "plain"
    train(run, cached)
    train(config_text.override(run, ["engine.cache_frozen=false"]), plain)
    assert list((cached / "features").glob("*.npy")) and not (plain / "features").exists()
    a, b = weights(cached), weights(plain)
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=1e-4, atol=1e-6)
    first = load_run(cached, "best").model
    assert not any("tower" in name for name, p in first.named_parameters() if p.requires_grad)
    start = train(replace(run, schedule=replace(run.schedule, max_steps=1)), tmp_path / "one")
    assert start.steps == 1
    moved = {n for n, w in weights(tmp_path / "one").items() if not torch.equal(w, a[n])}
    assert moved == {"image_projection.weight", "text_projection.weight"}


def test_frozen_backbones_drop_units_unless_told_not_to(run, tmp_path):
    """As in the published run; features then vary, and are not cached."""
    frozen = config_text.override(replace(run, freeze="backbones"), ["data.augment=none"])
    still = replace(frozen, frozen_dropout=False)
    for name, one, kept in (("drops", frozen, False), ("still", still, True)):
        train(one, tmp_path / name)
        assert (tmp_path / name / "features").exists() is kept
        model = load_run(tmp_path / name).model.train()
        for tower in (model.image_tower, model.text_tower):
            assert {part.training for part in tower.modules()} == {not kept}
    assert not same(tmp_path / "drops", tmp_path / "still")


def test_a_run_that_stops_early_keeps_the_rates_of_the_whole_schedule(run, tmp_path):
    whole = config_text.override(run, ["schedule.epochs=4"])
    early = config_text.override(whole, ["schedule.stop_after_epochs=2"])
    result = train(early, tmp_path / "early")
    assert result.steps == 8 and not result.interrupted
    rates = [row["learning_rate"] for row in read(tmp_path / "early" / LOG) if "loss" in row]
    train(whole, tmp_path / "whole")
    assert (
        rates
        == [row["learning_rate"] for row in read(tmp_path / "whole" / LOG) if "loss" in row][:8]
    )
    assert rates[-1] > 0.5 * 3e-3
    # Nothing is left to do.
    assert train(early, tmp_path / "early", resume=True).steps == 8


def test_the_validation_loss_does_not_depend_on_the_batch(run, tmp_path):
    """The loss is over blocks without an incomplete last one: 12 pairs are two blocks of five."""
    run = config_text.override(run, ["optimizer.learning_rate=0", "schedule.epochs=1"])
    found = {}
    for batch, negatives in ((5, 5), (10, 5), (8, 0), (16, 0)):
        sizes = [f"engine.batch={batch}", f"loss.negatives={negatives}"]
        result = train(config_text.override(run, sizes), tmp_path / f"{batch}-{negatives}")
        found[batch, negatives] = result.best_loss
    assert found[5, 5] == pytest.approx(found[10, 5], abs=1e-6)
    assert found[8, 0] == pytest.approx(found[16, 0], abs=1e-6)
    assert found[8, 0] > found[5, 5] + 0.3, "among all twelve, and not among five"


def test_any_epoch_can_be_the_beginning(run, tmp_path):
    kept = config_text.override(run, ["engine.keep=all", "schedule.epochs=3"])
    train(kept, tmp_path / "one")
    names = sorted(path.stem for path in (tmp_path / "one" / "checkpoints").glob("*.pt"))
    assert names == ["best", "epoch-1", "epoch-2", "epoch-3", "last"]
    assert checkpoint.read(tmp_path / "one", "epoch-2")["step"] == 8
    settings = ["schedule.max_steps=1", "optimizer.learning_rate=0"]
    for which in ("epoch-2", "last", "best"):
        second = replace(run, start=str(tmp_path / "one"), start_from=which)
        train(config_text.override(second, settings), tmp_path / which)
        began, asked = weights(tmp_path / which), weights(tmp_path / "one", which)
        assert all(torch.equal(began[name], asked[name]) for name in asked)
    assert not same(tmp_path / "epoch-2", tmp_path / "last")
    tokens = "tokenizer/tokenizer.json"
    assert (tmp_path / "one" / tokens).read_bytes() == (tmp_path / "best" / tokens).read_bytes()
    with pytest.raises(InputError, match=r"epoch-9\.pt: there is no such checkpoint"):
        missing = replace(run, start=str(tmp_path / "one"), start_from="epoch-9")
        train(missing, tmp_path / "missing")
    with pytest.raises(InputError, match="start_from is 'worst'"):
        config_text.override(run, ["start_from=worst"])


def test_a_tracker_gets_the_figures_too(run, tmp_path, monkeypatch):
    calls = []
    tracker = SimpleNamespace(
        init=lambda **named: calls.append(("init", named)),
        log=lambda numbers, step: calls.append((step, numbers)),
        finish=lambda: calls.append(("finish", {})),
    )
    monkeypatch.setitem(sys.modules, "trackio", tracker)
    train(
        config_text.override(run, ["engine.tracker=trackio", "schedule.max_steps=3"]),
        tmp_path / "r",
    )
    (first, named), *rest, (last, _) = calls
    assert (first, last) == ("init", "finish") and named["name"] == "r"
    assert named["config"]["optimizer"]["learning_rate"] == 3e-3
    logged = [{"step": step} | numbers for step, numbers in rest]
    assert logged == read(tmp_path / "r" / LOG)
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(InputError, match="pip install wandb"):
        train(config_text.override(run, ["engine.tracker=wandb"]), tmp_path / "other")


def test_a_learned_scale_moves_and_stays_below_its_ceiling(run, tmp_path):
    run = config_text.override(
        run, ["loss.scale=learned", "loss.value=99", "loss.ceiling=100", "optimizer.name=adamw"]
    )
    run = config_text.override(run, ["optimizer.learning_rate=0.1", "optimizer.epsilon=1e-8"])
    train(run, tmp_path / "run")
    scales = [row["scale"] for row in read(tmp_path / "run" / LOG) if "scale" in row]
    assert scales[0] == pytest.approx(99) and len(set(scales)) > 1
    assert max(scales) <= 100.001


def test_photos_that_are_broken_are_replaced_and_named(run, tmp_path):
    (tmp_path / "train" / "0003.jpg").write_bytes(b"\xff\xd8 nothing more")
    (tmp_path / "train" / "0004.jpg").unlink()
    result = train(run, tmp_path / "run")
    assert result.steps == 8
    assert result.broken == {"train/0003.jpg", "train/0004.jpg"}


def test_bfloat16_trains(run, tmp_path):
    run = config_text.override(run, ["engine.precision=bfloat16", "schedule.epochs=1"])
    train(run, tmp_path / "run")
    assert all(w.dtype in (torch.float32, torch.int64) for w in weights(tmp_path / "run").values())


def test_a_folder_is_not_written_over(run, tmp_path):
    train(config_text.override(run, ["schedule.max_steps=1"]), tmp_path / "run")
    with pytest.raises(InputError, match="holds a run already"):
        train(run, tmp_path / "run")
    with pytest.raises(InputError, match="seed is 0 there and 9 here"):
        train(replace(run, seed=9), tmp_path / "run", resume=True)


def test_a_damaged_checkpoint_says_so(run, tmp_path):
    folder = tmp_path / "run"
    train(config_text.override(run, ["schedule.max_steps=1"]), folder)
    path = checkpoint.path_of(folder, checkpoint.BEST)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"best\.pt: damaged"):
        load_run(folder)
    path.unlink()
    with pytest.raises(InputError, match="no such checkpoint"):
        load_run(folder)


def test_the_command_trains_resumes_and_reports(run, tmp_path, capsys):
    command = ["train", "--preset", "smoke", "--out", str(tmp_path / "run")]
    command += ["--train", run.data.train, "--valid", run.data.valid, "--resume"]
    command += [w for s in ("engine.batch=8", "towers.image_size=32") for w in ("--set", s)]
    assert main(command) == 0
    shown = capsys.readouterr()
    summary = json.loads(shown.out)
    assert summary["steps"] == 8 and summary["photos_not_read"] == 0
    assert 0 <= summary["MRR@10"] <= 1
    assert "8/8" in shown.err
    # The second time nothing is left to do, and the figures are the same.
    assert main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["best_valid_loss"] == summary["best_valid_loss"]


def test_the_command_refuses_what_it_cannot_use(run, tmp_path, capsys):
    out = str(tmp_path / "run")
    assert main(["train", "--preset", "smoke", "--out", out]) == 1
    assert "--train" in capsys.readouterr().err
    pairs = ["--train", str(tmp_path / "none.jsonl"), "--valid", run.data.valid]
    assert main(["train", "--preset", "smoke", "--out", out, *pairs]) == 1
    assert "none.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def _train_and_stop(rank: int, run: Run, folder: Path, after: int) -> None:
    """Train in one of two processes; the first process gets the signal."""
    with distributed.group():
        stopped = train(run, folder, report=Stop(after if rank == 0 else -1))
    assert stopped.interrupted and stopped.steps == after


def _train(rank: int, run: Run, folder: Path, resume: bool) -> None:
    with distributed.group():
        assert train(run, folder, resume=resume).steps == 12


@pytest.mark.slow
def test_two_processes_train_stop_and_go_on_together(run, tmp_path):
    """With both stages' ways of reading, a stopped run ends like an uninterrupted one."""
    run = config_text.override(run, ["schedule.epochs=3"])
    # One block of twelve for two processes: the second has nothing to validate.
    still = ["data.augment=none", "frozen_dropout=false"]
    frozen = config_text.override(replace(run, freeze="backbones"), still)
    together(_train, frozen, tmp_path / "frozen", False)
    features = list((tmp_path / "frozen" / "features").glob("*.npy"))
    assert len(features) == 4 and not any(np.isnan(np.load(path)).any() for path in features)

    together(_train, run, tmp_path / "whole", False)
    together(_train_and_stop, run, tmp_path / "parts", 6)
    assert checkpoint.read(tmp_path / "parts", checkpoint.LAST)["step"] == 6
    together(_train, run, tmp_path / "parts", True)
    assert same(tmp_path / "whole", tmp_path / "parts")
