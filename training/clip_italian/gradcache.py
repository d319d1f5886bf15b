"""Gradients of a contrastive batch larger than memory (GradCache, Gao et al., arXiv:2101.06983).

The loss needs the embeddings of the whole batch, not its activations. So: embed the batch chunk
by chunk without keeping activations; take the loss and its gradient with respect to the
embeddings; embed each chunk again, now keeping them, and send its part of that gradient down. A
loss in blocks needs no more than its block: where chunks are whole blocks, once is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from cercafoto.training.clip_italian.batches import Inputs

Embed = Callable[[Inputs], tuple[Tensor, Tensor]]
Loss = Callable[[Tensor, Tensor], Tensor]
Scaled = Callable[[Tensor], Tensor]


def backward(
    inputs: Inputs,
    embed: Embed,
    loss: Loss,
    chunk: int = 0,
    block: int = 0,
    scaled: Scaled = lambda value: value,
) -> Tensor:
    """Add the gradients of `scaled(loss(*embed(inputs)))` to the parameters' own.

    Returns the loss [], not scaled, on the device: nothing waits for it here.

    chunk: pairs whose activations are in memory at once, 0 for all. The result does not depend
    on it beyond rounding, where embedding a pair does not depend on its neighbours (no batch
    statistics); dropout is the same in both passes.
    block: the loss is the mean of those of blocks of so many pairs, 0 for one of the whole batch.
    scaled: a factor against gradients too small for float16.
    """
    size = len(next(iter(inputs.values())))
    if not chunk or chunk >= size:
        return _share(inputs, size, embed, loss, scaled)
    parts = [
        {name: tensor[at : at + chunk] for name, tensor in inputs.items()}
        for at in range(0, size, chunk)
    ]
    if block and chunk % block == 0:
        return torch.stack([_share(part, size, embed, loss, scaled) for part in parts]).sum()
    states, first = [], []
    with torch.no_grad():
        for part in parts:
            states.append(_generators())
            first.append(embed(part))
    after = _generators()
    images = torch.cat([image for image, _ in first]).requires_grad_()
    texts = torch.cat([text for _, text in first]).requires_grad_()
    value = loss(images, texts)
    scaled(value).backward()

    assert images.grad is not None and texts.grad is not None
    cut = zip(images.grad.split(chunk), texts.grad.split(chunk), strict=True)
    for part, state, down in zip(parts, states, cut, strict=True):
        _restore(state)
        # A tower that does not learn has nothing to send a gradient down to.
        learning = [pair for pair in zip(embed(part), down, strict=True) if pair[0].requires_grad]
        torch.autograd.backward([rows for rows, _ in learning], [sent for _, sent in learning])
    _restore(after)
    return value.detach()


def _share(part: Inputs, size: int, embed: Embed, loss: Loss, scaled: Scaled) -> Tensor:
    """Add the gradients of a part of `size` pairs, and return its share of the loss of all."""
    pairs = len(next(iter(part.values())))
    value = loss(*embed(part)) * (pairs / size)
    scaled(value).backward()
    return value.detach()


def _generators() -> tuple[Tensor, Any]:
    on_gpu = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
    return torch.get_rng_state(), on_gpu


def _restore(state: tuple[Tensor, Any]) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1])
