"""Losses of the stages, each also over the first numbers of the vectors, where that is wanted.

Matryoshka (Kusupati et al., arXiv:2205.13147): the mean of the loss over all numbers and of those
over each prefix, made a unit vector again.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.training.clip_italian.loss import in_blocks


def distance(vectors: Tensor, targets: Tensor, kind: str, prefixes: Sequence[int] = ()) -> Tensor:
    """How far vectors [N, D] are from the unit vectors that they should be.

    kind: "mse", the squared distance, which learns the length too, or "cosine", 1 - cosine.
    """
    parts = []
    for size in (vectors.shape[1], *prefixes):
        ours, theirs = vectors[:, :size], targets[:, :size]
        if kind == "mse":
            parts.append((ours - theirs).square().sum(dim=1).mean())
        else:
            parts.append(1 - functional.cosine_similarity(ours, theirs).mean())
    return torch.stack(parts).mean()


def contrast(
    images: Tensor,
    texts: Tensor,
    scale: Tensor,
    bias: Tensor,
    kind: str,
    prefixes: Sequence[int] = (),
) -> Tensor:
    """Loss of unit rows [N, D], row i of one belonging to row i of the other.

    kind: "softmax", symmetric cross-entropy (`clip_italian.loss`), or "sigmoid": with
        z = scale * cosine + bias, the sum over all pairs of log(1 + exp(-z)) where they belong
        together and log(1 + exp(z)) where not, divided by N (arXiv:2303.15343).
    """
    parts = []
    for size in (images.shape[1], *prefixes):
        x, y = (functional.normalize(rows[:, :size], dim=1) for rows in (images, texts))
        if kind == "softmax":
            parts.append(in_blocks(x, y, scale, len(x)))
        else:
            z = scale * x @ y.T + bias
            sign = 2 * torch.eye(len(x), device=z.device) - 1
            parts.append(-functional.logsigmoid(sign * z).sum() / len(x))
    return torch.stack(parts).mean()
