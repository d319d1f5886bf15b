"""Find the graphs that ship with the package, so that preparing a checkpoint needs no torch.

A graph does not depend on the weights. For common architectures it was exported beforehand, by
the same exporter that prepares any checkpoint (`python -m cercafoto.training towers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cercafoto.models.prepare.drawn_tower import DrawnTower, FilledTower
from cercafoto.models.prepare.transformers_checkpoint import CLIP, DUAL, SIGLIP, Description
from cercafoto.models.prepare.weights import open_weights

DRAWN = Path(__file__).parent / "drawn"
IMAGE, TEXT = "image", "text"

# The settings that decide a graph, with transformers' defaults, which configurations leave out.
# The number of words is not among them: it is only the length of one table.
_BASE = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
}
_SMALLER = {"hidden_size": 512, "intermediate_size": 2048, "num_attention_heads": 8}
_PICTURE = {"num_channels": 3, "image_size": 224}
_CLIP = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
_SIGLIP = {"hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "clip_vision_model": {**_BASE, **_PICTURE, **_CLIP, "patch_size": 32},
    "clip_text_model": {
        **_BASE, **_SMALLER, **_CLIP, "max_position_embeddings": 77, "eos_token_id": 49407,
    },
    "bert": {
        **_BASE, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "max_position_embeddings": 512,
        "type_vocab_size": 2, "position_embedding_type": "absolute", "is_decoder": False,
        "add_cross_attention": False,
    },
    "siglip_vision_model": {**_BASE, **_PICTURE, **_SIGLIP, "patch_size": 16,
        "vision_use_head": True},
    "siglip_text_model": {**_BASE, **_SIGLIP, "max_position_embeddings": 64,
        "projection_size": None},
}  # fmt: skip
# Allowed "model_type" of each tower; the first is transformers' default if none is named.
_KINDS: dict[str, dict[str, list[str | None]]] = {
    DUAL: {IMAGE: [None, "clip_vision_model"], TEXT: [None, "bert"]},
    CLIP: {IMAGE: ["clip_vision_model"], TEXT: ["clip_text_model"]},
    SIGLIP: {IMAGE: ["siglip_vision_model"], TEXT: ["siglip_text_model"]},
}


@dataclass(frozen=True)
class KnownTowers:
    """The two towers of a checkpoint, if both graphs ship."""

    image: DrawnTower
    text: DrawnTower

    @classmethod
    def of(cls, described: Description) -> KnownTowers | None:
        """Return the two towers for a checkpoint; None if the graph of either does not ship."""
        image, text = (_shipped_tower(signature(described, tower)) for tower in (IMAGE, TEXT))
        return cls(image, text) if image and text else None

    def write_graphs(self, weights: Path, folder: Path) -> WrittenGraphs:
        """Write image.onnx and text.onnx to `folder`, each with its weights beside it.

        weights: the checkpoint's weight file, or the index of its shards.
        Raises ModelError naming the first tensor that is missing or has another shape or type,
        before anything is written; or the first tensor with a value that is not finite.
        """
        table = open_weights(weights)
        image, text = (FilledTower.of(tower, table, weights) for tower in (self.image, self.text))
        image.write(folder / "image.onnx")
        text.write(folder / "text.onnx")
        return WrittenGraphs(len(image.tensors) + len(text.tensors), text.words)


@dataclass(frozen=True)
class WrittenGraphs:
    """What `write_graphs` wrote: the number of tensors, and of rows of the word table."""

    tensors: int
    words: int


def signature(described: Description, tower: str) -> dict[str, Any] | None:
    """Return the settings that decide the graph of a tower; None if no shipped graph can fit.

    tower: IMAGE or TEXT.
    """
    kinds = _KINDS.get(described.architecture)
    if kinds is None:
        return None
    part = {IMAGE: "vision_config", TEXT: "text_config"}[tower]
    # OpenAI's own files have each part twice; transformers lets the second one win.
    values = (described.config.get(part) or {}) | (described.config.get(f"{part}_dict") or {})
    kind = values.get("model_type", kinds[tower][0])
    if kind is None or kind not in kinds[tower]:
        return None
    found = {"kind": kind} | {name: values.get(name, v) for name, v in _DEFAULTS[kind].items()}
    if tower == IMAGE and found["image_size"] != described.image["size"]:
        return None
    if described.architecture == SIGLIP:
        if tower == TEXT:
            found["projection_size"] = found["projection_size"] or found["hidden_size"]
    else:
        found["projection_dim"] = described.config.get("projection_dim", 512)
    return found


def _shipped_tower(wanted: dict[str, Any] | None) -> DrawnTower | None:
    if wanted is None:
        return None
    towers = (DrawnTower.open(table) for table in sorted(DRAWN.glob("*.json")))
    return next((tower for tower in towers if tower.signature == wanted), None)
