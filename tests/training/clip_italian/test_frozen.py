"""Features computed once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from cercafoto.training.clip_italian import frozen  # noqa: E402

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
    assert [p.name for p in path.parent.iterdir()] == ["a.npy"]


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


def test_all_computed_but_not_yet_named(tmp_path: Path) -> None:
    kept(tmp_path / "a.npy", Source())
    (tmp_path / "a.npy").rename(tmp_path / "b.partial.npy")
    source = Source()
    assert np.array_equal(kept(tmp_path / "b.npy", source), ROWS)
    assert source.asked == []


def test_the_name_follows_the_weights_and_what_they_are_of() -> None:
    torch.manual_seed(0)
    one, other = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    assert frozen._key(one, ["a"]) == frozen._key(one, ["a"])
    assert len({frozen._key(one, ["a"]), frozen._key(one, ["b"]), frozen._key(other, ["a"])}) == 3
