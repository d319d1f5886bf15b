"""Losses of the recipes, against the formulas written out."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from cercafoto.training.recipes.losses import contrast, distance  # noqa: E402


def unit(rows: int, width: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(rows, width, generator=generator), dim=1)


def test_the_sigmoid_loss_judges_every_pair_by_itself():
    images, texts, scale, bias = unit(5, 8, 0), unit(5, 8, 1), 7.0, -3.0
    expected = 0.0
    for i in range(5):
        for j in range(5):
            z = scale * float(images[i] @ texts[j]) + bias
            expected += math.log1p(math.exp(-z if i == j else z))
    found = contrast(images, texts, torch.tensor(scale), torch.tensor(bias), "sigmoid")
    assert float(found) == pytest.approx(expected / 5, rel=1e-5)


def test_the_softmax_loss_is_symmetric_cross_entropy():
    images, texts = unit(6, 8, 2), unit(6, 8, 3)
    scores = (5.0 * images @ texts.T).exp()
    own = scores.diagonal()
    expected = -((own / scores.sum(0)).log().mean() + (own / scores.sum(1)).log().mean()) / 2
    found = contrast(images, texts, torch.tensor(5.0), torch.tensor(9.0), "softmax")
    torch.testing.assert_close(found, expected)


def test_the_squared_distance_learns_the_length_and_the_cosine_does_not():
    targets = unit(4, 8, 4)
    assert float(distance(targets, targets, "mse")) == pytest.approx(0, abs=1e-6)
    assert float(distance(3 * targets, targets, "mse")) == pytest.approx(4.0, rel=1e-5)
    assert float(distance(3 * targets, targets, "cosine")) == pytest.approx(0, abs=1e-6)
    assert float(distance(-targets, targets, "cosine")) == pytest.approx(2, rel=1e-5)


@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
def test_prefixes_are_unit_vectors_of_their_own(kind):
    images, texts = unit(5, 8, 5), unit(5, 8, 6)
    numbers = (torch.tensor(7.0), torch.tensor(-3.0), kind)
    short = [torch.nn.functional.normalize(rows[:, :3], dim=1) for rows in (images, texts)]
    expected = (contrast(images, texts, *numbers) + contrast(*short, *numbers)) / 2
    torch.testing.assert_close(contrast(images, texts, *numbers, (3,)), expected)


def test_prefixes_of_a_distance():
    vectors, targets = unit(5, 8, 7), unit(5, 8, 8)
    parts = [(vectors - targets)[:, :size].square().sum(1).mean() for size in (8, 4, 2)]
    found = distance(vectors, targets, "mse", (4, 2))
    torch.testing.assert_close(found, torch.stack(parts).mean())
