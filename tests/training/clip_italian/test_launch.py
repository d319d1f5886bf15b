"""Several processes on one machine by `--processes`. `test_walk` runs the real torchrun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import checkpoint  # noqa: E402
from cercafoto.training.clip_italian.launch import launch  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

SMALL = ["--set", "engine.batch=4", "--set", "towers.image_size=32"]

pytestmark = pytest.mark.slow


@pytest.fixture
def pairs(tmp_path: Path) -> list[str]:
    train = write_pairs(tmp_path, "train", 32)
    valid = write_pairs(tmp_path, "valid", 12, seed=1)
    return ["--train", str(train), "--valid", str(valid)]


def test_processes_that_are_interrupted_end_with_130(pairs: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cercafoto.training", "train", "--preset", "smoke", *pairs]
    command += [*SMALL, "--set", "schedule.epochs=400", "--set", "engine.log_every=3"]
    command += ["--out", str(tmp_path / "run"), "--processes", "2"]
    quiet = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=quiet) as running:
        assert running.stderr is not None
        assert any("8/1600" in line for line in running.stderr), "the second validation"
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 130, said
    assert "Traceback" not in said and "--resume goes on" in said
    assert 8 <= checkpoint.read(tmp_path / "run", checkpoint.LAST)["step"] < 1600


def test_the_exit_code_is_that_of_the_processes() -> None:
    assert launch(2, ["train", "--preset", "unknown"]) == 2
