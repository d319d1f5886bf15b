"""Several processes on one machine: the real torchrun, and `--processes`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import checkpoint  # noqa: E402
from tests.support.training_pages import TORCHRUN, commands  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reproduction.md"
QUIET = os.environ | {"OMP_NUM_THREADS": "1"}
SMALL = ["--set", "engine.batch=4", "--set", "towers.image_size=32"]

pytestmark = pytest.mark.slow


@pytest.fixture
def pairs(tmp_path: Path) -> list[str]:
    train = write_pairs(tmp_path, "train", 32)
    valid = write_pairs(tmp_path, "valid", 12, seed=1)
    return ["--train", str(train), "--valid", str(valid)]


def torchrun(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("torchrun"))
    command = [program, "--nproc_per_node", "2", "-m", "cercafoto.training", *words]
    return subprocess.run(command, capture_output=True, text=True, env=QUIET, cwd=folder)


def test_torchrun_takes_the_words_of_the_page(pairs: list[str], tmp_path: Path) -> None:
    """Every option that the page gives to torchrun is ours, whatever torchrun abbreviates."""
    shown = [line for line in commands(PAGE) if TORCHRUN.match(line)]
    assert shown
    smoke = ["train", "--preset", "smoke", *pairs, *SMALL]
    first = torchrun(*smoke, "--out", "runs/stage1", folder=tmp_path)
    assert first.returncode == 0, first.stderr
    for number, line in enumerate(shown):
        words = shlex.split(TORCHRUN.sub("", line))
        given = words[words.index("--init-from") : words.index("--init-from") + 2]
        assert given == ["--init-from", "runs/stage1"]
        # The sizes, and the folder's names, are a test's.
        sizes = [*SMALL, "--preset", "smoke", *pairs, "--out", f"runs/again{number}"]
        done = torchrun(*words, *sizes, "--set", "schedule.max_steps=1", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        began = checkpoint.read(tmp_path / "runs" / f"again{number}", checkpoint.LAST)
        assert began["step"] == 1
    old = torchrun("--", *smoke, "--start", "runs/stage1", "--out", "old", folder=tmp_path)
    assert old.returncode == 0, old.stderr


def test_processes_that_are_interrupted_end_with_130(pairs: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cercafoto.training", "train", "--preset", "smoke", *pairs]
    command += [*SMALL, "--set", "schedule.epochs=400", "--set", "engine.log_every=3"]
    command += ["--out", str(tmp_path / "run"), "--processes", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=QUIET) as running:
        assert running.stderr is not None
        assert any("8/1600" in line for line in running.stderr), "the second validation"
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
    assert running.returncode == 130, said
    assert "Traceback" not in said and "--resume goes on" in said
    assert 8 <= checkpoint.read(tmp_path / "run", checkpoint.LAST)["step"] < 1600
    wrong = subprocess.run([*command, "--set", "freeze=all"], capture_output=True, env=QUIET)
    assert wrong.returncode == 1
