"""Which options may change when a run is resumed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from tokenizers import Tokenizer  # noqa: E402

pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    config_text,
    presets,
    resume,
)
from cercafoto.training.clip_italian.train import train  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

CHANGED = ("schedule.epochs=3", "engine.batch=8", "towers.image_size=32")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with pairs, and a run on them that stopped after five of twelve steps."""
    torch.set_num_threads(1)
    base = tmp_path_factory.mktemp("begun")
    train_file = write_pairs(base, "train", 32)
    valid_file = write_pairs(base, "valid", 12, seed=1)
    settings = [f"data.train={train_file}", f"data.valid={valid_file}", *CHANGED]
    run = config_text.override(presets.preset("smoke"), [*settings, "engine.log_every=1"])

    class Gone(Exception):
        pass

    def crash(step: int, steps: int, numbers: dict) -> None:
        if step == 5:
            raise Gone

    with pytest.raises(Gone):
        train(run, base / "run", report=crash)
    assert checkpoint.read(base / "run", checkpoint.LAST)["step"] == 4
    return base


@pytest.fixture
def begun(base: Path, tmp_path: Path) -> tuple[list[str], Path]:
    """Return the command that resumes a copy of the run, and the copy's folder."""
    folder = shutil.copytree(base / "run", tmp_path / "run")
    return ["train", "--out", str(folder), "--resume"], folder


def sets(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def test_no_preset_is_needed_and_what_changes_nothing_may_change(begun, capsys):
    command, folder = begun
    free = sets("data.workers=1", "engine.save_every=3", "engine.log_every=5", "name=altro")
    assert main(command + free) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 12
    now = config_text.load(folder / "config.json")
    assert (now.data.workers, now.engine.save_every, now.name) == (1, 3, "altro")
    assert now.schedule.epochs == 3
    assert resume.saved_run(folder) == now


def test_the_checkpoint_knows_the_configuration_without_its_file(begun, capsys):
    command, folder = begun
    (folder / "config.json").unlink()
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 12
    assert config_text.load(folder / "config.json").schedule.epochs == 3


def test_the_whole_command_with_resume_is_the_same_run(begun, base, capsys):
    command, _ = begun
    files = ["--train", str(base / "train.jsonl"), "--valid", str(base / "valid.jsonl")]
    assert main([*command, "--preset", "smoke", *files, *sets(*CHANGED)]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 12


@pytest.mark.parametrize(
    "words, said",
    [
        (sets("seed=9"), ["seed is 0 there and 9 here"]),
        (
            sets("optimizer.learning_rate=2e-3", "data.augment=none"),
            ["learning_rate is 0.001 there and 0.002 here", "'published' there and 'none' here"],
        ),
        (["--preset", "smoke", *sets(*CHANGED[1:])], ["schedule.epochs is 3 there and 2 here"]),
        (["--init-from", "another"], ["start is '' there and 'another' here"]),
        (sets("engine.batch=16"), ["engine.batch is 8 there and 16 here"]),
    ],
)
def test_what_would_be_another_run_is_named_with_both_values(begun, capsys, words, said):
    command, folder = begun
    before = checkpoint.path_of(folder, checkpoint.LAST).read_bytes()
    assert main(command + words) == 1
    told = capsys.readouterr().err
    assert all(part in told for part in said), told
    assert checkpoint.path_of(folder, checkpoint.LAST).read_bytes() == before


def test_pairs_may_lie_elsewhere_but_must_be_the_same(begun, base, tmp_path):
    _, folder = begun
    shutil.copytree(base, tmp_path / "moved")
    saved = resume.saved_run(folder)
    paths = {name: str(tmp_path / "moved" / f"{name}.jsonl") for name in ("train", "valid")}
    moved = replace(saved, data=replace(saved.data, **paths))
    file = tmp_path / "moved" / "train.jsonl"
    lines = file.read_text()
    file.write_text(lines.replace("tutto rosso", "tutto verde"))
    with pytest.raises(InputError, match=r"moved/train\.jsonl: holds other pairs, .* data\.train"):
        train(moved, folder, resume=True)
    file.write_text(lines)
    assert train(moved, folder, resume=True).steps == 12


def test_another_vocabulary_is_told(begun, capsys):
    command, folder = begun
    path = folder / "tokenizer" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.add_tokens(["un'altra", "parola"])
    tokenizer.save(str(path))
    assert main(command) == 1
    told = capsys.readouterr().err
    assert "cannot be gone on with" in told and f"vocabulary in {path}" in told
