"""One-byte codes: no error exceeds its bound, and a search through them finds the nearest vectors
exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cercafoto.archive.local.embeddings import bounds as vector_bounds
from cercafoto.archive.local.embeddings import vector_store as vectors
from cercafoto.archive.local.embeddings.bounds import Bounds
from cercafoto.archive.local.embeddings.cache import CODES, CodeCache, DamagedCacheError
from cercafoto.archive.local.embeddings.codes import Frame
from cercafoto.archive.local.embeddings.state import BLOCK
from cercafoto.archive.local.embeddings.vector_store import VectorStore
from tests.bench.kept import Kept
from tests.support.optional_packages import needs


def half(rows: np.ndarray) -> np.ndarray:
    """Return vectors with the precision of the catalogue, float16."""
    return rows.astype("<f2").astype(np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def spread(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    return unit(chance.normal(size=(count, d)))


def clustered(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    centres = spread(chance, 7, d)
    return unit(centres[chance.integers(0, 7, count)] + 0.05 * spread(chance, count, d))


def alike(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    """Return vectors that differ by less than a step of their codes."""
    return unit(spread(chance, 1, d) + 1e-3 * spread(chance, count, d))


def copies(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    return spread(chance, 9, d)[chance.integers(0, 9, count)]


def one_large(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    """Return vectors with one dimension far larger than the others, as in many CLIP models."""
    rows = spread(chance, count, d)
    rows[:, 0] = chance.normal(4.0, 0.5, count)
    return unit(rows)


def nothing(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    rows = spread(chance, count, d)
    rows[::3] = 0
    return rows


def later_others(chance: np.random.Generator, count: int, d: int) -> np.ndarray:
    """Return vectors whose frame, chosen from the first rows, fits no others."""
    rows = alike(chance, count, d)
    rows[count // 2 :] = spread(chance, count - count // 2, d)
    return rows


KINDS = [spread, clustered, alike, copies, one_large, nothing, later_others]


@pytest.fixture
def pass_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the codes even for archives so small that all vectors would be looked up."""
    monkeypatch.setattr(vectors, "FEW", 0)
    monkeypatch.setattr(vectors, "ROWS_A_LOOK_UP", 10**9)


def obvious(rows: np.ndarray, query: np.ndarray, k: int) -> tuple[list[int], np.ndarray]:
    """Return cosines in float64, so that equal rows have equal cosines."""
    scores = np.array([float(np.dot(r.astype(np.float64), query)) for r in rows])
    order = sorted(range(len(rows)), key=lambda i: -scores[i])
    return order[:k], scores


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 7, 512])
def test_no_cosine_is_outside_its_bounds(tmp_path: Path, kind, d: int) -> None:
    chance = np.random.default_rng(d)
    rows = half(kind(chance, 700, d))
    cache = CodeCache.load(tmp_path / "v", Kept(rows), 1, d)
    for query in (*spread(chance, 5, d), rows[3], 30 * rows[4], np.zeros(d)):
        query = query.astype(np.float32)
        bounds = Bounds(cache, query)
        exact = rows.astype(np.float64) @ query.astype(np.float64)
        assert (bounds.lower <= exact).all()
        assert (exact <= bounds.upper).all()
        assert (rows @ query <= bounds.upper).all()  # as float32 has it


def test_limits_are_narrow_whatever_the_dimensions(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    for kind in (spread, clustered, one_large):
        rows = half(kind(chance, 3000, 512))
        cache = CodeCache.load(tmp_path / kind.__name__, Kept(rows), 1, 512)
        assert cache.rows["reach"].mean() < 0.01


@pytest.mark.usefixtures("pass_first")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [3, 131])
def test_the_nearest_are_those_of_scoring_every_vector(tmp_path: Path, kind, d: int) -> None:
    chance = np.random.default_rng(d)
    rows = half(kind(chance, 900, d))
    found = VectorStore.load(tmp_path / "v", Kept(rows), 1, d)
    some = np.flatnonzero(chance.random(900) < 0.3)
    for query in (*spread(chance, 4, d), rows[5]):
        query = query.astype(np.float32)
        for k in (1, 10, 250, 900, 5000):
            for among in (None, some, some[:5], some[:0]):
                own = np.arange(900) if among is None else among
                expected, scores = obvious(rows[own], query, k)
                got, cosines = found.exact(query, k, among)
                assert len(got) == min(k, len(own))
                # float64 tells some vectors apart that are equal in float32: either may come first.
                np.testing.assert_allclose(
                    scores[np.searchsorted(own, got)], scores[expected], atol=3e-7
                )
                np.testing.assert_allclose(cosines, scores[expected], atol=3e-7)
                same = cosines[1:] == cosines[:-1]
                assert (got[1:][same] > got[:-1][same]).all()  # ties in ascending order
                assert len(set(got.tolist())) == len(got)


@pytest.mark.usefixtures("pass_first")
def test_codes_in_memory_give_the_same_answers_as_in_their_file(tmp_path: Path) -> None:
    chance = np.random.default_rng(9)
    count = 3 * BLOCK + 7
    rows = half(clustered(chance, count, 20))
    filed = VectorStore.load(tmp_path / "v", Kept(rows), 1, 20)
    held = VectorStore.load(tmp_path / "v", Kept(rows), 1, 20)
    held.load_codes()
    (tmp_path / "v" / CODES).rename(tmp_path / "codes")
    some = np.flatnonzero(chance.random(count) < 0.1)
    for query in spread(chance, 4, 20).astype(np.float32):
        for among in (None, some):
            found = held.exact(query, 25, among)
            (tmp_path / "codes").rename(tmp_path / "v" / CODES)
            expected = filed.exact(query, 25, among)
            (tmp_path / "v" / CODES).rename(tmp_path / "codes")
            assert np.array_equal(found[0], expected[0])
            assert np.array_equal(found[1], expected[1])
    with pytest.raises(DamagedCacheError):
        filed.load_codes()


@pytest.mark.usefixtures("pass_first")
def test_few_rows_are_looked_up_of_many(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    rows = half(clustered(chance, 30_000, 64) + 0.7 * spread(chance, 30_000, 64))
    rows = half(unit(rows))
    source = Kept(rows)
    found = VectorStore.load(tmp_path / "v", source, 1, 64)
    asked: list[int] = []
    look_up = source.vectors_at
    source.vectors_at = lambda m, w: asked.append(len(w)) or look_up(m, w)  # type: ignore
    got, _ = found.exact(rows[77], 10)
    assert sorted(got.tolist()) == sorted(obvious(rows, rows[77], 10)[0])
    assert sum(asked) < 200


@pytest.mark.usefixtures("pass_first")
def test_threads_share_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(5)
    rows = half(spread(chance, 12 * BLOCK + 5, 16))
    found = VectorStore.load(tmp_path / "v", Kept(rows), 1, 16)
    query = rows[9]
    alone = vector_bounds.coarse(found._cache, query, range(3))[: 3 * BLOCK]
    together = vector_bounds.coarse(found._cache, query, range(found._cache.blocks))
    assert np.array_equal(together[: 3 * BLOCK], alone)
    assert sorted(found.exact(query, 20)[0].tolist()) == sorted(obvious(rows, query, 20)[0])
    path = tmp_path / "v" / CODES
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    for _ in range(5):  # a different thread may fail first each time
        with pytest.raises(DamagedCacheError):
            found.exact(query, 20)


@pytest.mark.usefixtures("pass_first")
def test_farther_counts_smaller_cosines(tmp_path: Path) -> None:
    chance = np.random.default_rng(6)
    rows = half(clustered(chance, 2000, 24))
    found = VectorStore.load(tmp_path / "v", Kept(rows), 1, 24)
    some = np.flatnonzero(chance.random(2000) < 0.6)
    query = rows[1]
    scores = found.scores(some, query)
    asked = np.array([*scores[:40], -2.0, 2.0], np.float32)
    expected = [int((scores < score).sum()) for score in asked]
    assert found.farther(query, asked, some).tolist() == expected
    assert found.farther(query, asked[:0], some).tolist() == []
    assert found.farther(query, asked[:1], some[:0]).tolist() == [0]


def test_a_frame_survives_being_written() -> None:
    rows = spread(np.random.default_rng(7), 50, 12).astype(np.float32)
    frame = Frame.of(rows)
    again = Frame.from_text(frame.text())
    assert np.array_equal(frame.mean, again.mean)
    assert np.array_equal(frame.spread, again.spread)
    for few in (rows[:0], rows[:1], np.zeros((4, 12), np.float32)):
        assert (Frame.of(few).spread > 0).all()


class Growing(Kept):
    """Record from which vector on it was read."""

    def __init__(self, vectors: np.ndarray) -> None:
        super().__init__(vectors)
        self.asked: list[int] = []

    def vectors_after(self, model_id: int, last_id: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.asked.append(last_id)
        return super().vectors_after(model_id, last_id)


@needs("hnswlib")
def test_an_archive_that_has_grown_many_times_is_coded_anew(tmp_path: Path) -> None:
    chance = np.random.default_rng(8)
    rows = half(np.concatenate([alike(chance, 50, 16), spread(chance, 20_000, 16)]))
    VectorStore.load(tmp_path / "v", Growing(rows[:50]), 1, 16).graph()
    source = Growing(rows)
    grown = VectorStore.load(tmp_path / "v", source, 1, 16)
    assert source.asked == [50, 0]
    assert grown._cache.state.framed == len(rows)
    assert grown._cache.state.graph_count == 50  # the same rows: it is still theirs
    assert not grown.damage()
    narrow = grown._cache.rows["reach"][50:].mean()
    fresh = VectorStore.load(tmp_path / "w", Kept(rows), 1, 16)
    assert narrow < 1.1 * fresh._cache.rows["reach"][50:].mean()
    assert sorted(grown.exact(rows[900], 10)[0].tolist()) == sorted(obvious(rows, rows[900], 10)[0])


@needs("hnswlib")
def test_a_vector_missing_from_the_catalogue_is_noticed(tmp_path: Path) -> None:
    rows = half(spread(np.random.default_rng(10), 20, 8))
    source = Kept(rows)
    found = VectorStore.load(tmp_path / "v", source, 1, 8)
    source.vectors = rows[:15]
    with pytest.raises(DamagedCacheError):
        found.rows(np.array([3, 17]))
    with pytest.raises(DamagedCacheError):
        found.graph()
