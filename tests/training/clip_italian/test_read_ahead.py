"""Reading ahead stays within shared memory, whatever the number of workers."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from cercafoto.training.clip_italian import (  # noqa: E402
    config_text,
    presets,
    read_ahead,
)
from cercafoto.training.clip_italian import model as models  # noqa: E402
from cercafoto.training.clip_italian.augment import Drawn  # noqa: E402
from cercafoto.training.clip_italian.batches import Batch, Order, PhotoPairs, Steps  # noqa: E402
from cercafoto.training.clip_italian.config import Run  # noqa: E402
from cercafoto.training.data.pair_index import PairIndex, build_index  # noqa: E402
from cercafoto.training.training_errors import InputError  # noqa: E402
from tests.support import processes  # noqa: E402, F401  the fork server has torch
from tests.support.training_pairs import write_pairs  # noqa: E402


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Simulate a machine whose shared memory has `free.bytes` bytes."""
    found = SimpleNamespace(bytes=24e9)
    monkeypatch.setattr(read_ahead, "SHARED", Path("/"))
    usage = SimpleNamespace(disk_usage=lambda path: SimpleNamespace(free=found.bytes))
    monkeypatch.setattr(read_ahead, "shutil", usage)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    yield found


def settings(*changed: str) -> Run:
    return config_text.override(
        presets.preset("clip-italian-stage2"), ["data.workers=16", *changed]
    )


def test_sixteen_workers_share_a_batch(free: SimpleNamespace) -> None:
    ahead = read_ahead.planned(settings(), 224, 1024, 4)
    assert (ahead.piece, ahead.pieces) == (64, 4)
    assert ahead.bytes == pytest.approx(4 * 1024 * 3 * 224 * 224 * 4, rel=0.01)
    assert "2,473 MB" in read_ahead.told(ahead)


@pytest.mark.parametrize("megabytes", [64, 500, 2000])
def test_a_container_s_memory_is_enough(free: SimpleNamespace, megabytes: int) -> None:
    free.bytes = megabytes * 1e6
    ahead = read_ahead.planned(settings(), 224, 1024, 4)
    assert ahead.piece >= 1 and 2 * ahead.bytes <= free.bytes / 2
    set_aside = settings(f"engine.shared_memory_mb={megabytes}")
    assert 2 * read_ahead.planned(set_aside, 224, 1024, 4).bytes <= free.bytes


def test_too_little_is_said_before_the_run(
    free: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"has 24000 MB free.*--shm-size"):
        read_ahead.planned(settings("engine.shared_memory_mb=30000"), 224, 1024, 4)
    free.bytes = 10e6
    with pytest.raises(InputError, match=r"data.workers=16 needs 10 MB.*--shm-size"):
        read_ahead.planned(settings(), 224, 1024, 4)
    free.bytes = 64e6
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    with pytest.raises(InputError, match=r"data.workers=16 needs 10 MB"):
        read_ahead.planned(settings(), 224, 1024, 4)


def test_the_cores_are_divided_by_the_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight devices on 224 cores were 1,792 processes."""
    monkeypatch.setattr(read_ahead, "usable_cores", lambda: 224)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    by_the_cores = settings("data.workers=-1")
    assert presets.preset("clip-italian-stage2").data.workers == -1, "where nobody says other"
    for devices, workers in ((1, 224), (8, 28), (300, 1)):
        monkeypatch.setenv("LOCAL_WORLD_SIZE", str(devices))
        assert read_ahead.workers_of(by_the_cores) == workers
        assert read_ahead.workers_of(settings()) == 16, "as it is set"
    with pytest.raises(InputError, match=r"data\.workers"):
        settings("data.workers=-2")


@pytest.mark.parametrize("start", ["fork", "forkserver"])
def test_pieces_make_the_batches_of_one_process(tmp_path: Path, start: str) -> None:
    """However processes start, they receive only the tokenizer, not the towers."""
    pairs = write_pairs(tmp_path, "train", 20)
    run = config_text.override(
        presets.preset("smoke"), ["towers.image_size=32", f"data.train={pairs}", "engine.batch=8"]
    )
    text = models.build(run, ("un muro rosso", "il colore è verde")).image_tower
    tokenizer = models.build(run, ("un muro rosso", "il colore è")).text_tower.tokenizer
    photos = PhotoPairs(
        PairIndex(pairs, *build_index(pairs, tmp_path / "index")),
        tmp_path,
        Drawn(text.preprocessing),
        seed=0,
        sample=True,
    )
    steps = Steps(Order(20, 8), 0, 3)
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(start, force=True)
    try:
        found = {
            workers: list(
                read_ahead.read(
                    photos, steps, tokenizer, read_ahead.ReadAhead(workers, n, workers, 0)
                )
            )
            for workers, n in ((0, 8), (2, 3))
        }
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert [len(batch.parts) for batch in found[2]] == [3, 3, 3]
    cpu = torch.device("cpu")
    for whole, pieces in zip(found[0], found[2], strict=True):
        one, other = whole.to(cpu), pieces.to(cpu)
        assert set(one) == set(other) and len(whole) == len(pieces) == 8
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_captions_of_parts_are_padded_to_the_longest() -> None:
    parts = [{"input_ids": torch.ones(2, t).long()} for t in (3, 5)]
    joined = Batch(parts, pad_id=9).to(torch.device("cpu"))["input_ids"]
    assert joined.tolist() == [[1, 1, 1, 9, 9]] * 2 + [[1] * 5] * 2
