"""Losses of the trainer, against the formulas written out."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
from cercafoto.training.clip_italian import objective  # noqa: E402
from cercafoto.training.clip_italian.config import Loss  # noqa: E402


def unit(rows: int, width: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(rows, width, generator=generator), dim=1)


def compared(images: Any, texts: Any, scale: float, bias: float, block: int = 0, **options: Any):
    model: Any = SimpleNamespace(scale=lambda: torch.tensor(scale), logit_bias=torch.tensor(bias))
    found = objective.compare(images, texts, model, Loss(**options), block)
    assert len(found) == len(images), "one for each pair"
    return found.mean()


@pytest.mark.parametrize("block", [0, 3, 2])
def test_the_sigmoid_loss_judges_every_pair_by_itself(block):
    """With blocks, a pair is judged within its own block."""
    images, texts, scale, bias = unit(6, 8, 0), unit(6, 8, 1), 7.0, -3.0
    expected = 0.0
    for i in range(6):
        for j in range(6):
            if not block or i // block == j // block:
                z = scale * float(images[i] @ texts[j]) + bias
                expected += math.log1p(math.exp(-z if i == j else z))
    found = compared(images, texts, scale, bias, block, name="sigmoid")
    assert float(found) == pytest.approx(expected / 6, rel=1e-5)


def test_the_softmax_loss_is_symmetric_cross_entropy():
    images, texts = unit(6, 8, 2), unit(6, 8, 3)
    scores = (5.0 * images @ texts.T).exp()
    own = scores.diagonal()
    expected = -((own / scores.sum(0)).log().mean() + (own / scores.sum(1)).log().mean()) / 2
    torch.testing.assert_close(compared(images, texts, 5.0, 9.0), expected)


def test_the_squared_distance_learns_the_length_and_the_cosine_does_not():
    targets = unit(4, 8, 4)

    def distance(texts: torch.Tensor, targets: torch.Tensor, name: str) -> torch.Tensor:
        return objective.distance(texts, targets, name).mean()

    assert float(distance(targets, targets, "mse")) == pytest.approx(0, abs=1e-6)
    assert float(distance(3 * targets, targets, "mse")) == pytest.approx(4.0, rel=1e-5)
    assert float(distance(3 * targets, targets, "cosine")) == pytest.approx(0, abs=1e-6)
    assert float(distance(-targets, targets, "cosine")) == pytest.approx(2, rel=1e-5)


@pytest.mark.parametrize("name", ["sigmoid", "softmax"])
def test_prefixes_are_unit_vectors_of_their_own(name):
    images, texts = unit(5, 8, 5), unit(5, 8, 6)
    short = [torch.nn.functional.normalize(rows[:, :3], dim=1) for rows in (images, texts)]
    whole, part = (compared(*rows, 7.0, -3.0, name=name) for rows in ((images, texts), short))
    found = compared(images, texts, 7.0, -3.0, name=name, matryoshka=(3,))
    torch.testing.assert_close(found, (whole + part) / 2)


def test_prefixes_of_a_distance():
    vectors, targets = unit(5, 8, 7), unit(5, 8, 8)
    parts = [(vectors - targets)[:, :size].square().sum(1).mean() for size in (8, 4, 2)]
    found = compared(targets, vectors, 1.0, 0.0, name="mse", matryoshka=(4, 2))
    torch.testing.assert_close(found, torch.stack(parts).mean())


def test_keeping_is_the_divergence_from_the_teachers_similarities():
    images, texts, photos, captions = (unit(4, width, width) for width in (8, 9, 5, 6))
    texts, captions = texts[:, :8], captions[:, :5]
    expected = 0.0
    for ours, theirs in ((images @ texts.T, photos @ captions.T), (texts @ images.T,
                         captions @ photos.T)):  # fmt: skip
        p, q = (3.0 * theirs).softmax(1), (7.0 * ours).softmax(1)
        expected += float((p * (p / q).log()).sum() / 4) / 2
    found = objective.keeping(
        images, texts, torch.tensor(7.0), (photos, captions), torch.tensor(3.0)
    )
    assert float(found) == pytest.approx(expected, rel=1e-5)
    same = objective.keeping(images, texts, torch.tensor(7.0), (images, texts), torch.tensor(7.0))
    assert float(same) == pytest.approx(0, abs=1e-6)
