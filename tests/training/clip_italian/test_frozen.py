"""Features computed once and kept."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from filelock import FileLock

from tests.support.waiting import PATIENCE

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import config_text, frozen, one_run, presets  # noqa: E402
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.clip_italian.precision import Precision  # noqa: E402
from cercafoto.training.data.pairs import read_pairs  # noqa: E402
from tests.support.training_pairs import write_pairs  # noqa: E402

ROWS = np.arange(20, dtype=np.float32).reshape(10, 2)


class Source:
    """Gives ROWS three at a time, records where requests start, and fails before row `until`."""

    def __init__(self, until: int = 10) -> None:
        self.until, self.asked = until, []

    def __call__(self, mine: range) -> Iterator[np.ndarray]:
        self.asked.append(mine.start)
        for at in range(mine.start, mine.stop, 3):
            if at >= self.until:
                raise KeyboardInterrupt
            yield ROWS[at : at + 3]


def kept(path: Path, source: Source) -> np.ndarray:
    return frozen._kept(path, 10, 2, torch.nn.Identity(), source)


def test_they_are_computed_once(tmp_path: Path) -> None:
    source, path = Source(), tmp_path / "cache" / "a.npy"
    for _ in range(2):
        assert np.array_equal(kept(path, source), ROWS)
    assert source.asked == [0]
    assert [p.name for p in path.parent.glob("*.npy")] == ["a.npy"]


def test_an_interrupted_computation_goes_on(tmp_path: Path) -> None:
    path, source = tmp_path / "a.npy", Source(until=6)
    with pytest.raises(KeyboardInterrupt):
        kept(path, source)
    assert not path.exists()
    source.until = 10
    assert np.array_equal(kept(path, source), ROWS)
    assert source.asked == [0, 6]


def test_a_row_that_was_cut_short_is_computed_again(tmp_path: Path) -> None:
    kept(tmp_path / "a.npy", Source())
    table = np.load(tmp_path / "a.npy")
    table[7, 1] = np.nan
    table[8:] = np.nan
    (tmp_path / "a.npy").unlink()
    np.save(tmp_path / "a.partial.npy", table)
    source = Source()
    assert np.array_equal(kept(tmp_path / "a.npy", source), ROWS)
    assert source.asked == [7]


def test_a_file_whose_making_was_cut_off_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "a.partial.npy").write_bytes(b"\x93NUM")
    assert np.array_equal(kept(tmp_path / "a.npy", Source()), ROWS)


def test_rows_of_a_file_that_found_no_room_are_not_taken_for_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", full, raising=False)
        with pytest.raises(OSError, match="no space"):
            kept(tmp_path / "a.npy", Source())
    assert np.array_equal(kept(tmp_path / "a.npy", Source()), ROWS)


def test_a_second_run_waits_for_the_features_of_the_first(tmp_path: Path) -> None:
    path, begun, go_on = tmp_path / "a.npy", Event(), Event()

    class Slow(Source):
        def __call__(self, mine: range) -> Iterator[np.ndarray]:
            begun.set()
            assert go_on.wait(PATIENCE)
            yield from super().__call__(mine)

    first, second = Slow(), Source()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(kept, path, first)
        assert begun.wait(PATIENCE)
        other = pool.submit(kept, path, second)
        go_on.set()
        assert np.array_equal(one.result(), ROWS) and np.array_equal(other.result(), ROWS)
    assert (first.asked, second.asked) == ([0], [])


def test_the_processes_of_a_run_wait_together_a_look_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that waited alone would exceed the time limit of the others' group."""
    looks: list[bool] = []
    lock = FileLock(tmp_path / "a.lock")

    def everywhere(is_held: bool) -> list[bool]:
        looks.append(is_held)
        if len(looks) == 3:
            lock.release()
        return [is_held]

    monkeypatch.setattr(one_run.distributed, "everywhere", everywhere)
    monkeypatch.setattr(one_run, "LOOK", 0.01)
    lock.acquire()
    with one_run.one_run(tmp_path / "a.lock", waits=True):
        assert looks == [False, False, False, True]
    with lock.acquire(timeout=0):
        pass


def test_shared_features_are_named_by_the_sizes_of_the_photos(tmp_path: Path) -> None:
    pairs = read_pairs(write_pairs(tmp_path, "train", 2))
    names = frozen._named(pairs, tmp_path, sizes=True)
    (tmp_path / pairs[0].image_path).write_bytes(b"another photo")
    changed = frozen._named(pairs, tmp_path, sizes=True)
    assert names[0] != changed[0] and names[1] == changed[1]
    (tmp_path / pairs[0].image_path).unlink()
    assert frozen._named(pairs, tmp_path, sizes=True)[0] != changed[0]


def test_all_computed_but_not_yet_named(tmp_path: Path) -> None:
    kept(tmp_path / "a.npy", Source())
    (tmp_path / "a.npy").rename(tmp_path / "b.partial.npy")
    source = Source()
    assert np.array_equal(kept(tmp_path / "b.npy", source), ROWS)
    assert source.asked == []


def test_the_name_follows_the_weights_and_what_they_are_of() -> None:
    torch.manual_seed(0)
    one, other = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    full, half = (Precision(name, torch.device("cpu")) for name in ("float32", "bfloat16"))
    names = {
        frozen._key(one, full, ["a"]),
        frozen._key(one, full, ["b"]),
        frozen._key(other, full, ["a"]),
        frozen._key(one, half, ["a"]),
    }
    assert len(names) == 4 and frozen._key(one, full, ["a"]) in names


@pytest.mark.parametrize(
    "asked, device, own, teacher_s",
    [
        ("auto", "cpu", "float32", "float32"),
        ("auto", "cuda", "bfloat16", "tf32"),
        ("float16", "cuda", "tf32", "tf32"),
        ("float32", "cuda", "float32", "float32"),
        ("tf32", "cuda", "tf32", "tf32"),
    ],
)
def test_features_have_the_precision_of_the_run(monkeypatch, asked, device, own, teacher_s) -> None:
    """A teacher's are never coarser than TensorFloat-32, and float16's range is too small."""
    monkeypatch.setattr(frozen, "Precision", lambda name, device: name)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    monkeypatch.setattr(frozen.distributed, "device", lambda: torch.device(device))
    run = config_text.override(Run(), [f"engine.precision={asked}"])
    assert frozen._precision(run) == own
    assert frozen._precision(run, of_teacher=True) == teacher_s


def test_bfloat16_features_lie_near_and_are_kept_apart(tmp_path: Path) -> None:
    """On a processor auto computes them in float32, to the bit as the towers themselves do."""
    file = write_pairs(tmp_path, "train", 6)
    pairs = read_pairs(file)
    settings = ["towers.image_size=32", "data.augment=none", "frozen_dropout=false"]
    run = config_text.override(presets.preset("smoke"), [*settings, "freeze=backbones"])
    captions = tuple(caption for pair in pairs for caption in pair.captions)
    model = models.build(run, captions).eval()
    found = {}
    for name in ("auto", "bfloat16"):
        changed = config_text.override(run, [f"engine.precision={name}", "data.workers=0"])
        features = frozen.of_pairs(model, changed, pairs, tmp_path, tmp_path / "cache")
        assert features.texts is not None
        found[name] = [torch.from_numpy(np.array(v)) for v in (features.images, features.texts)]
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 4
    ids, mask = model.text_tower.tokens(captions)
    with torch.inference_mode():
        texts = model.text_tower(ids, mask)
    assert torch.equal(found["auto"][1], texts)
    for full, half in zip(*found.values(), strict=True):
        assert half.dtype == torch.float32 and not torch.equal(full, half)
        assert torch.cosine_similarity(full, half).min() > 0.999
