"""A teacher: a checkpoint of photos and texts, or a run of this trainer, opened as it is."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cercafoto.models.prepare.tokenizer import reference_tokenizer, save_tokenizer
from cercafoto.models.prepare.towers import load, towers
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.backbones import ImageTower, TextTower
from cercafoto.training.training_errors import InputError


@dataclass
class Teacher:
    """The towers of a teacher, and the space that they share.

    image_projection, text_projection: from pooled features into the space; the identity if the
        towers have no projection of their own.
    dimension: numbers in an embedding.
    scale, bias: what the teacher's own loss ended with; bias is None for a softmax loss.
    licence: as its card states it, "" if it states none.
    """

    image: ImageTower
    text: TextTower
    image_projection: nn.Module
    text_projection: nn.Module
    dimension: int
    scale: float
    bias: float | None
    licence: str


class CheckpointImageTower(ImageTower):
    """The image tower of a checkpoint, up to its pooled features."""

    def forward(self, pixel_values: Tensor) -> Tensor:
        pooled, _ = self.model.pool(pixel_values)  # type: ignore[operator]
        features: Tensor = pooled
        return features


def open_teacher(folder: Path) -> Teacher:
    """Open a CLIP, SigLIP, SigLIP 2 or VisionTextDualEncoder, or a run's best checkpoint.

    Raises InputError if no folder is named, ModelError if it holds none of these or is damaged.
    """
    if folder == Path():
        raise InputError("name the teacher, a folder: --teacher")
    if (folder / "checkpoints").is_dir():
        return _of_run(folder)
    checkpoint = Checkpoint.open(folder)
    model = load(checkpoint)
    image, text = towers(model, checkpoint)
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "tokenizer.json"
        save_tokenizer(checkpoint, file, reference_tokenizer(checkpoint))
        tokenizer = Tokenizer.from_file(str(file))
    preprocessing = Preprocessing.from_json(checkpoint.image)
    with torch.inference_mode():
        side = preprocessing.size
        pooled = image.pool(torch.zeros(1, 3, side, side))[0]
        dimension = image.projection(pooled).shape[-1]
    image_projection, image.projection = image.projection, nn.Identity()
    width = getattr(text.projection, "in_features", dimension)
    bias = getattr(model, "logit_bias", None)
    return Teacher(
        CheckpointImageTower(image, pooled.shape[-1], preprocessing),
        TextTower(text.text_model, width, "pooler", tokenizer, text.masked),
        image_projection,
        text.projection,
        dimension,
        math.exp(float(model.logit_scale.detach())),  # type: ignore[operator]
        None if bias is None else float(bias.detach()),
        checkpoint.licence,
    )


def _of_run(folder: Path) -> Teacher:
    from cercafoto.training.clip_italian.model import load_run

    model = load_run(folder).model
    return Teacher(
        model.image_tower,
        model.text_tower,
        model.image_projection,
        model.text_projection,
        model.dimension,
        float(model.scale()),
        None if model.logit_bias is None else float(model.logit_bias),
        "",
    )
