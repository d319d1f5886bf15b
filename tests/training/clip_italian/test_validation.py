"""Validation: the sample, the loss of each source, and figures that are not numbers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import (  # noqa: E402
    config_text,
    distributed,
    optim,
    presets,
    validation,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from cercafoto.training.clip_italian.monitor.tables import Tables  # noqa: E402
from cercafoto.training.clip_italian.step import Step  # noqa: E402
from cercafoto.training.clip_italian.train import train  # noqa: E402
from cercafoto.training.clip_italian.validation import Validation  # noqa: E402
from cercafoto.training.data.pairs import Pair, read_pairs  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.training_pairs import COLOURS, write_pairs  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run whose validation set has eight pairs of one source, then four of another."""
    torch.set_num_threads(1)
    train_file = write_pairs(tmp_path, "train", 16)
    first, second = (write_pairs(tmp_path, name, n) for name, n in (("wit", 8), ("coco", 4)))
    valid = tmp_path / "valid.jsonl"
    valid.write_text(first.read_text() + second.read_text())
    settings = [f"data.train={train_file}", f"data.valid={valid}", "towers.image_size=32"]
    settings += ["engine.batch=8", "loss.negatives=4", "schedule.epochs=1"]
    return config_text.override(presets.preset("smoke"), settings)


def validated(run: Run, told: list[str] | None = None) -> Validation:
    model = models.build(run, ("un muro rosso",))
    step = Step(run, model, optim.build(run.optimizer, model))
    tables = Tables(run.data.tables, (told if told is not None else []).append)
    return Validation(run, step, read_pairs(Path(run.data.valid)), None, tables)


def test_the_sample_is_the_same_every_time_and_has_of_each_source_its_share(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [Pair(f"{n}.jpg", ("x",), "wit" if n % 3 else "coco") for n in range(90)]
    monkeypatch.setattr(validation, "RETRIEVAL_PHOTOS", 15)
    step, none = validated(run).step, Tables("", print)
    samples = [Validation(run, step, pairs, None, none).sample for _ in range(2)]
    assert samples[0].tolist() == samples[1].tolist()
    sources = [pairs[number].source for number in samples[0]]
    assert len(set(samples[0].tolist())) == 15
    assert sources.count("wit") == 10 and sources.count("coco") == 5
    assert max(samples[0]) > 75 and min(samples[0]) < 15, "from all over the file"


def test_every_pair_is_validated_once_over_the_processes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = validated(run)
    monkeypatch.setattr(distributed, "world", lambda: 2)
    seen = []
    for rank in (0, 1):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        seen += [numbers.tolist() for numbers in one._places()]
    assert sorted(number for numbers in seen for number in numbers) == list(range(12))
    assert [len(numbers) for numbers in seen] == [4, 4, 4]


def test_each_source_has_its_loss_in_the_log(run: Run, tmp_path: Path) -> None:
    train(run, tmp_path / "run")
    row = next(row for row in read(tmp_path / "run" / LOG) if "valid_loss" in row)
    assert row["valid_loss/wit"] != row["valid_loss/coco"]
    mean = (8 * row["valid_loss/wit"] + 4 * row["valid_loss/coco"]) / 12
    assert row["valid_loss"] == pytest.approx(mean, rel=1e-6)
    # The order of the file changes nothing: blocks are of one source where they can be.
    valid = Path(run.data.valid)
    lines = valid.read_text().splitlines(keepends=True)
    valid.write_text("".join([*lines[:4], *lines[8:], *lines[4:8]]))
    train(run, tmp_path / "mixed")
    other = next(row for row in read(tmp_path / "mixed" / LOG) if "valid_loss" in row)
    assert other["valid_loss/coco"] == pytest.approx(row["valid_loss/coco"], rel=1e-5)


def lay_out_tables(folder: Path) -> None:
    """Write MSCOCO-IT's captions with two photos, and ImageNet with two classes of two."""
    photos = sorted((folder / "train").glob("*.jpg"))
    (folder / "mscoco-it").mkdir()
    (folder / "coco" / "val2014").mkdir(parents=True)
    for number in (0, 1):
        name = folder / "coco" / "val2014" / f"COCO_val2014_{number + 1:012d}.jpg"
        name.write_bytes(photos[number].read_bytes())
    captions = [
        {"image_id": number + 1, "id": number, "caption": f"un muro {list(COLOURS)[number]}"}
        for number in (0, 1)
    ]
    with gzip.open(folder / "mscoco-it" / "captions_ita_devset_unvalidated.json.gz", "wt") as out:
        json.dump({"annotations": captions}, out)
    rows = ["set_id\tquery_short_translated"]
    for number, name in enumerate(("rosso", "verde")):
        wnid = f"n0000000{number}"
        (folder / "imagenet" / "val" / wnid).mkdir(parents=True)
        for copy in (0, 8):
            photo = photos[number + copy]
            (folder / "imagenet" / "val" / wnid / f"{copy}.JPEG").write_bytes(photo.read_bytes())
        rows.append(f"{wnid}\tmuro {name}")
    (folder / "imagenet" / "imagenet_labels_IT.tsv").write_text("\n".join(rows) + "\n")


def test_photos_of_the_published_tables_are_measured_where_they_are(
    run: Run, tmp_path: Path
) -> None:
    lay_out_tables(tmp_path)
    run = config_text.override(run, [f"data.tables={tmp_path}"])
    train(run, tmp_path / "run")
    row = next(row for row in read(tmp_path / "run" / LOG) if "valid_loss" in row)
    assert row["mscoco-it/MRR@1"] in (0, 0.5, 1)
    assert row["mscoco-it/MRR@10"] >= 0.5, "of two photos"
    assert row["imagenet/accuracy@5"] == 1, "of two classes"
    assert row["imagenet/accuracy@1"] in (0, 0.25, 0.5, 0.75, 1)
    boards = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="draws the curves"
    )
    board = boards.EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    drawn = {"loss", "valid_loss", "valid_loss/wit", "mscoco-it/MRR_at_1", "imagenet/accuracy_at_1"}
    assert drawn <= set(board.Tags()["scalars"])


def test_a_photo_of_the_tables_that_breaks_does_not_end_the_run(run: Run, tmp_path: Path) -> None:
    lay_out_tables(tmp_path)
    broken = tmp_path / "coco" / "val2014" / "COCO_val2014_000000000001.jpg"
    broken.write_bytes(b"\xff\xd8 nothing more")
    told: list[str] = []
    one = validated(config_text.override(run, [f"data.tables={tmp_path}"]), told)
    for _ in range(2):
        figures = one.measure()
        assert "imagenet/accuracy@1" in figures and "mscoco-it/MRR@1" not in figures
    assert len(told) == 1 and broken.name in told[0]


def test_embeddings_that_are_not_numbers_are_refused(run: Run) -> None:
    one = validated(run)
    with torch.no_grad():
        one.step.model.text_projection.weight.fill_(np.nan)
    with pytest.raises(InputError, match=r"validation loss is nan.*diverged"):
        one.measure()


def test_the_first_loss_that_is_not_a_number_ends_the_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its step and rate, a nonzero exit, and no checkpoint of weights that are not numbers."""
    from cercafoto.training.__main__ import main
    from cercafoto.training.clip_italian import checkpoint

    words = ["train", "--preset", "smoke", "--out", str(tmp_path / "run")]
    words += ["--train", run.data.train, "--valid", run.data.valid]
    settings = ["optimizer.learning_rate=1e30", "optimizer.name=adamw", "engine.save_every=1"]
    settings += ["towers.image_size=32", "engine.batch=8", "engine.log_every=5"]
    words += [word for setting in settings for word in ("--set", setting)]
    assert main(words) == 1
    assert re.search(
        r"step \d: the loss is nan at the learning rate \S+e\+", capsys.readouterr().err
    )
    rows = read(tmp_path / "run" / LOG)
    assert all(np.isfinite(row["loss"]) for row in rows if "loss" in row)
    last = checkpoint.path_of(tmp_path / "run", checkpoint.LAST)
    if last.exists():
        saved = checkpoint.read(tmp_path / "run", checkpoint.LAST)
        assert saved["step"] == rows[-1]["step"]
