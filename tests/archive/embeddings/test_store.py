"""Vector caches are right, updated, and rebuilt if they are damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cercafoto.archive.local.embeddings import cache as vector_cache
from cercafoto.archive.local.embeddings import vector_store as vectors
from cercafoto.archive.local.embeddings.cache import CODES, GRAPH, ROWS, DamagedCacheError
from cercafoto.archive.local.embeddings.graph import Graph
from cercafoto.archive.local.embeddings.state import BLOCK, STATE
from cercafoto.archive.local.embeddings.vector_store import VectorStore
from tests.support.optional_packages import needs

D = 8


class Fake:
    """A catalogue that holds the vectors given to it; content ids are 1000 + vector id."""

    def __init__(self, count: int, seed: int = 0) -> None:
        rows = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
        self.rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self.ids = np.arange(1, count + 1)
        self.purges = 0
        self.asked: list[int] = []

    def last_vector_id(self, model_id: int) -> int:
        return int(self.ids[-1]) if len(self.ids) else 0

    def vectors_after(self, model_id: int, last_id: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.asked.append(last_id)
        keep = self.ids > last_id
        ids, rows = self.ids[keep], self.rows[keep]
        for at in range(0, len(ids), 1000):
            part = ids[at : at + 1000]
            yield np.stack([part, part + 1000], axis=1), rows[at : at + 1000]

    def vectors_at(self, model_id: int, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = np.searchsorted(self.ids, wanted)
        at = at[np.append(self.ids, -1)[at] == wanted]
        return np.stack([self.ids[at], self.ids[at] + 1000], axis=1), self.rows[at]

    def first(self, count: int) -> Fake:
        """Return the catalogue as it was with only the first vectors."""
        other = Fake(0)
        other.rows, other.ids, other.purges = self.rows[:count], self.ids[:count], self.purges
        return other


def load(folder: Path, source: Fake) -> VectorStore:
    return VectorStore.load(folder, source, 1, D)


def everything(loaded: VectorStore) -> np.ndarray:
    return loaded.rows(np.arange(len(loaded)))


@pytest.fixture(autouse=True)
def coarse_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the codes even for archives so small that all vectors would be looked up."""
    monkeypatch.setattr(vectors, "FEW", 0)
    monkeypatch.setattr(vectors, "ROWS_A_LOOK_UP", 10**9)


def brute(source: Fake, query: np.ndarray, k: int) -> list[int]:
    return sorted(range(len(source.rows)), key=lambda i: -float(source.rows[i] @ query))[:k]


@pytest.mark.parametrize("count", [0, 1, 5, BLOCK, BLOCK + 1, 2 * BLOCK + 17])
def test_the_exact_pass_equals_the_obvious_one(tmp_path: Path, count: int) -> None:
    source = Fake(count)
    loaded = load(tmp_path / "v", source)
    assert len(loaded) == count
    assert loaded.contents.tolist() == (source.ids + 1000).tolist()
    query = Fake(1, seed=9).rows[0]
    rows, scores = loaded.exact(query, 7)
    assert rows.tolist() == brute(source, query, 7)
    assert np.allclose(scores, source.rows[rows] @ query, atol=1e-6)


def test_a_subset_is_scored_alone(tmp_path: Path) -> None:
    source = Fake(500)
    loaded = load(tmp_path / "v", source)
    among = loaded.rows_of(np.array([1003, 1017, 1400, 99999]))
    assert among.tolist() == [2, 16, 399]
    query = Fake(1, seed=9).rows[0]
    rows, _ = loaded.exact(query, 2, among)
    assert rows.tolist() == [r for r in brute(source, query, 500) if r in (2, 16, 399)][:2]


@pytest.mark.parametrize("before", [0, 3, BLOCK - 1, BLOCK])
def test_added_vectors_are_appended_only(tmp_path: Path, before: int) -> None:
    source = Fake(BLOCK + 50)
    load(tmp_path / "v", source.first(before))
    loaded = load(tmp_path / "v", source)
    assert source.asked == [before]
    assert np.array_equal(everything(loaded), source.rows)
    loaded.exact(source.rows[0], 1)  # every block's checksum is right
    load(tmp_path / "v", source)
    assert source.asked == [before]  # up to date: the catalogue is not read again


def test_deleted_vectors_make_the_cache_again(tmp_path: Path) -> None:
    source = Fake(30)
    load(tmp_path / "v", source)
    source.rows, source.ids, source.purges = source.rows[5:], source.ids[5:], 1
    loaded = load(tmp_path / "v", source)
    assert np.array_equal(everything(loaded), source.rows)


@pytest.mark.parametrize("name", [CODES, ROWS, STATE])
@pytest.mark.parametrize("damage", ["cut", "gone", "garbage"])
def test_damaged_files_are_made_again(tmp_path: Path, name: str, damage: str) -> None:
    source = Fake(300)
    load(tmp_path / "v", source)
    path = tmp_path / "v" / name
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif name == CODES:
        return  # garbage of the right length: the next test
    else:
        path.write_bytes(b"\x07" * path.stat().st_size)
    loaded = load(tmp_path / "v", source)
    assert np.array_equal(everything(loaded), source.rows)
    assert loaded.contents.tolist() == (source.ids + 1000).tolist()


def test_any_flipped_byte_of_the_codes_is_seen(tmp_path: Path) -> None:
    source = Fake(300)
    load(tmp_path / "v", source)
    path = tmp_path / "v" / CODES
    good = path.read_bytes()
    for at in np.random.default_rng(1).integers(0, len(good), 40):
        bad = bytearray(good)
        bad[at] ^= 1 << int(at % 8)
        path.write_bytes(bytes(bad))
        with pytest.raises(DamagedCacheError):
            load(tmp_path / "v", source).exact(source.rows[0], 1)
    VectorStore.rebuild(tmp_path / "v", source, 1, D).exact(source.rows[0], 1)


@needs("hnswlib")
def test_the_graph_agrees_with_the_exact_pass(tmp_path: Path) -> None:
    source = Fake(3000)
    loaded = load(tmp_path / "v", source)
    same = 0
    for query in Fake(40, seed=5).rows:
        graph = loaded.nearest(query, 10)
        exact, _ = loaded.exact(query, 10)
        same += len(set(graph.tolist()) & set(exact.tolist()))
        assert np.all(np.diff(loaded.scores(graph, query)) <= 1e-6)
    assert same / 400 >= 0.99


@needs("hnswlib")
def test_the_graph_is_saved_loaded_and_extended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fake(600)
    load(tmp_path / "v", source.first(500)).graph()
    state = json.loads((tmp_path / "v" / STATE).read_text())
    assert state["graph_count"] == 500
    loaded = load(tmp_path / "v", source)
    assert loaded.graph().get_current_count() == 600
    assert loaded.nearest(source.rows[555], 1).tolist() == [555]


@needs("hnswlib")
def test_a_damaged_graph_never_reaches_hnswlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hnswlib

    source = Fake(200)
    load(tmp_path / "v", source).graph()
    path = tmp_path / "v" / GRAPH
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    class Watched(hnswlib.Index):
        def load_index(self, *args: object, **kwargs: object) -> None:
            raise AssertionError("hnswlib was given a damaged file")

    monkeypatch.setattr(hnswlib, "Index", Watched)
    loaded = load(tmp_path / "v", source)
    assert loaded.nearest(source.rows[7], 1).tolist() == [7]


def test_a_disk_that_cannot_be_written_costs_the_cache_not_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fake(50)

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_cache, "write_state", full)
    loaded = load(tmp_path / "v", source)
    assert np.array_equal(everything(loaded), source.rows)
    rows, _ = loaded.exact(source.rows[3], 1)
    assert rows.tolist() == [3]


@pytest.mark.parametrize("name", [ROWS, STATE, CODES, GRAPH])
@needs("hnswlib")
def test_no_flipped_byte_anywhere_changes_an_answer(tmp_path: Path, name: str) -> None:
    source = Fake(40)
    query = source.rows[17]
    whole = load(tmp_path / "v", source)
    whole.graph()
    expected = [whole.contents[rows].tolist() for rows, _ in (whole.exact(query, 5),)]
    path = tmp_path / "v" / name
    files = {p: p.read_bytes() for p in (tmp_path / "v").iterdir()}
    rng = np.random.default_rng(3)
    for at in range(0, len(files[path]), max(1, len(files[path]) // 50)):
        for other, content in files.items():
            other.write_bytes(content)
        bad = bytearray(files[path])
        bad[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        for way, rows_of in (
            ("exact", lambda loaded: loaded.exact(query, 5)[0]),
            ("nearest", lambda loaded: loaded.nearest(query, 5)),
        ):
            loaded = load(tmp_path / "v", source)
            try:
                rows = rows_of(loaded)
                loaded.rows(rows)  # as a search reads them for display
            except DamagedCacheError:
                loaded = VectorStore.rebuild(tmp_path / "v", source, 1, D)
                rows = rows_of(loaded)
            assert loaded.contents[rows].tolist() == expected[0], (at, way)


@needs("hnswlib")
def test_a_graph_in_memory_serves_while_rows_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Fake(900)
    older = load(tmp_path / "v", source.first(500))
    older.nearest(source.rows[0], 3)
    made: list[int] = []
    make = Graph._current_index
    monkeypatch.setattr(
        Graph, "_current_index", lambda self, rows: made.append(len(self.cache)) or make(self, rows)
    )
    loaded = load(tmp_path / "v", source.first(700))
    loaded.inherit(older)
    query = source.rows[650]
    assert loaded.nearest(query, 20).tolist() == brute(source.first(700), query, 20)
    assert made == []
    # Too many new vectors: then the graph is extended.
    monkeypatch.setattr(vectors, "MOST_BESIDE", 300)
    last = load(tmp_path / "v", source)
    last.inherit(loaded)
    assert last.nearest(query, 20).tolist() == brute(source, query, 20)
    assert made == [900]


@needs("hnswlib")
def test_the_graph_of_other_rows_is_not_inherited(tmp_path: Path) -> None:
    first, second = Fake(300), Fake(300, seed=5)
    older = load(tmp_path / "v", first)
    older.nearest(first.rows[0], 3)
    second.purges = 1
    loaded = load(tmp_path / "v", second)
    loaded.inherit(older)
    query = second.rows[7]
    assert loaded.nearest(query, 10).tolist() == brute(second, query, 10)
