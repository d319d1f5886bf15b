"""The loss that a configuration names, over all numbers of the embeddings and over the first ones.

Matryoshka (Kusupati et al., arXiv:2205.13147): the mean of the loss over all numbers and over each
prefix, whose rows are made unit vectors again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.training.clip_italian.config import DISTANCES, Loss
from cercafoto.training.clip_italian.distributed import gathered, rank
from cercafoto.training.clip_italian.loss import contrastive
from cercafoto.training.clip_italian.model import DualEncoder


def compare(images: Tensor, texts: Tensor, model: DualEncoder, options: Loss, block: int) -> Tensor:
    """Return the loss [N] of each of this process's pairs.

    images, texts: [N, D], row i of one belonging to row i of the other.
    block: pairs of a block, as `loss.contrastive` has it; a distance has none.
    For a distance, images are the embeddings that the texts should have.
    """
    if options.name in DISTANCES:
        return distance(texts, images, options.name, options.matryoshka)
    scale, bias = model.scale(), model.logit_bias

    def one(x: Tensor, y: Tensor) -> Tensor:
        if options.name == "softmax":
            return contrastive(x, y, scale, block)
        assert bias is not None
        return sigmoid(x, y, scale, bias, block)

    whole = one(images, texts)
    return _mean_of(whole, options.matryoshka, lambda size: one(*_cut(size, images, texts)))


def sigmoid(
    images: Tensor, texts: Tensor, scale: Tensor | float, bias: Tensor | float, block: int = 0
) -> Tensor:
    """Return SigLIP's loss [N] (Zhai et al., arXiv:2303.15343), which judges every pair by itself.

    With z = scale * cosine + bias, a photo's is the sum of log(1 + exp(-z)) for its own caption and
    of log(1 + exp(z)) for every other.
    """
    pairs = len(images)
    if block:
        photos, captions = (rows.unflatten(0, (-1, block)) for rows in (images, texts))
        own = torch.eye(block, device=images.device)
    else:
        photos, captions = images, gathered(texts)
        own = torch.zeros(pairs, len(captions), device=images.device)
        own[:, rank() * pairs :].fill_diagonal_(1)
    z = scale * photos @ captions.mT + bias
    return -functional.logsigmoid((2 * own - 1) * z).sum(dim=-1).flatten()


def distance(texts: Tensor, targets: Tensor, name: str, prefixes: Sequence[int] = ()) -> Tensor:
    """Return how far [N] texts [N, D] are from the unit vectors that they should be.

    name: "mse", the squared distance, which learns the length too, or "cosine", 1 - cosine.
    """

    def one(ours: Tensor, theirs: Tensor) -> Tensor:
        if name == "mse":
            return (ours - theirs).square().sum(dim=1)
        return 1 - functional.cosine_similarity(ours, theirs)

    return _mean_of(
        one(texts, targets), prefixes, lambda size: one(texts[:, :size], targets[:, :size])
    )


def keeping(
    images: Tensor, texts: Tensor, scale: Tensor, kept: tuple[Tensor, Tensor], kept_scale: Tensor
) -> Tensor:
    """Return how far the similarities are from a teacher's (Wu et al., arXiv:2309.12314).

    It is the Kullback-Leibler divergence from the teacher's softmax over the captions of a photo to
    ours, and over the photos of a caption, each at its own scale; the mean of both.
    kept: the teacher's embeddings of the same photos and captions, unit rows of its own space.
    """
    photos, captions = kept
    parts = []
    for ours, theirs in (
        ((images, texts), (photos, captions)),
        ((texts, images), (captions, photos)),
    ):
        found = scale * ours[0] @ gathered(ours[1]).T
        wanted = kept_scale * theirs[0] @ gathered(theirs[1]).T
        log_found, log_wanted = found.log_softmax(dim=1), wanted.log_softmax(dim=1)
        parts.append(
            functional.kl_div(log_found, log_wanted, log_target=True, reduction="batchmean")
        )
    return torch.stack(parts).mean()


def _cut(size: int, *rows: Tensor) -> tuple[Tensor, ...]:
    return tuple(functional.normalize(each[:, :size], dim=1) for each in rows)


def _mean_of(whole: Tensor, prefixes: Sequence[int], part: Callable[[int], Tensor]) -> Tensor:
    if not prefixes:
        return whole
    return torch.stack([whole, *(part(size) for size in prefixes)]).mean(dim=0)
