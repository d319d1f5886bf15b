"""Learned heads and class posteriors, which join the towers, trained on frozen features.

A head maps both towers' features to 256 numbers and is trained by contrast: a photo and its own
text must be nearer than any other pair of the batch. A posterior describes a text by probabilities
over the image tower's 1,000 classes, as the tower's classifier describes a photo. The towers are
not trained.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import nn
from torch.nn import functional as F  # noqa: N812

Tensor = torch.Tensor
CLASS_SCALE = 30.0  # sharpness of the text's cosines with the class texts
# Probabilities are compared as p_photo ** 0.45 with p_text ** 1.2, each at unit length.
IMAGE_POWER = 0.45
TEXT_POWER = 1.2
TARGET_TEMPERATURE = 1.5  # of a photo's posterior when it is the target for the photo's texts


@dataclass(frozen=True)
class HeadRecipe:
    """Training of a head or posterior.

    width: numbers that a head returns.
    hidden, dropout: size of the MLP, and share of its values dropped in training.
    steps, batch, rate, decay: settings of the optimiser.
    scale: fixed factor on the cosines in the loss.
    shares: how often a text of each kind is drawn, see `photo_texts.KINDS`.
    """

    width: int = 256
    hidden: int = 512
    dropout: float = 0.2
    steps: int = 1200
    batch: int = 1024
    rate: float = 1e-3
    decay: float = 0.05
    scale: float = 20.0
    shares: tuple[float, float, float] = (0.25, 0.35, 0.4)


class Projection(nn.Module):
    """A linear layer plus a small MLP, scaled to unit length: [N, inputs] -> [N, width].

    The inputs are unit vectors; `gain` brings their numbers to about 1, where the usual initial
    weights and learning rate fit. Without it the MLPs hardly learn.
    """

    def __init__(self, inputs: int, recipe: HeadRecipe) -> None:
        super().__init__()
        self.gain = inputs**0.5
        self.noise = nn.Dropout(0.1)
        self.straight = nn.Linear(inputs, recipe.width)
        self.first = nn.Linear(inputs, recipe.hidden)
        self.drop = nn.Dropout(recipe.dropout)
        self.second = nn.Linear(recipe.hidden, recipe.width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.noise(self.gain * x)
        bent = self.second(self.drop(F.gelu(self.first(x))))
        return F.normalize(self.straight(x) + bent, dim=-1)


class Head(nn.Module):
    """A learned head: a projection of photo features and one of text features into the same
    space."""

    def __init__(self, image_width: int, text_width: int, recipe: HeadRecipe) -> None:
        super().__init__()
        self.image = Projection(image_width, recipe)
        self.text = Projection(text_width, recipe)


class Posterior(nn.Module):
    """Text -> logits over the classes: cosines with the class texts, corrected by an MLP.

    The correction is zero before training.

    class_texts [classes, text width]: unit vectors.
    """

    class_texts: Tensor

    def __init__(self, class_texts: Tensor, recipe: HeadRecipe) -> None:
        super().__init__()
        self.register_buffer("class_texts", class_texts)
        self.gain = class_texts.shape[1] ** 0.5
        self.noise = nn.Dropout(0.1)
        self.first = nn.Linear(class_texts.shape[1], recipe.hidden)
        self.drop = nn.Dropout(recipe.dropout)
        self.second = nn.Linear(recipe.hidden, len(class_texts))
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, text: Tensor) -> Tensor:
        hidden = self.drop(F.gelu(self.first(self.noise(self.gain * text))))
        corrected: Tensor = self.second(hidden)
        return CLASS_SCALE * text @ self.class_texts.T + corrected


@dataclass
class Material:
    """Features of photos and texts to train on.

    image: [looks of all views, photos, width], unit vectors.
    logits: [looks of all views, photos, classes], by the image tower's classifier.
    texts: [texts, width], unit vectors; texts of photos come first.
    by_kind[photo][kind]: indices of the photo's texts of a kind.
    own[photo]: indices of all of the photo's texts.
    names: indices of texts that name classes, and their distributions [names, classes].
    name_shares: how often each name is drawn; the sum is 1.
    """

    image: Tensor
    logits: Tensor
    texts: Tensor
    by_kind: Sequence[Sequence[NDArray[np.int64]]]
    own: Sequence[NDArray[np.int64]]
    names: tuple[NDArray[np.int64], Tensor]
    name_shares: NDArray[np.float64]

    @cached_property
    def _said(self) -> csr_array:
        """Return a matrix [photos, texts] with 1 where the text is the photo's own."""
        columns = np.concatenate(self.own)
        ends = np.cumsum([0, *map(len, self.own)])
        ones = np.ones(len(columns), np.float32)
        return csr_array((ones, columns, ends), shape=(len(self.own), len(self.texts)))

    def match(self, photos: NDArray[np.int64], texts: NDArray[np.int64]) -> Tensor:
        """Return float32 [photos, texts] with 1 where the text is the photo's own, else 0."""
        return torch.from_numpy(self._said[photos][:, texts].toarray())


def draw_texts(
    material: Material, photos: NDArray[np.int64], shares: Sequence[float], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the index of a random text for each photo: first a kind is drawn, then a text of that
    kind. If a photo has no text of the kind, a caption is drawn.

    shares: probability of each kind.
    """
    kinds = rng.choice(len(shares), size=len(photos), p=shares)
    chosen = np.empty(len(photos), dtype=np.int64)
    for place, (photo, kind) in enumerate(zip(photos, kinds, strict=True)):
        options = material.by_kind[photo][kind]
        options = options if len(options) else material.by_kind[photo][0]
        chosen[place] = options[rng.integers(len(options))]
    return chosen


def contrastive_loss(image: Tensor, text: Tensor, match: Tensor, scale: float) -> Tensor:
    """Return the symmetric cross-entropy over cosines; several right pairs of a row share its
    target.

    match [N, N]: 0 or 1, diagonal 1.
    scale: factor on the cosines.
    """
    logits = scale * image @ text.T
    by_image = match / match.sum(dim=1, keepdim=True)
    by_text = match / match.sum(dim=0, keepdim=True)
    to_text = -(by_image * F.log_softmax(logits, dim=1)).sum(dim=1).mean()
    to_image = -(by_text * F.log_softmax(logits, dim=0)).sum(dim=0).mean()
    return (to_text + to_image) / 2


def train_head(
    material: Material, photos: NDArray[np.int64], recipe: HeadRecipe, seed: int
) -> Head:
    """Return a head trained on `photos` (indices)."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = Head(material.image.shape[-1], material.texts.shape[-1], recipe)
    optimiser, schedule = new_optimiser(head, recipe)
    batch = min(recipe.batch, len(photos))
    for step in range(recipe.steps):
        drawn = rng.choice(photos, batch, replace=False)
        texts = draw_texts(material, drawn, recipe.shares, rng)
        views = rng.integers(0, len(material.image), batch)
        loss = contrastive_loss(
            head.image(material.image[views, drawn]),
            head.text(material.texts[texts]),
            material.match(drawn, texts),
            recipe.scale,
        )
        take_step(optimiser, schedule, head, loss)
        say_progress("head", seed, step, recipe.steps, loss)
    return head.eval()


def train_posterior(
    material: Material,
    class_texts: Tensor,
    photos: NDArray[np.int64],
    recipe: HeadRecipe,
    seed: int,
) -> Posterior:
    """Return a text posterior trained on `photos` (indices).

    The target of a class name is its class; the target of a photo's text is the image tower's
    posterior of that photo.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    posterior = Posterior(class_texts, recipe)
    optimiser, schedule = new_optimiser(posterior, recipe)
    name_texts, name_targets = material.names
    batch = min(recipe.batch, len(photos))
    for step in range(recipe.steps):
        drawn = rng.choice(photos, batch, replace=False)
        texts = draw_texts(material, drawn, recipe.shares, rng)
        views = rng.integers(0, len(material.logits), batch)
        names = rng.choice(len(name_texts), batch, p=material.name_shares)
        shown = F.softmax(material.logits[views, drawn] / TARGET_TEMPERATURE, dim=-1)
        target = torch.cat([shown, name_targets[names]])
        logits = posterior(material.texts[np.concatenate([texts, name_texts[names]])])
        loss = -(target * F.log_softmax(logits, dim=-1)).sum(dim=-1).mean()
        take_step(optimiser, schedule, posterior, loss)
        say_progress("posterior", seed, step, recipe.steps, loss)
    return posterior.eval()


def new_optimiser(
    module: nn.Module, recipe: HeadRecipe
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    optimiser = torch.optim.AdamW(module.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.steps, pct_start=0.1
    )
    return optimiser, schedule


def take_step(
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    module: nn.Module,
    loss: Tensor,
) -> None:
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimiser.step()
    schedule.step()


def say_progress(what: str, seed: int, step: int, steps: int, loss: Tensor) -> None:
    if step % 100 == 99 or step == steps - 1:
        print(
            f"{what} {seed}: step {step + 1}/{steps}, loss {loss.item():.3f}",
            file=sys.stderr,
            flush=True,
        )
