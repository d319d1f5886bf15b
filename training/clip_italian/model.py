"""Build the model, two towers and the space that they share, and read it from a run's folder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import config as configuration
from cercafoto.training.clip_italian.backbones import ImageTower, TextTower, image_tower, text_tower
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.checkpoint import BEST, read
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError

CONFIG, TOKENIZER = "config.json", "tokenizer/tokenizer.json"
PROJECTION_STD = 0.02  # modeling_hybrid_clip.py@9ca42b9:55,61 (see `config`)


class DualEncoder(nn.Module):
    """Photos and captions as unit vectors of one space.

    logit_scale: the logarithm of the factor on their cosines in the loss; a parameter where it
    is learned, a buffer where it is fixed.
    """

    logit_scale: Tensor

    def __init__(self, image: ImageTower, text: TextTower, run: Run) -> None:
        super().__init__()
        self.image_tower = image
        self.text_tower = text
        self.image_projection = nn.Linear(image.width, run.towers.projection, bias=False)
        self.text_projection = nn.Linear(text.width, run.towers.projection, bias=False)
        for projection, own in (
            (self.image_projection, image.projection),
            (self.text_projection, None),
        ):
            if own is not None and own.shape == projection.weight.shape:
                projection.weight.data.copy_(own)
            else:
                nn.init.normal_(projection.weight, std=PROJECTION_STD)
        self.frozen_dropout = run.frozen_dropout
        first = torch.tensor(math.log(run.loss.value))
        self.highest = math.log(run.loss.ceiling) if run.loss.ceiling else math.inf
        if run.loss.scale == "learned":
            self.logit_scale = nn.Parameter(first)
        else:
            self.register_buffer("logit_scale", first)

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return unit vectors [N, D] of the photos and of the captions of a batch on the device."""
        if "image_features" in inputs:
            return (
                self.project_images(inputs["image_features"]),
                self.project_texts(inputs["text_features"]),
            )
        return (
            self.embed_images(inputs["pixel_values"]),
            self.embed_texts(inputs["input_ids"], inputs["attention_mask"]),
        )

    def embed_images(self, pixel_values: Tensor) -> Tensor:
        """Embed photos: float [N, 3, H, W] -> unit vectors float32 [N, D]."""
        # Convolutions, where the tower has them, are half again as fast in this layout (Lite0).
        pixel_values = pixel_values.contiguous(memory_format=torch.channels_last)
        return self.project_images(self.image_tower(pixel_values))

    def embed_texts(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embed texts: int64 [N, T] twice -> unit vectors float32 [N, D]."""
        return self.project_texts(self.text_tower(input_ids, attention_mask))

    def project_images(self, pooled: Tensor) -> Tensor:
        """Project pooled image features [N, width] to unit vectors float32 [N, D]."""
        return functional.normalize(self.image_projection(pooled).float(), dim=-1)

    def project_texts(self, pooled: Tensor) -> Tensor:
        """Project pooled text features [N, width] to unit vectors float32 [N, D]."""
        return functional.normalize(self.text_projection(pooled).float(), dim=-1)

    def scale(self) -> Tensor:
        """The factor on the cosines, never above its ceiling, where it has one."""
        return self.logit_scale.clamp(max=self.highest).exp()

    def freeze_backbones(self) -> None:
        for tower in (self.image_tower, self.text_tower):
            tower.requires_grad_(False)

    def compile_towers(self) -> None:
        """Have torch.compile translate both towers when they next run."""
        self.image_tower.compile()
        self.text_tower.compile()

    def learning(self) -> Iterator[nn.Parameter]:
        return (parameter for parameter in self.parameters() if parameter.requires_grad)

    def train(self, mode: bool = True) -> DualEncoder:
        """Set the mode as torch does, but keep batch normalisation evaluating.

        Its statistics would be those of few pairs, and GradCache would count each batch twice.
        Frozen towers evaluate too where the configuration wants them without dropout.
        """
        super().train(mode)
        for tower in (self.image_tower, self.text_tower):
            frozen = not any(parameter.requires_grad for parameter in tower.parameters())
            if frozen and not self.frozen_dropout:
                tower.eval()
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self


def build(
    run: Run, captions: tuple[str, ...] = (), tokenizer: Tokenizer | None = None
) -> DualEncoder:
    """Make the towers of a configuration.

    Projections are drawn from the run's seed, except for that of an image tower whose checkpoint
    has one of this width: the reference's begins as CLIP's own
    (modeling_hybrid_clip.py@9ca42b9:422, see `config`).

    captions: those of the training set, for towers whose vocabulary is made from them.
    tokenizer: that of an earlier run, instead. Raises InputError.
    """
    torch.manual_seed(run.seed)
    text = text_tower(run.towers, captions, tokenizer)
    model = DualEncoder(image_tower(run.towers), text, run)
    model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if run.freeze == "backbones":
        model.freeze_backbones()
    return model


@dataclass
class LoadedRun:
    """A run's model in evaluation mode, with what it takes to feed it."""

    model: DualEncoder
    config: Run
    tokenizer: Tokenizer
    preprocessing: Preprocessing


def load_run(folder: Path, which: str = BEST) -> LoadedRun:
    """Read a run's model.

    which: "best" (by validation loss) or "last".
    Raises InputError for a folder that is not a run, or has no such checkpoint yet.
    """
    run = configuration.load(folder / CONFIG)
    tokenizer = load_tokenizer(folder)
    model = build(run, tokenizer=tokenizer)
    copy_weights(model, read(folder, which)["model"])
    return LoadedRun(model.eval(), run, tokenizer, model.image_tower.preprocessing)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read a run's tokenizer. Raises InputError."""
    try:
        return Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises bare Exception
        raise InputError(f"{folder / TOKENIZER}: cannot be read ({error})") from error


def save_tokenizer(folder: Path, tokenizer: Tokenizer) -> None:
    path = folder / TOKENIZER
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))


def copy_weights(model: DualEncoder, state: dict[str, Tensor]) -> None:
    """Copy weights into a model. Raises InputError if they belong to other towers.

    The scale is the configuration's own: a fixed one may follow a learned one.
    """
    state = {name: value for name, value in state.items() if name != "logit_scale"}
    own = model.state_dict()
    missing = sorted(set(own) - set(state) - {"logit_scale"})
    strange = [k for k, value in state.items() if k not in own or own[k].shape != value.shape]
    if missing or strange:
        first = (missing + strange)[0]
        raise InputError(
            f"the checkpoint belongs to other towers: {len(missing)} weights missing, "
            f"{len(strange)} that do not fit (first: {first})"
        )
    model.load_state_dict(state, strict=False)
