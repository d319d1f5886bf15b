"""Clipping weights of one shape together against clipping each by itself."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from torch import nn  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from cercafoto.training.clip_italian import config, optim  # noqa: E402

# Of the weights of the published towers, and how many there are of each; tables of embeddings last.
SHAPES = {
    (): 1,
    (768,): 277,
    (3072,): 24,
    (768, 3, 32, 32): 1,
    (768, 768): 97,
    (3072, 768): 24,
    (768, 3072): 24,
    (512, 768): 2,
}
TABLES = {(50, 768): 1, (31102, 768): 1, (512, 768): 1, (2, 768): 1}
MOST_CALLS = 250


class Weights(nn.Module):
    """Weights and tables of embeddings of these shapes, so many times, with gradients."""

    def __init__(self, shapes: dict, tables: dict, device: str) -> None:
        super().__init__()
        self.weights = nn.ParameterList(
            torch.empty(shape, device=device) for shape, n in shapes.items() for _ in range(n)
        )
        self.tables = nn.ModuleList(
            nn.Embedding(*shape, device=device) for shape, n in tables.items() for _ in range(n)
        )
        draw = torch.Generator(device).manual_seed(0) if device == "cpu" else None
        for number, weight in enumerate(self.parameters()):
            # From far below the bound to far above it.
            weight.data.normal_(generator=draw, std=0.02 * (number % 3))
            size = 10.0 ** (number % 5 - 4)
            weight.grad = torch.empty_like(weight).normal_(generator=draw, std=size)


def one_by_one(optimizer: torch.optim.Optimizer, options: config.Optimizer) -> list[torch.Tensor]:
    """Return the gradients clipped, each unit by itself."""
    clipped = []
    for group in optimizer.param_groups:
        for weight in group["params"]:
            columns = group["table"] and len(weight) > 1
            turned, gradient = (v.T if columns else v for v in (weight.data, weight.grad))
            if weight.squeeze().ndim <= 1:
                turned, gradient = turned[None], gradient[None]
            units = []
            for unit, its in zip(turned, gradient, strict=True):
                most = options.agc * max(float(unit.norm()), options.agc_floor)
                norm = float(its.norm())
                units.append(its if norm < most else its * (most / max(norm, 1e-6)))
            whole = torch.stack(units)
            clipped.append((whole.T if columns else whole).reshape(weight.shape))
    return clipped


@pytest.mark.parametrize("joined", [1, 40, optim.JOINED])
def test_weights_that_are_clipped_together_are_clipped_as_each_by_itself(monkeypatch, joined):
    monkeypatch.setattr(optim, "JOINED", joined)
    shapes = {(): 3, (5,): 7, (1, 5): 2, (4, 5): 6, (4, 3, 2, 2): 3, (1, 4, 5): 2}
    model = Weights(shapes, {(7, 5): 3, (1, 5): 2, (4, 5): 2}, "cpu")
    convolution = model.weights[18]
    convolution.grad = convolution.grad.contiguous(memory_format=torch.channels_last)
    assert convolution.ndim == 4
    options = config.Optimizer()
    optimizer = optim.build(options, model)
    given = [w.grad for group in optimizer.param_groups for w in group["params"]]
    before = [gradient.clone() for gradient in given]
    expected = one_by_one(optimizer, options)
    optim.clip(optimizer, options)
    for gradient, clipped in zip(given, expected, strict=True):
        torch.testing.assert_close(gradient, clipped, rtol=1e-6, atol=1e-12)
    changed = [not torch.equal(*both) for both in zip(given, before, strict=True)]
    assert any(changed) and not all(changed)


class Calls(TorchDispatchMode):
    """Counts the operations within its block."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_the_published_towers_are_clipped_by_few_calls():
    """It was 3,210 calls, of which a GPU waits for each longer than it computes."""
    model = Weights(SHAPES, TABLES, "meta")
    optimizer = optim.build(config.Optimizer(), model)
    with Calls() as calls:
        optim.clip(optimizer, config.Optimizer())
    assert len(list(model.parameters())) > 400
    assert 0 < calls.count < MOST_CALLS
