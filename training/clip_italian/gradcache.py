"""Compute gradients of a batch larger than memory (GradCache, Gao et al., arXiv:2101.06983).

The loss needs the embeddings of the whole batch, but not its activations. So the batch is embedded
chunk by chunk without keeping activations; then the loss and its gradient by the embeddings are
computed; then each chunk is embedded again, now keeping activations, and its part of that gradient
goes back through them. A loss in blocks needs only its block: if chunks are whole blocks, one pass
is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
    quiet: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """Add the gradients of `scaled(loss(*embed(inputs)))` to those of the parameters.

    Returns the loss [], not scaled, on the device: nothing waits for it here.

    chunk: pairs whose activations are in memory at once, 0 for all. It changes the result only by
        rounding if a pair's embedding does not depend on its neighbours (no batch statistics);
        dropout is the same in both passes.
    block: pairs of a block, if the loss is the mean of the losses of blocks; 0: one block.
    scaled: multiplies the loss, against gradients too small for float16.
    quiet: the context of every backward pass except the last, in which processes do not exchange
        their gradients yet.
    """
    size = _size(inputs)
    if not chunk or chunk >= size:
        return _share(inputs, size, embed, loss, scaled)
    parts = [
        {name: tensor[at : at + chunk] for name, tensor in inputs.items()}
        for at in range(0, size, chunk)
    ]
    if not needs_two_passes(inputs, chunk, block):
        shares = []
        for part in parts:
            with nullcontext() if part is parts[-1] else quiet():
                shares.append(_share(part, size, embed, loss, scaled))
        return torch.stack(shares).sum()
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


def needs_two_passes(inputs: Inputs, chunk: int, block: int) -> bool:
    """Whether the loss of a chunk needs the embeddings of other chunks, as in `backward`."""
    return 0 < chunk < _size(inputs) and not (block and chunk % block == 0)


def _size(inputs: Inputs) -> int:
    return len(next(iter(inputs.values())))


def _share(part: Inputs, size: int, embed: Embed, loss: Loss, scaled: Scaled) -> Tensor:
    """Add the gradients of a part of `size` pairs; return its share of the loss of them all."""
    value = loss(*embed(part)) * (_size(part) / size)
    scaled(value).backward()
    return value.detach()


def _generators() -> tuple[Tensor, Any]:
    on_gpu = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
    return torch.get_rng_state(), on_gpu


def _restore(state: tuple[Tensor, Any]) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1])
