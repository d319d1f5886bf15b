"""Load a checkpoint's two towers as PyTorch modules with the outputs of a model folder.

Needs torch and transformers; imported only while a checkpoint is being prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from cercafoto.base.installation import UPGRADE, install_command
from cercafoto.errors import ModelError
from cercafoto.models.prepare.transformers_checkpoint import (
    CLIP,
    DUAL,
    METACLIP2,
    SIGLIP,
    SIGLIP2,
    Checkpoint,
)
from cercafoto.models.prepare.weights import open_weights

# A configuration may describe at most so many times the parameters that the weight file holds.
MAX_SIZE_RATIO = 2


class TextTower(nn.Module):
    """A text tower: input_ids, attention_mask int64 [N, T] -> unit vectors float32 [N, D].

    masked: False if the tower ignores attention_mask, as SigLIP's does: it was trained to read the
        padding.
    """

    def __init__(self, text_model: nn.Module, projection: nn.Module, masked: bool) -> None:
        super().__init__()
        self.text_model = text_model
        self.projection = projection
        self.masked = masked

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        mask = attention_mask if self.masked else None
        pooled = self.text_model(input_ids=input_ids, attention_mask=mask).pooler_output
        return nn.functional.normalize(self.projection(pooled), dim=-1)


class ImageTower(nn.Module):
    """An image tower: pixel_values float32 [N, 3, H, W] -> unit vectors of images [N, D] and of
    patches [N, P, D]."""

    def __init__(self, vision_model: nn.Module, projection: nn.Module) -> None:
        super().__init__()
        self.vision_model = vision_model
        self.projection = projection

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        pooled, patches = self.pool(pixel_values)
        return (
            nn.functional.normalize(self.projection(pooled), dim=-1),
            nn.functional.normalize(self.projection(patches), dim=-1),
        )

    def pool(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """Return pooled [N, C] and per-patch [N, P, C] states, before the projection."""
        raise NotImplementedError


class ClipImageTower(ImageTower):
    """CLIP pools the class token through a layer norm; patches go through the same layer norm."""

    def pool(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        # transformers 4 has the transformer one level further down.
        inner: Any = getattr(self.vision_model, "vision_model", self.vision_model)
        tokens = self.vision_model(pixel_values=pixel_values).last_hidden_state
        tokens = inner.post_layernorm(tokens)
        return tokens[:, 0], tokens[:, 1:]


class VitImageTower(ImageTower):
    """A ViT, which pools the class token through a dense layer and tanh, as it does patches."""

    def pool(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        pooler: Any = self.vision_model.pooler
        tokens = self.vision_model(pixel_values=pixel_values).last_hidden_state
        tokens = pooler.activation(pooler.dense(tokens))
        return tokens[:, 0], tokens[:, 1:]


class SiglipImageTower(ImageTower):
    """SigLIP pools by attention, so it has no vectors for single patches.

    A patch gets the vector that the pooling head would give an image of this one patch: attention
    over one token is its value projection, and the head's MLP follows.
    """

    def pool(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        head: Any = self._inner.head
        tokens = self._tokens(pixel_values)
        width = tokens.shape[-1]
        attention = head.attention
        value = nn.functional.linear(
            tokens, attention.in_proj_weight[2 * width :], attention.in_proj_bias[2 * width :]
        )
        alone = attention.out_proj(value)
        alone = alone + head.mlp(head.layernorm(alone))
        return head(tokens), alone

    @property
    def _inner(self) -> Any:
        return getattr(self.vision_model, "vision_model", self.vision_model)

    def _tokens(self, pixel_values: Tensor) -> Tensor:
        tokens: Tensor = self.vision_model(pixel_values=pixel_values).last_hidden_state
        return tokens


class Siglip2ImageTower(SiglipImageTower):
    """SigLIP 2 with native proportions takes patches and their layout.

    The layout here is always the same square: images are cut into patches in the graph, and
    position embeddings are resized once. side: side of the images, in pixels.
    """

    def __init__(self, vision_model: nn.Module, projection: nn.Module, side: int) -> None:
        super().__init__(vision_model, projection)
        embeddings = self._inner.embeddings
        self.patch = int(embeddings.patch_size)
        self.grid = side // self.patch
        bias = torch.zeros(1, self.grid**2, embeddings.patch_embedding.in_features)
        shapes = torch.tensor([[self.grid, self.grid]])
        with torch.no_grad():
            # The position embeddings: the output for empty patches, minus the bias.
            empty = embeddings(bias, shapes)
            positions = empty - embeddings.patch_embedding(bias)
        self.register_buffer("positions", positions)
        # A weight that is not used gets no gradient, for which several GPUs would wait.
        embeddings.position_embedding.requires_grad_(False)

    def _tokens(self, pixel_values: Tensor) -> Tensor:
        n, p, g = pixel_values.shape[0], self.patch, self.grid
        cells = pixel_values.reshape(n, 3, g, p, g, p).permute(0, 2, 4, 3, 5, 1)
        patches = self._inner.embeddings.patch_embedding(cells.reshape(n, g * g, p * p * 3))
        hidden = self._inner.encoder(inputs_embeds=patches + self.positions).last_hidden_state
        tokens: Tensor = self._inner.post_layernorm(hidden)
        return tokens


def load(checkpoint: Checkpoint) -> nn.Module:
    """Return the transformers model of a checkpoint, float32, in evaluation mode.

    Raises ModelError for damaged weights, and for weights that miss a part of the model:
    transformers would fill it with random numbers.
    """
    import transformers

    classes = {
        DUAL: "VisionTextDualEncoderModel",
        CLIP: "CLIPModel",
        SIGLIP: "SiglipModel",
        SIGLIP2: "Siglip2Model",
        METACLIP2: "MetaClip2Model",
    }
    flax = checkpoint.weights.suffix == ".msgpack"
    with _Quiet(transformers):
        try:
            kind = getattr(transformers, classes[checkpoint.architecture], None)
            if kind is None:
                raise ModelError(
                    f"transformers {transformers.__version__} non conosce ancora i modelli "
                    f"«{checkpoint.architecture}», come quello in {checkpoint.path}.",
                    f"Aggiornalo: {install_command('torch', UPGRADE)}",
                )
            _require_plausible(checkpoint, kind)
            model, report = kind.from_pretrained(
                **(_from_flax(checkpoint, kind) if flax else _from_torch(checkpoint)),
                output_loading_info=True,
                attn_implementation="eager",
            )
        except ModelError:
            raise
        except MemoryError as error:
            raise ModelError(
                f"La memoria non basta per caricare {checkpoint.weights}.",
                "Chiudi qualche programma e riprova.",
            ) from error
        except Exception as error:  # pickle, zip, safetensors and torch raise nearly anything
            raise ModelError(
                f"I pesi in {checkpoint.weights} sono danneggiati o non sono quelli che "
                f"config.json descrive ({type(error).__name__}: {str(error)[:160]}).",
                "Scarica o copia di nuovo il modello.",
            ) from error
    lost = sorted(
        key for key in report["missing_keys"] if not key.endswith(("position_ids", "logit_scale"))
    )
    lost += [str(key[0] if isinstance(key, tuple) else key) for key in report["mismatched_keys"]]
    if flax and report["unexpected_keys"]:
        # The names come from our own translation of Flax names: an unknown one was misread.
        raise ModelError(
            f"In {checkpoint.weights} ci sono {len(report['unexpected_keys'])} pesi che il modello "
            f"non ha (il primo è {min(report['unexpected_keys'])}).",
            "Il file non corrisponde a config.json: scarica o copia di nuovo il modello.",
        )
    if lost:
        raise ModelError(
            f"Ai pesi in {checkpoint.weights} mancano {len(lost)} parti del modello "
            f"(la prima è {lost[0]}).",
            "Il file non corrisponde a config.json: scarica o copia di nuovo il modello.",
        )
    result: nn.Module = model.float().eval()
    return result


def _require_plausible(checkpoint: Checkpoint, kind: Any) -> None:
    """Raise ModelError for unsafe weights, and for a model far larger than its weight file.

    transformers would build such a model in memory before it noticed. If only some weights are
    missing, `load` names the first.
    """
    stored = open_weights(checkpoint.weights)
    there = sum(prod(tensor.shape) for tensor in stored.values())
    config = kind.config_class.from_pretrained(str(checkpoint.path), local_files_only=True)
    with torch.device("meta"):
        wanted = sum(parameter.numel() for parameter in kind(config).parameters())
    if wanted > MAX_SIZE_RATIO * there:
        raise ModelError(
            f"Il modello che {checkpoint.path / 'config.json'} descrive ha {wanted} numeri, e i "
            f"pesi in {checkpoint.weights} ne hanno {there}.",
            "Il file non corrisponde a config.json: scarica o copia di nuovo il modello.",
        )


def _from_torch(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "pretrained_model_name_or_path": str(checkpoint.path),
        "local_files_only": True,
        "use_safetensors": "safetensors" in checkpoint.weights.name,
        "weights_only": True,  # a pickle may hold code; only tensors are let through
    }


def _from_flax(checkpoint: Checkpoint, kind: Any) -> dict[str, Any]:
    config = kind.config_class.from_pretrained(str(checkpoint.path), local_files_only=True)
    state = {
        name: torch.from_numpy(tensor.read())
        for name, tensor in open_weights(checkpoint.weights).items()
    }
    # A training with a fixed scale may not have saved it.
    state.setdefault("logit_scale", torch.tensor(float(config.logit_scale_init_value)))
    return {
        "pretrained_model_name_or_path": None,
        "config": config,
        "state_dict": state,
        "ignore_mismatched_sizes": True,  # `load` raises for them, with their names
    }


def towers(model: Any, checkpoint: Checkpoint) -> tuple[ImageTower, TextTower]:
    """Return the image tower and the text tower of a loaded model, in evaluation mode.

    Raises ModelError for an unknown kind of image tower.
    """
    vision = model.vision_model
    identity = nn.Identity()
    image_projection = getattr(model, "visual_projection", identity)
    text_projection = getattr(model, "text_projection", identity)
    image: ImageTower
    inner = getattr(vision, "vision_model", vision)
    if checkpoint.architecture == SIGLIP2:
        image = Siglip2ImageTower(vision, image_projection, int(checkpoint.image["size"]))
    elif hasattr(inner, "head"):
        image = SiglipImageTower(vision, image_projection)
    elif hasattr(inner, "post_layernorm"):
        image = ClipImageTower(vision, image_projection)
    elif hasattr(getattr(vision, "pooler", None), "dense"):
        image = VitImageTower(vision, image_projection)
    else:
        raise ModelError(
            f"La parte del modello in {checkpoint.path} che guarda le immagini "
            f"({type(vision).__name__}) non è fra quelle che cercafoto sa usare.",
            "Servono CLIP, SigLIP o ViT.",
        )
    masked = checkpoint.architecture not in {SIGLIP, SIGLIP2}
    return image.eval(), TextTower(model.text_model, text_projection, masked).eval()


class _Quiet:
    """Silences transformers' reports and progress bars: cercafoto says what matters itself."""

    def __init__(self, transformers: Any) -> None:
        self.logging = transformers.logging
        self.undo: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        level = self.logging.get_verbosity()
        self.undo.append(lambda: self.logging.set_verbosity(level))
        self.logging.set_verbosity_error()
        if self.logging.is_progress_bar_enabled():
            self.undo.append(self.logging.enable_progress_bar)
            self.logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        for step in reversed(self.undo):
            step()
