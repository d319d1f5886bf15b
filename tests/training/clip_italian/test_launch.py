"""Several processes on one machine by `--processes`. `test_walk` runs the real torchrun."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import (  # noqa: E402
    checkpoint,
    config_text,
    distributed,
    presets,
)
from cercafoto.training.clip_italian.launch import check_machine, launch  # noqa: E402
from cercafoto.training.clip_italian.monitor.run_log import LOG, read  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.processes import together  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402
from tests.support.waiting import until  # noqa: E402

SMALL = ["--set", "engine.batch=8", "--set", "towers.image_size=32"]

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


def test_processes_whose_starter_is_killed_save_and_end(pairs: list[str], tmp_path: Path) -> None:
    """No signal reaches them, and none of them may wait for ever."""
    command = [sys.executable, "-m", "cercafoto.training", "train", "--preset", "smoke", *pairs]
    command += [*SMALL, "--set", "schedule.epochs=9999", "--out", str(tmp_path / "run")]
    quiet = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*command, "--processes", "2"], env=quiet) as running:
        best = checkpoint.path_of(tmp_path / "run", checkpoint.BEST)
        until(best.exists)
        trainers = psutil.Process(running.pid).children()
        running.kill()
    until(lambda: not any(one.is_running() for one in trainers))
    saved = checkpoint.read(tmp_path / "run", checkpoint.LAST)["step"]
    steps = [row["step"] for row in read(tmp_path / "run" / LOG) if "loss" in row]
    assert saved == steps[-1]


def _vanish(rank: int, said: str) -> None:
    """In one of two processes: the second one is gone before the barrier."""
    try:
        with distributed.group():
            if rank:
                os._exit(0)
            distributed.barrier()
    except InputError as error:
        Path(said).write_text(str(error))


def test_a_process_that_is_gone_is_told(tmp_path: Path) -> None:
    together(_vanish, str(tmp_path / "said"))
    assert "another process of the run is gone" in (tmp_path / "said").read_text()


def test_a_process_does_not_wait_for_ever_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "RANK": "0", "WORLD_SIZE": "2"}
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=r"not answered for 1 s.*--resume"), distributed.group(1):
        pass


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 1
    return capsys.readouterr().err


def test_a_batch_that_devices_cannot_share_is_refused_before_anything_starts(
    pairs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "--preset", "clip-italian-stage2", *pairs, "--out", str(tmp_path / "run")]
    told = refused([*command, "--processes", "3"], capsys)
    assert "engine.batch=1024 are 8 blocks of 128 pairs" in told and "1, 2, 4, 8 can" in told
    assert not (tmp_path / "run").exists()
    speed = refused(["throughput", "--processes", "3"], capsys)
    assert "3 devices cannot share" in speed


def test_the_published_towers_start_on_a_gpu(
    pairs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    command = ["train", "--preset", "clip-italian-stage1", *pairs, "--out", str(tmp_path / "run")]
    assert "--without-gpu starts it all the same" in refused(command, capsys)
    assert not (tmp_path / "run").exists()
    few = config_text.override(presets.preset("clip-italian-stage1"), ["schedule.max_steps=2"])
    check_machine(few, 1, without_gpu=False)
    check_machine(presets.preset("clip-italian-stage1"), 1, without_gpu=True)
    check_machine(presets.preset("small-stage1"), 1, without_gpu=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    check_machine(presets.preset("clip-italian-stage1"), 4, without_gpu=False)
    told = refused([*command, "--processes", "8"], capsys)
    assert "8 processes, one a GPU, and torch sees 4" in told


def test_the_exit_code_is_that_of_the_processes() -> None:
    assert launch(2, ["train", "--preset", "unknown"]) == 2
