"""The model that a recipe trains: the teacher's image tower, and an Italian text tower."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cercafoto.training.clip_italian.backbones import TextTower
from cercafoto.training.recipes.recipe_towers import Teacher
from cercafoto.training.training_errors import InputError

PROJECTION_STD = 0.02  # as the reproduction's projections begin
# Where scale and bias begin: Zhai et al., arXiv:2303.15343, section 3.2; Radford et al.,
# arXiv:2103.00020, section 2.5, and its ceiling.
FIRST = {"sigmoid": (10.0, -10.0), "softmax": (1 / 0.07, 0.0)}
HIGHEST = 100.0


class TwoTowers(nn.Module):
    """Photos and texts as unit vectors of one space.

    basis: an orthogonal turn of the teacher's space, which leaves all cosines as they are; the
        identity, or principal axes, so that the first numbers of a vector say most.
    log_scale, bias: of the contrastive losses.
    image_learned: whether the image tower is no longer the teacher's.
    """

    basis: Tensor

    def __init__(self, teacher: Teacher, text: TextTower) -> None:
        super().__init__()
        self.dimension = teacher.dimension
        self.image = teacher.image
        self.text = text
        self.text_projection = nn.Linear(text.width, teacher.dimension, bias=False)
        nn.init.normal_(self.text_projection.weight, std=PROJECTION_STD)
        self.register_buffer("basis", torch.eye(teacher.dimension))
        self.log_scale = nn.Parameter(torch.tensor(0.0))
        self.bias = nn.Parameter(torch.tensor(0.0))
        self.image_learned = False

    def embed_images(self, pixel_values: Tensor) -> Tensor:
        """Embed photos: float [N, 3, H, W] -> unit vectors float32 [N, D]."""
        pooled, _ = self.image.pool(pixel_values)
        return self.turned(self.image.projection(pooled).float())

    def turned(self, vectors: Tensor) -> Tensor:
        """Bring the teacher's vectors [N, D] into the basis, as unit vectors."""
        return functional.normalize(vectors @ self.basis.T, dim=-1)

    def project_texts(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Project texts, int64 [N, T] twice, to vectors float32 [N, D] of any length."""
        projected: Tensor = self.text_projection(self.text(input_ids, attention_mask))
        return projected.float()

    def embed_texts(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embed texts: int64 [N, T] twice -> unit vectors float32 [N, D]."""
        return functional.normalize(self.project_texts(input_ids, attention_mask), dim=-1)

    def scale(self) -> Tensor:
        return self.log_scale.exp().clamp(max=HIGHEST)

    def begin_loss(self, kind: str) -> None:
        """Set scale and bias to where this contrastive loss begins."""
        scale, bias = FIRST[kind]
        with torch.no_grad():
            self.log_scale.fill_(math.log(scale))
            self.bias.fill_(bias)

    def principal_axes(self, vectors: Tensor) -> None:
        """Turn the space to the principal axes of these vectors [N, D], the first first.

        Texts are turned with it. One that an earlier stage turned stays as it is.
        """
        if not torch.equal(self.basis, torch.eye(self.dimension, device=self.basis.device)):
            return
        _, axes = torch.linalg.eigh((vectors.double().T @ vectors.double()) / len(vectors))
        self.basis.copy_(axes.flip(1).T)
        with torch.no_grad():
            self.text_projection.weight.copy_(self.basis @ self.text_projection.weight)

    def train(self, mode: bool = True) -> TwoTowers:
        """Set the mode as torch does, but for the image tower.

        Its batch normalisation would take the statistics of few photos, and it has no dropout.
        """
        super().train(mode)
        self.image.eval()
        return self

    def own_state(self) -> dict[str, Tensor]:
        """The weights that are not the teacher's."""
        state = self.state_dict()
        if self.image_learned:
            return state
        return {name: value for name, value in state.items() if not name.startswith("image.")}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take the weights of `own_state`. Raises InputError if they are of other towers."""
        own = self.state_dict()
        self.image_learned = any(name.startswith("image.") for name in state)
        needed = {n for n in own if self.image_learned or not n.startswith("image.")}
        odd = sorted(
            needed.symmetric_difference(state)
            | {n for n in needed & set(state) if own[n].shape != state[n].shape}
        )
        if odd:
            raise InputError(
                f"the run's weights belong to other towers ({len(odd)} do not fit, first: {odd[0]})"
            )
        self.load_state_dict(state, strict=False)
