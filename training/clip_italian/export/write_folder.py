"""Export a run to a model folder, for towers that transformers has no common class for.

Like `cercafoto.models.prepare.convert`, with other towers: export, describe, compare with torch on
real photos and sentences, and only then take the name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.prepare import convert
from cercafoto.models.prepare.onnx_export import export_image, export_text
from cercafoto.models.prepare.parity_check import SENTENCES
from cercafoto.models.prepare.shipped_photos import photos
from cercafoto.models.prepare.towers import ClipImageTower, ImageTower, TextTower
from cercafoto.models.registry import check_name
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.export.targets import CARD
from cercafoto.training.training_errors import InputError

# float32 in another order: more than this is another model.
SAME = 0.9999


class TimmImageTower(ImageTower):
    """A timm network without classifier.

    A place of its feature map goes the same way as the pooled map: through the network's own head
    and the projection.
    """

    def pool(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        network: Any = self.vision_model
        features = network.forward_features(pixel_values)
        n, channels, height, width = features.shape
        places = features.permute(0, 2, 3, 1).reshape(n * height * width, channels, 1, 1)
        return network.forward_head(features), network.forward_head(places).reshape(
            n, height * width, -1
        )


class TrainedTextTower(TextTower):
    """A text tower as trained, which pools its tokens itself."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        pooled = self.text_model(input_ids, attention_mask)
        return nn.functional.normalize(self.projection(pooled), dim=-1)


def export(
    model: Any,
    tokenizer: Tokenizer,
    preprocessing: Preprocessing,
    destination: Path,
    description: dict[str, Any],
    progress: Callable[[str], None],
    card: str = "",
    numbers: int = 0,
) -> None:
    """Write the model folder `destination` of a DualEncoder in evaluation mode.

    numbers: the first so many of an embedding are served; 0: all of them.
    description: name, version, licence and source for `model.json`.
    card: text of the README.md that the folder gets; "" for none.

    Raises InputError for a tower of a kind unknown here; ModelError if the graphs do not give
    torch's vectors; DiskFullError or UsageError as a preparation does. An older folder at
    `destination` stays until the new one is complete.
    """
    check_name(description["name"])
    numbers = numbers or model.dimension
    image = image_tower(model, numbers)
    words = model.text_tower
    texts = TrainedTextTower(
        words, _served(model, model.text_projection, numbers), words.masked
    ).eval()
    text = text_part(tokenizer)
    size = sum(p.numel() for p in model.parameters()) * 4
    with convert.new_model_folder(destination, size) as folder:
        tokenizer.save(str(folder / "tokenizer.json"))
        if card:
            (folder / CARD).write_text(card, encoding="utf-8")
        work = folder / "work"
        work.mkdir()
        _plain_attention(model)
        progress("exporting the image tower")
        export_image(image, preprocessing.size, folder / "image.onnx", work)
        progress("exporting the text tower")
        export_text(texts, text, folder / "text.onnx", work)
        work.rmdir()

        def compared(encoder: Encoder) -> dict[str, float]:
            progress("comparing with torch, on real photos and sentences")
            return compare(model, image, tokenizer, encoder, numbers)

        parts = {"image": image_part(preprocessing), "text": text}
        convert.finish(folder, description | parts, compared)


def image_tower(model: Any, numbers: int = 0) -> ImageTower:
    """Return the image tower with the outputs of a model folder, the first `numbers` of each.

    numbers: 0 for all.
    Raises InputError for a tower of a kind unknown here.
    """
    import transformers

    backbone = model.image_tower.model
    projection = _served(model, model.image_projection, numbers)
    if isinstance(backbone, ImageTower):  # a teacher's
        tower = copy.copy(backbone)
        tower._modules = backbone._modules | {"projection": projection}
        return tower.eval()
    if isinstance(backbone, transformers.CLIPVisionModel):
        return ClipImageTower(backbone, projection).eval()
    if hasattr(backbone, "forward_features") and hasattr(backbone, "forward_head"):
        return TimmImageTower(backbone, projection).eval()
    raise InputError(
        f"an image tower that cannot be exported: {type(backbone).__name__} (there are CLIP's "
        "vision transformer and timm's convolutional networks)"
    )


def _served(model: Any, projection: nn.Module, numbers: int) -> nn.Module:
    """Return a projection followed by the turn into the basis, its first `numbers`."""
    if model.basis is None:
        return projection
    basis = model.basis[: numbers or model.dimension]
    turn = nn.Linear(model.dimension, len(basis), bias=False)
    turn.weight.data.copy_(basis)
    return nn.Sequential(projection, turn)


def compare(
    model: Any,
    image: ImageTower,
    tokenizer: Tokenizer,
    encoder: Encoder,
    numbers: int | None = None,
) -> dict[str, float]:
    """Compare torch's vectors, or their first `numbers`, with the served ones.

    Returns the lowest cosines.

    Raises ModelError if one is below `SAME`.
    """
    pixels = np.stack([encoder.preprocessing(picture) for picture in photos().values()])
    encoded = tokenizer.encode_batch(list(SENTENCES))
    with torch.no_grad():
        images = model.embed_images(torch.from_numpy(pixels))
        patches = image(torch.from_numpy(pixels))[1].numpy()
        texts = model.embed_texts(
            torch.tensor([e.ids for e in encoded]),
            torch.tensor([e.attention_mask for e in encoded]),
        )
        images, texts = (
            nn.functional.normalize(rows[:, :numbers], dim=1).numpy() for rows in (images, texts)
        )
    (served,) = encoder._patches.run(["patch_embeds"], {"pixel_values": pixels})
    pairs = {
        "image": (images, encoder.embed_pixels(pixels)),
        "text": (texts, encoder.embed_texts(SENTENCES)),
        "patches": (patches, served),
    }
    cosines = {
        part: float((ours * theirs).sum(axis=-1).min()) for part, (ours, theirs) in pairs.items()
    }
    for part, cosine in cosines.items():
        if not cosine >= SAME:
            raise ModelError(
                f"The exported model does not give the results of the training ({part}: cosine "
                f"{cosine:.6f}, less than {SAME}).",
                "It was not written. Update torch and onnxruntime, and try again.",
            )
    return cosines


def text_part(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return the "text" part of `model.json`.

    Raises InputError for a tokenizer that does not pad, or does not truncate.
    """
    padding, truncation = tokenizer.padding, tokenizer.truncation
    if not padding or not truncation:
        raise InputError("the run's tokenizer does not say how to pad and where to truncate")
    return {
        "max_tokens": int(truncation["max_length"]),
        "optimised": True,
        "padding": "max_length" if padding["length"] else "longest",
        "pad_id": int(padding["pad_id"]),
        "pad_token": str(padding["pad_token"]),
    }


def image_part(preprocessing: Preprocessing) -> dict[str, Any]:
    """Return the "image" part of `model.json`."""
    return {
        "size": preprocessing.size,
        "resize": preprocessing.resize,
        "resize_to": preprocessing.resize_to,
        "crop": preprocessing.resize == "shortest",
        "interpolation": preprocessing.interpolation,
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
    }


def _plain_attention(model: Any) -> None:
    """Write attention out, which every version of the exporter knows; the numbers are the same."""
    for tower in (model.image_tower.model, model.text_tower.model):
        if hasattr(tower, "set_attn_implementation"):
            tower.set_attn_implementation("eager")
