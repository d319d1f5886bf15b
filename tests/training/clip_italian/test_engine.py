"""Other ways to compute the same run: where pictures are distorted, in which precision, in which
order files are read; and nothing waits for the device.
"""

from __future__ import annotations

import gc
import math
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from torch._dynamo.testing import CompileCounter  # noqa: E402

from cercafoto.training.clip_italian import backbones as towers  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    chunk_size,
    config_text,
    distort,
    gradcache,
    optim,
    precision,
    presets,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.monitor import throughput  # noqa: E402
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from cercafoto.training.clip_italian.step import Step  # noqa: E402
from cercafoto.training.clip_italian.train import train  # noqa: E402
from cercafoto.training.data.pairs import read_pairs  # noqa: E402
from cercafoto.training.data.pairs import write_pairs as write_lines  # noqa: E402
from cercafoto.training.data.shards import pack  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.device_waits import Waits  # noqa: E402
from tests.support.processes import together  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run of two epochs of four steps."""
    torch.set_num_threads(1)
    files = {
        "data.train": write_pairs(tmp_path, "train", 32),
        "data.valid": write_pairs(tmp_path, "valid", 12, seed=1),
    }
    settings = [f"{name}={path}" for name, path in files.items()]
    settings += ["engine.batch=8", "towers.image_size=32", "engine.log_every=3"]
    return config_text.override(presets.preset("smoke"), settings)


def losses(folder: Path) -> list[float]:
    return [row["loss"] for row in read(folder / LOG) if "loss" in row]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (checkpoint.read(folder, checkpoint.LAST)["model"] for folder in (one, other))
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("chunk, negatives", [(0, 0), (4, 0), (4, 4)])
def test_a_step_waits_for_nothing(run, chunk, negatives):
    run = config_text.override(run, [f"engine.chunk={chunk}", f"loss.negatives={negatives}"])
    model = models.build(run, ("un muro rosso",)).train()
    step = Step(run, model, optim.build(run.optimizer, model))
    inputs = chunk_size.synthetic(model, run.engine.batch, 6, run.seed)
    with Waits() as waits:
        loss = step(inputs, 1e-3)
        assert not waits.seen
        float(loss)
    assert waits.seen == {"_local_scalar_dense": 1}, "the counter counts"


def test_a_run_looks_at_its_losses_every_so_many_steps(run, tmp_path):
    """The log has every step, and is the same however often it is written."""
    reported: dict[int, list[int]] = {}
    for every in (1, 3):
        seen = reported.setdefault(every, [])

        def report(step: int, steps: int, numbers: dict, seen: list[int] = seen) -> None:
            if "loss" in numbers:
                seen.append(step)

        changed = config_text.override(run, [f"engine.log_every={every}"])
        train(changed, tmp_path / str(every), report=report)
    assert reported == {1: list(range(1, 9)), 3: [3, 4, 6, 8]}, "and where an epoch ends"
    assert losses(tmp_path / "1") == losses(tmp_path / "3") and len(losses(tmp_path / "1")) == 8
    assert same_weights(tmp_path / "1", tmp_path / "3")


def test_pictures_distorted_on_the_device_train_the_same(run, tmp_path):
    train(run, tmp_path / "workers")
    device = config_text.override(run, ["engine.augment_on=device", "data.workers=1"])
    result = train(device, tmp_path / "device")
    assert not result.broken
    assert losses(tmp_path / "device") == pytest.approx(losses(tmp_path / "workers"), abs=1e-3)
    plain = config_text.override(run, ["data.augment=none"])
    train(plain, tmp_path / "plain")
    assert losses(tmp_path / "plain") != pytest.approx(losses(tmp_path / "workers"), abs=1e-2)


@pytest.mark.parametrize("where", ["workers", "device"])
def test_the_pace_is_measured_with_the_distortion_where_the_device_does_it(run, monkeypatch, where):
    done = []
    distorted = distort.distorted
    monkeypatch.setattr(
        distort, "distorted", lambda *given: done.append(len(given[0])) or distorted(*given)
    )
    changed = config_text.override(run, [f"engine.augment_on={where}", "loss.negatives=4"])
    speed = throughput.measure(changed, steps=2, tokens=6)
    assert speed.samples_per_s > 0 and speed.device == "CPU"
    assert len(done) == {"workers": 0, "device": 4}[where], "two to warm up, two measured"


@pytest.mark.parametrize("where, workers", [("workers", 0), ("device", 1)])
def test_the_whole_way_is_measured_on_pairs_that_are_read(run, monkeypatch, where, workers):
    """First the input by itself, then with the steps, on other pairs; a photo that is gone is
    counted; and the limit is what is slower."""
    pairs = Path(run.data.train)
    (pairs.parent / read_pairs(pairs)[0].image_path).unlink()
    done = []
    moved = distort.moved
    monkeypatch.setattr(
        distort, "moved", lambda *given: done.append(len(given[0])) or moved(*given)
    )
    settings = [f"engine.augment_on={where}", f"data.workers={workers}"]
    changed = config_text.override(run, settings)
    speed = throughput.measure(changed, steps=2, tokens=6, data=pairs)
    assert speed.whole and speed.whole.samples_per_s > 0 and speed.whole.input_per_s > 0
    assert speed.whole.workers == workers and speed.whole.broken == 1
    assert done == [8] * {"workers": 4, "device": 8}[where], (
        "the model's own steps, and the whole's"
    )
    slow, fast = replace(speed, samples_per_s=0.0), replace(speed, samples_per_s=float("inf"))
    assert (slow.limit, fast.limit, replace(speed, whole=None).limit) == ("model", "input", "")
    assert speed.published_run_hours == fast.published_run_hours > 0, "of the whole way"
    with pytest.raises(InputError, match="do not fill a batch"):
        throughput.measure(
            config_text.override(run, ["engine.batch=64"]), steps=1, tokens=6, data=pairs
        )


@pytest.mark.parametrize("compiles", [False, True])
def test_towers_are_compiled_where_it_is_asked_for(run, tmp_path, monkeypatch, compiles):
    """Counting the operations of the first batch must not prevent compiling."""
    counter = CompileCounter()
    plain = torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda part: plain(part, backend=counter))
    torch._dynamo.reset()
    settings = [f"engine.compile={str(compiles).lower()}", "schedule.max_steps=2"]
    changed = config_text.override(run, [*settings, "engine.peak_tflops=1"])
    train(changed, tmp_path / "run")
    assert "mfu" in read(tmp_path / "run" / LOG)[0], "operations were counted"
    assert (counter.frame_count >= 2) is compiles, counter.frame_count


def test_determinism_is_asked_of_torch_where_it_is_set(run, tmp_path):
    for asked in (True, False):
        seen = []
        settings = [f"engine.deterministic={str(asked).lower()}", "schedule.max_steps=2"]

        def look(step: int, steps: int, numbers: dict, seen: list[bool] = seen) -> None:
            seen.append(torch.are_deterministic_algorithms_enabled())

        train(config_text.override(run, settings), tmp_path / str(asked), report=look)
        assert set(seen) == {asked}


def _updates(rank: int, folder: str, cases: dict[str, list[str]]) -> None:
    """In one of two processes: for each case make three updates on its own pairs, and save the
    weights and how gradients were averaged."""
    from torch import distributed as dist

    from cercafoto.training.clip_italian import distributed

    dist.init_process_group("gloo")
    plain = distributed.average_gradients
    for name, settings in cases.items():
        run = config_text.override(presets.preset("smoke"), ["engine.batch=8", *settings])
        model = models.build(run, ("un muro rosso",)).eval()
        after: list[int] = []
        distributed.average_gradients = lambda given, after=after: after.append(1) or plain(given)
        step = Step(run, model, optim.build(run.optimizer, model))
        for number in range(3):
            step(chunk_size.synthetic(model, 8, 6, 10 * rank + number), 1e-3)
        torch.save({"model": model.state_dict(), "after": len(after)}, f"{folder}/{name}-{rank}.pt")
        del step
        gc.collect()  # as `distributed.group` does before the end
    dist.destroy_process_group()


@pytest.mark.slow
def test_gradients_are_averaged_while_they_are_computed(tmp_path):
    """Averaging during the backward pass gives the same gradients as averaging afterwards, which a
    deterministic run and GradCache do."""
    overlaps = {"whole": True, "blocks": True, "gradcache": False}
    chunks = {"whole": (0, 0), "blocks": (4, 4), "gradcache": (4, 0)}
    cases = {
        f"{name}-{deterministic}": [
            f"engine.chunk={chunk}",
            f"loss.negatives={negatives}",
            "loss.scale=learned",
            f"engine.deterministic={deterministic}",
        ]
        for name, (chunk, negatives) in chunks.items()
        for deterministic in ("false", "true")
    }
    together(_updates, str(tmp_path), cases)
    for name, overlap in overlaps.items():
        found = {}
        for deterministic in ("false", "true"):
            case = f"{name}-{deterministic}"
            one, other = (
                torch.load(tmp_path / f"{case}-{rank}.pt", weights_only=True) for rank in (0, 1)
            )
            assert all(torch.equal(one["model"][key], other["model"][key]) for key in one["model"])
            found[deterministic] = one
        assert found["true"]["after"] == 3, name
        assert found["false"]["after"] == (0 if overlap else 3), name
        for key, weight in found["true"]["model"].items():
            torch.testing.assert_close(found["false"]["model"][key], weight, rtol=1e-4, atol=1e-5)


def test_auto_is_float32_on_a_processor_and_by_the_card_on_a_gpu(monkeypatch):
    assert precision.chosen("auto", torch.device("cpu")) == "float32"
    for has, expected in ((True, "bfloat16"), (False, "float16")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has=has, **_: has)
        assert precision.chosen("auto", torch.device("cuda")) == expected
        assert precision.chosen("float32", torch.device("cuda")) == "float32"
    with pytest.raises(InputError, match="precision"):
        config_text.override(presets.preset("smoke"), ["engine.precision=half"])


@pytest.mark.parametrize("chunk", [0, 4])
def test_float16_trains_near_float32(run, tmp_path, monkeypatch, chunk):
    """Gradients are of the scaled loss, the log has the unscaled one; also after a resume."""
    monkeypatch.setitem(towers.BERT, "random:bert-tiny", towers.BERT["random:bert-tiny"] | STILL)
    found = {}
    for name in ("float32", "float16"):
        run = config_text.override(run, [f"engine.precision={name}", f"engine.chunk={chunk}"])
        model = models.build(run, ("un muro rosso",)).train()
        step = Step(run, model, optim.build(run.optimizer, model))
        step.precision.scaler = torch.amp.GradScaler("cpu", 256.0, enabled=name == "float16")
        inputs = chunk_size.synthetic(model, run.engine.batch, 6, run.seed)
        loss = gradcache.backward(
            inputs, step.embed, step._loss, chunk, scaled=step.precision.scaler.scale
        )
        step.precision.scaler.unscale_(step.optimizer)
        gradients = torch.cat([p.grad.reshape(-1) for p in model.learning() if p.grad is not None])
        found[name] = float(loss), gradients
    assert found["float16"][0] == pytest.approx(found["float32"][0], rel=0.01)
    cosine = torch.cosine_similarity(found["float16"][1], found["float32"][1], dim=0)
    assert cosine > 0.99
    lengths = [float(gradients.norm()) for _, gradients in found.values()]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.05)

    train(run, tmp_path / "run")
    saved = checkpoint.read(tmp_path / "run", checkpoint.LAST)
    assert saved["scaler"]["scale"] > 1
    assert all(weight.dtype != torch.float16 for weight in saved["model"].values())
    assert all(math.isfinite(loss) for loss in losses(tmp_path / "run"))
    assert train(run, tmp_path / "run", resume=True).steps == 8


def test_a_step_whose_gradients_overflow_is_left_out(run):
    run = config_text.override(run, ["engine.precision=float16"])
    model = models.build(run, ("un muro rosso",)).train()
    step = Step(run, model, optim.build(run.optimizer, model))
    inputs = chunk_size.synthetic(model, run.engine.batch, 6, run.seed)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    step.precision.scaler.load_state_dict(step.precision.scaler.state_dict() | {"scale": 2.0**60})
    assert math.isfinite(float(step(inputs, 1e-3)))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert step.precision.scaler.get_scale() < 2.0**60
    step.precision.scaler.load_state_dict(step.precision.scaler.state_dict() | {"scale": 2.0**10})
    step(inputs, 1e-3)
    assert not all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_shards_read_in_order_train_stop_and_go_on(run, tmp_path):
    """Windows of two shards, two decoding processes, and a stop inside a window."""
    pairs = read_pairs(Path(run.data.train))
    shards = tmp_path / "shards"
    packed = [
        pair
        for number in range(4)
        for pair in pack(pairs[8 * number : 8 * number + 8], tmp_path, shards, f"t{number}")[0]
    ]
    write_lines(shards / "train.jsonl", packed)
    settings = [f"data.train={shards / 'train.jsonl'}", "data.window=2", "data.workers=2"]
    run = config_text.override(run, [*settings, "engine.save_every=3"])
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert not train(run, whole).broken

    class Gone(Exception):
        pass

    def crash(step: int, steps: int, numbers: dict) -> None:
        if step == 6:
            raise Gone

    with pytest.raises(Gone):
        train(run, parts, report=crash)
    assert checkpoint.read(parts, checkpoint.LAST)["step"] == 4
    train(run, parts, resume=True)
    assert same_weights(whole, parts)
    train(config_text.override(run, ["data.window=0"]), tmp_path / "mixed")
    assert not same_weights(whole, tmp_path / "mixed")
