"""Compute the contrastive loss: each photo among the captions of its block, and the reverse.

The mean over the pairs is L = (CE(s X Y^T, diagonal) + CE(s Y X^T, diagonal)) / 2 for unit rows X
(photos) and Y (captions) and the scale s (Radford et al., arXiv:2103.00020, figure 3; s fixed to 20
in arXiv:2108.08688).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.training.clip_italian.distributed import gathered, rank


def in_blocks(images: Tensor, texts: Tensor, scale: Tensor | float, block: int) -> Tensor:
    """Return the loss [N] of each pair among its block: `block` consecutive pairs.

    images, texts: float [N, D], unit rows, row i of one belonging to row i of the other; N is a
        multiple of `block`.
    """
    photos, captions = (rows.unflatten(0, (-1, block)) for rows in (images, texts))
    scores = scale * photos @ captions.mT  # [blocks, photos, captions]
    own = torch.arange(block, device=images.device).repeat(len(scores))
    # Blocks are flattened: of three dimensions a GPU has no deterministic cross_entropy.
    by_text = functional.cross_entropy(scores.mT.flatten(0, 1), own, reduction="none")
    by_image = functional.cross_entropy(scores.flatten(0, 1), own, reduction="none")
    return (by_image + by_text) / 2


def contrastive(images: Tensor, texts: Tensor, scale: Tensor | float, negatives: int = 0) -> Tensor:
    """Return the loss [N] of each of this process's pairs.

    images, texts: as for `in_blocks`.
    negatives: pairs of a block; 0: one block, of the pairs of every process. In either case the
        mean over all processes is the loss of the whole batch on one device, and the mean of their
        gradients is its gradient, thanks to `gathered`.
    """
    if negatives:
        return in_blocks(images, texts, scale, negatives)
    own = torch.arange(len(images), device=images.device) + rank() * len(images)
    by_image = functional.cross_entropy(scale * images @ gathered(texts).T, own, reduction="none")
    by_text = functional.cross_entropy(scale * texts @ gathered(images).T, own, reduction="none")
    return (by_image + by_text) / 2
