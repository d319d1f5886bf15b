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
from cercafoto.training.clip_italian import config_text, rates
from cercafoto.training.clip_italian.backbones import (
    ImageTower,
    TextTower,
    image_tower,
    text_tower,
    with_vocabulary,
)
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.checkpoint import BEST, read
from cercafoto.training.clip_italian.config import TEACHER, Loss, Run, Towers
from cercafoto.training.clip_italian.teacher import Teacher, open_teacher
from cercafoto.training.training_errors import InputError

CONFIG, TOKENIZER = "config.json", "tokenizer/tokenizer.json"
PROJECTION_STD = 0.02  # modeling_hybrid_clip.py@9ca42b9:55,61 (see `config`)
# Where a sigmoid loss begins whose teacher had another one (arXiv:2303.15343, section 3.2).
FIRST_SCALE, FIRST_BIAS = 10.0, -10.0
# What may differ from the run that this one begins with; see `copy_weights`.
OF_THE_LOSS = {"logit_scale", "logit_bias", "basis"}


class DualEncoder(nn.Module):
    """Photos and captions as unit vectors of one space.

    dimension: numbers in an embedding.
    logit_scale: the logarithm of the factor on the cosines in the loss; a parameter if it is
        learned, a buffer if it is fixed.
    logit_bias: what a sigmoid loss adds to a scaled cosine, likewise; None for other losses.
    basis: an orthogonal matrix [D, D] that turns the space, so that the first numbers say most; it
        changes no cosine. None if the loss is not taken over first numbers.
    licence: the teacher's, "" if there is none.
    unit_texts: whether the loss takes unit vectors of texts; the squared distance does not.
    scale_rate: how many times faster logit_scale and logit_bias learn than the weights.
    """

    logit_scale: Tensor
    logit_bias: Tensor | None
    basis: Tensor | None
    image_projection: nn.Module
    text_projection: nn.Module

    def __init__(
        self, image: ImageTower, text: TextTower, run: Run, teacher: Teacher | None = None
    ) -> None:
        """Join two towers.

        teacher: whose space they share; its text projection is taken with its text tower.
        """
        super().__init__()
        self.image_tower = image
        self.text_tower = text
        if teacher is None:
            self.dimension = run.towers.projection
            own = image.projection
            image_projection = nn.Linear(image.width, self.dimension, bias=False)
            text_projection = nn.Linear(text.width, self.dimension, bias=False)
            if own is not None and own.shape == image_projection.weight.shape:
                image_projection.weight.data.copy_(own)
            else:
                nn.init.normal_(image_projection.weight, std=PROJECTION_STD)
            nn.init.normal_(text_projection.weight, std=PROJECTION_STD)
            self.image_projection, self.text_projection = image_projection, text_projection
        else:
            self.dimension = teacher.dimension
            self.image_projection = teacher.image_projection
            self.text_projection = teacher.text_projection
            if run.towers.text != TEACHER:
                self.text_projection = nn.Linear(text.width, self.dimension, bias=False)
                nn.init.normal_(self.text_projection.weight, std=PROJECTION_STD)
        self.licence = teacher.licence if teacher else ""
        self.frozen_dropout = run.frozen_dropout
        self.unit_texts = run.loss.name != "mse"
        self.scale_rate = run.loss.rate
        self.highest = math.log(run.loss.ceiling) if run.loss.ceiling else math.inf
        scale, bias = _first(run.loss, teacher)
        self._of_loss("logit_scale", torch.tensor(math.log(scale)), run.loss)
        self._of_loss("logit_bias", None if bias is None else torch.tensor(bias), run.loss)
        sizes = run.loss.matryoshka
        if sizes and max(sizes) >= self.dimension:
            raise InputError(f"loss.matryoshka: an embedding has {self.dimension} numbers")
        self.register_buffer("basis", torch.eye(self.dimension) if sizes else None)

    def _of_loss(self, name: str, first: Tensor | None, options: Loss) -> None:
        if first is not None and options.scale == "learned":
            self.register_parameter(name, nn.Parameter(first))
        else:
            self.register_buffer(name, first)

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return unit vectors [N, D] of the photos and of the captions of a batch on the device.

        A batch of sentences has target embeddings instead of photos; the squared distance takes the
        texts' vectors unscaled.
        """
        if "targets" in inputs:
            images = self.turned(inputs["targets"])
        elif "image_features" in inputs:
            images = self.project_images(inputs["image_features"])
        else:
            images = self.embed_images(inputs["pixel_values"])
        if "text_features" in inputs:
            pooled = inputs["text_features"]
        else:
            pooled = self.text_tower(inputs["input_ids"], inputs["attention_mask"])
        return images, self.project_texts(pooled) if self.unit_texts else self.text_vectors(pooled)

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
        return functional.normalize(self.turned(self.image_projection(pooled).float()), dim=-1)

    def project_texts(self, pooled: Tensor) -> Tensor:
        """Project pooled text features [N, width] to unit vectors float32 [N, D]."""
        return functional.normalize(self.text_vectors(pooled), dim=-1)

    def text_vectors(self, pooled: Tensor) -> Tensor:
        """Project pooled text features [N, width] to vectors float32 [N, D] of any length."""
        return self.turned(self.text_projection(pooled).float())

    def turned(self, vectors: Tensor) -> Tensor:
        """Bring vectors [N, D] of the teacher's space into the basis."""
        if self.basis is None:
            return vectors
        with torch.autocast(vectors.device.type, enabled=False):
            return vectors @ self.basis.T

    def turn_to_principal_axes(self, vectors: Tensor) -> None:
        """Set the basis to the principal axes of unit vectors [N, D], the longest first.

        A basis that an earlier run has set stays as it is.
        """
        if self.basis is None or not torch.equal(
            self.basis, torch.eye(len(self.basis), device=self.basis.device)
        ):
            return
        _, axes = torch.linalg.eigh((vectors.double().T @ vectors.double()) / len(vectors))
        self.basis.copy_(axes.flip(1).T)

    def scale(self) -> Tensor:
        """Return the factor on the cosines [], never above its ceiling if it has one."""
        return self.logit_scale.clamp(max=self.highest).exp()

    def compile_towers(self) -> None:
        """Have torch.compile translate both towers when they next run."""
        self.image_tower.compile()
        self.text_tower.compile()

    def learning(self) -> Iterator[nn.Parameter]:
        """Return the weights that learn."""
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
    """Return the model of a configuration, with the weights that its towers begin with.

    Projections are drawn from the run's seed, unless the towers bring their own: the image
    projection of the reference begins as CLIP's (modeling_hybrid_clip.py@9ca42b9:422, see
    `config`), a teacher's space has its own.

    captions: of the training set, for towers whose vocabulary is made from them.
    tokenizer: of an earlier run, whose vocabulary is taken instead.
    Raises InputError or ModelError if the towers cannot be loaded.
    """
    torch.manual_seed(run.seed)
    if run.towers.image == TEACHER:
        teacher = open_teacher(Path(run.towers.teacher))
        if run.towers.text == TEACHER:
            text = with_vocabulary(teacher.text, captions, tokenizer)
        else:
            text = text_tower(run.towers, captions, tokenizer)
        model = DualEncoder(teacher.image, text, run, teacher)
    else:
        text = text_tower(run.towers, captions, tokenizer)
        model = DualEncoder(image_tower(run.towers), text, run)
    model.image_tower.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    rates.freeze(model, run)
    return model


def whole(folder: Path) -> DualEncoder:
    """Return a teacher as it is, in evaluation mode, every piece of its vocabulary included.

    Raises InputError or ModelError as `open_teacher` does.
    """
    teacher = open_teacher(folder)
    run = Run(towers=Towers(image=TEACHER, text=TEACHER), loss=Loss(value=0.0))
    return DualEncoder(teacher.image, teacher.text, run, teacher).requires_grad_(False).eval()


def _first(options: Loss, teacher: Teacher | None) -> tuple[float, float | None]:
    """Return the factor and the bias that a loss begins with; None if it has no bias."""
    if options.name != "sigmoid":
        return options.value or (teacher.scale if teacher else 1.0), None
    if options.value or teacher is None:
        return options.value, options.bias
    if teacher.bias is None:
        return FIRST_SCALE, FIRST_BIAS
    return teacher.scale, teacher.bias


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
    run = config_text.load(folder / CONFIG)
    tokenizer = load_tokenizer(folder)
    model = build(run, tokenizer=tokenizer)
    copy_weights(model, read(folder, which)["model"], loss_too=True)
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


def copy_weights(model: DualEncoder, state: dict[str, Tensor], loss_too: bool = False) -> None:
    """Copy the weights of a run into a model. Raises InputError if they belong to other towers.

    loss_too: also copy the scale and the bias that the run's loss ended with; otherwise they stay
        as configured, because a fixed scale may follow a learned one.
    """
    own = model.state_dict()
    kept = (OF_THE_LOSS if loss_too else {"basis"}) & set(own)
    left = OF_THE_LOSS - kept
    state = {name: value for name, value in state.items() if name not in left}
    missing = sorted(set(own) - set(state) - OF_THE_LOSS)
    strange = [k for k, value in state.items() if k not in own or own[k].shape != value.shape]
    if missing or strange:
        first = (missing + strange)[0]
        raise InputError(
            f"the checkpoint belongs to other towers: {len(missing)} weights missing, "
            f"{len(strange)} that do not fit (first: {first})"
        )
    model.load_state_dict(state, strict=False)
