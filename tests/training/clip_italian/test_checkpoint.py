"""Checkpoints are written during training, and are complete whatever happens."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE

torch = pytest.importorskip("torch", reason="training needs the torch extra")

from cercafoto.training.__main__ import main  # noqa: E402
from cercafoto.training.clip_italian import checkpoint  # noqa: E402
from cercafoto.training.clip_italian.checkpoint import BEST, LAST, Writer, copied  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support.processes import alone  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402


def test_the_training_goes_on_while_a_checkpoint_is_written(tmp_path, monkeypatch):
    """The checkpoint has the weights of its step; the next checkpoint waits for it."""
    disk, save = threading.Event(), torch.save

    def slow(state: object, file: object) -> None:
        assert disk.wait(PATIENCE)
        save(state, file)

    monkeypatch.setattr(torch, "save", slow)
    weight = torch.ones(3)
    with Writer(tmp_path) as writer:
        writer.write({BEST: copied({"w": weight}), LAST: copied({"w": weight, "step": 1})})
        weight += 1  # the training's next step
        assert not checkpoint.path_of(tmp_path, LAST).exists()
        threading.Timer(0.2, disk.set).start()
        writer.write({LAST: copied({"w": weight, "step": 2})})
        assert checkpoint.read(tmp_path, BEST)["w"].tolist() == [1, 1, 1]
    last = checkpoint.read(tmp_path, LAST)
    assert last["step"] == 2 and last["w"].tolist() == [2, 2, 2]


def test_a_disk_that_is_full_is_told_at_the_next_checkpoint_or_at_the_end(tmp_path, monkeypatch):
    def full(state: object, file: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(InputError, match=r"No space.*--resume"), Writer(tmp_path) as writer:
        writer.write({LAST: {"step": 1}})
        with pytest.raises(InputError, match="No space"):
            writer.write({LAST: {"step": 2}})
        writer.write({LAST: {"step": 3}})
    assert not list((tmp_path / "checkpoints").iterdir())


@pytest.fixture
def small_disk() -> Iterator[Callable[[int], None]]:
    """Return a function that lets no file of this process grow beyond so many bytes."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_checkpoint_that_has_no_room_leaves_the_one_before(tmp_path, small_disk):
    """Where torch's own writer cannot go on, it raises a RuntimeError."""
    checkpoint.write(tmp_path, LAST, {"step": 1})
    small_disk(100_000)
    with pytest.raises(InputError, match=r"last\.pt: cannot be written \(.*too large.*GB are free"):
        checkpoint.write(tmp_path, LAST, {"step": 2, "w": torch.zeros(1_000_000)})
    assert checkpoint.read(tmp_path, LAST)["step"] == 1


def test_a_run_on_a_full_disk_ends_with_one_line(tmp_path, small_disk, capsys):
    """Its log fills the disk before its first checkpoint, or this its index of pairs."""
    files = [str(write_pairs(tmp_path, name, 16)) for name in ("train", "valid")]
    words = ["train", "--preset", "smoke", "--train", files[0], "--valid", files[1]]
    for size in (300, 3_000):
        small_disk(size)
        assert main([*words, "--out", str(tmp_path / str(size))]) == 1
        told = capsys.readouterr().err
        assert "cannot be written" in told and "--resume" in told and "Traceback" not in told


def _killed(folder: Path) -> None:
    """Begin the second of two checkpoints."""

    def half(state: object, file: object) -> None:
        file.write(b"half of it")  # type: ignore[attr-defined]
        file.flush()  # type: ignore[attr-defined]
        os.kill(os.getpid(), signal.SIGKILL)

    with Writer(folder) as writer:
        writer.write({LAST: {"step": 1}})
        writer.wait()
        torch.save = half
        writer.write({LAST: {"step": 2}})
        time.sleep(PATIENCE)


def test_a_kill_in_the_middle_leaves_the_last_whole_one(tmp_path: Path) -> None:
    process = alone(_killed, tmp_path)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    assert checkpoint.read(tmp_path, LAST) == {"step": 1}
    assert any(file.stat().st_size == 10 for file in (tmp_path / "checkpoints").iterdir())


def test_a_copy_shares_nothing():
    state = {"a": [torch.zeros(2), {"b": torch.ones(1)}], "step": 3, "betas": (0.9, 0.99)}
    copy = copied(state)
    state["a"][0] += 1
    state["a"][1]["b"] += 1
    assert copy["a"][0].tolist() == [0, 0] and copy["a"][1]["b"].tolist() == [1]
    assert copy["step"] == 3 and copy["betas"] == (0.9, 0.99)
