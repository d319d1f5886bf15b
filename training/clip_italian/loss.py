"""The contrastive loss: each photo among all captions, each caption among all photos.

L = (CE(s X Y^T, diagonal) + CE(s Y X^T, diagonal)) / 2 for unit rows X (photos) and Y (captions)
and the scale s (Radford et al., arXiv:2103.00020, figure 3; s fixed to 20 in arXiv:2108.08688).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.training.clip_italian.distributed import gathered, rank


def alone(images: Tensor, texts: Tensor, scale: Tensor | float) -> Tensor:
    """Mean loss of these pairs among themselves, without those of other processes."""
    return _both_ways(images, texts, images, texts, 0, scale)


def contrastive(images: Tensor, texts: Tensor, scale: Tensor | float) -> Tensor:
    """Mean loss over this process's pairs, against the pairs of every process.

    images, texts: float [N, D], unit rows, row i of one belonging to row i of the other. The mean
    of the processes' losses is the loss of the whole batch on one device, and so is, thanks to
    `gathered`, the mean of their gradients.
    """
    first = rank() * len(images)
    return _both_ways(images, texts, gathered(images), gathered(texts), first, scale)


def _both_ways(
    images: Tensor,
    texts: Tensor,
    all_images: Tensor,
    all_texts: Tensor,
    first: int,
    scale: Tensor | float,
) -> Tensor:
    """Mean loss in both directions.

    first: place of the first of these pairs among all.
    """
    own = torch.arange(len(images), device=images.device) + first
    by_image = functional.cross_entropy(scale * images @ all_texts.T, own)
    by_text = functional.cross_entropy(scale * texts @ all_images.T, own)
    return (by_image + by_text) / 2
