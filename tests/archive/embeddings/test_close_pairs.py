"""Comparing images, and finding the pairs to compare, against an obvious loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cercafoto.archive.local.embeddings.close_pairs import HIGHEST, close_pairs, threshold
from cercafoto.archive.local.embeddings.vector_store import VectorStore
from cercafoto.photos.perceptual import fit, hashes, same_picture, thumbnail
from tests.bench.kept import Kept
from tests.support.scenes import COPIES, MOMENTS, all_of, scene

SEEDS = range(12)


def thumbs(images: Any) -> np.ndarray:
    return np.array([thumbnail(image) for image in images])


@pytest.mark.parametrize("kind", COPIES)
def test_copies_are_one_picture_either_way_round(kind: str) -> None:
    first = thumbs(scene(n) for n in SEEDS)
    second = thumbs(COPIES[kind](scene(n), np.random.default_rng(n)) for n in SEEDS)
    assert same_picture(first, second).all()
    assert same_picture(second, first).all()


def test_other_pictures_and_other_moments_are_not() -> None:
    first = thumbs(scene(n) for n in SEEDS)
    assert not same_picture(first, np.roll(first, 1, axis=0)).any()
    for _, image in all_of(MOMENTS, scene(3), 8):
        assert not same_picture(first[3:4], thumbs([image])).any()


def test_a_negative_is_another_picture() -> None:
    first = thumbs([scene(1)])
    assert not same_picture(first, 255 - first).any()


def test_a_trimmed_picture_is_laid_where_it_was() -> None:
    first = thumbs([scene(4)])
    wide = scene(4)
    left = thumbs([wide.crop((0, 0, 360, 300))])
    laid = fit(first, left)
    assert laid.worst[0] < 0.1 < fit(first, thumbs([scene(5)])).worst[0]
    assert laid.gain[0] == pytest.approx(1, abs=0.05)
    assert fit(left, first).overlap[0] == pytest.approx(0.9, abs=0.05)


def test_mirroring_turns_only_frequencies_that_are_not_even() -> None:
    first = thumbs([scene(6)])
    assert (hashes(first) != hashes(first[:, :, ::-1])).sum() > 20
    assert (hashes(first) == hashes(np.clip(first.astype(int) + 1, 0, 255))).all()


def test_no_pairs_are_no_trouble() -> None:
    none = np.empty((0, 32, 32), np.uint8)
    assert same_picture(none, none).shape == (0,)


# -- which to compare --------------------------------------------------------------------------


def stored(matrix: np.ndarray) -> VectorStore:
    matrix = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)
    return VectorStore.load(Path("/dev/null/nowhere"), Kept(matrix), 1, matrix.shape[1])


def test_close_pairs_are_those_of_the_obvious_loop() -> None:
    chance = np.random.default_rng(1)
    vectors = stored(chance.normal(size=(90, 6)))
    matrix = vectors.rows(np.arange(90))
    rows = np.flatnonzero(np.arange(90) % 7)
    expected = [
        [int(a), int(b)] for a in rows for b in rows if a < b and matrix[a] @ matrix[b] >= 0.7
    ]
    assert len(expected) > 50
    for tile in (8, 64, 200):
        assert close_pairs(vectors, rows, 0.7, most=90, tile=tile).tolist() == expected


def test_each_photo_keeps_its_nearest_few_and_no_more() -> None:
    chance = np.random.default_rng(2)
    vectors = stored(chance.normal(size=(200, 3)) * 0.05 + 1)  # all alike
    matrix = vectors.rows(np.arange(200))
    cosines = matrix @ matrix.T
    np.fill_diagonal(cosines, -2)
    pairs = close_pairs(vectors, np.arange(200), 0.5, most=4, tile=16)
    assert len(pairs) <= 4 * 200
    found = {tuple(pair) for pair in pairs.tolist()}
    for row in range(200):
        for other in np.argsort(-cosines[row])[:4].tolist():
            assert (min(row, other), max(row, other)) in found


def test_the_threshold_follows_the_model_up_to_a_point() -> None:
    chance = np.random.default_rng(3)
    apart = threshold(stored(chance.normal(size=(300, 512))), np.arange(300))
    assert 0.1 < apart < 0.3
    alike = threshold(stored(chance.normal(size=(300, 512)) * 0.5 + 1), np.arange(300))
    assert alike == HIGHEST
    assert threshold(stored(np.ones((1, 4))), np.arange(1)) == HIGHEST
