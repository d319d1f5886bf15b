"""Write the Flax checkpoint of 2021 from a PyTorch one, without Flax.

The encoder and the table of Flax's names are independent of the code that reads them.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch

BERT_LAYER = {
    "attention.self.query": "attention/self/query",
    "attention.self.key": "attention/self/key",
    "attention.self.value": "attention/self/value",
    "attention.output.dense": "attention/output/dense",
    "attention.output.LayerNorm": "attention/output/LayerNorm",
    "intermediate.dense": "intermediate/dense",
    "output.dense": "output/dense",
    "output.LayerNorm": "output/LayerNorm",
}
CLIP_LAYER = {
    "self_attn.q_proj": "self_attn/q_proj",
    "self_attn.k_proj": "self_attn/k_proj",
    "self_attn.v_proj": "self_attn/v_proj",
    "self_attn.out_proj": "self_attn/out_proj",
    "mlp.fc1": "mlp/fc1",
    "mlp.fc2": "mlp/fc2",
    "layer_norm1": "layer_norm1",
    "layer_norm2": "layer_norm2",
}


def flax_tree(state: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Return the parameters of FlaxVisionTextDualEncoderModel with a BERT and a CLIP vision tower
    of one layer each, from PyTorch's names of 2021."""
    tree: dict[str, Any] = {}

    def put(place: str, value: torch.Tensor) -> None:
        *groups, last = place.split("/")
        at = tree
        for group in groups:
            at = at.setdefault(group, {})
        at[last] = value.numpy().copy()

    def dense(ours: str, place: str, bias: bool = True) -> None:
        put(f"{place}/kernel", state[f"{ours}.weight"].t())
        if bias:
            put(f"{place}/bias", state[f"{ours}.bias"])

    def norm(ours: str, place: str) -> None:
        put(f"{place}/scale", state[f"{ours}.weight"])
        put(f"{place}/bias", state[f"{ours}.bias"])

    for part in ("word", "position", "token_type"):
        name = f"{part}_embeddings"
        put(
            f"text_model/embeddings/{name}/embedding",
            state[f"text_model.embeddings.{name}.weight"],
        )
    norm("text_model.embeddings.LayerNorm", "text_model/embeddings/LayerNorm")
    for ours, place in BERT_LAYER.items():
        one = norm if "Norm" in ours else dense
        one(f"text_model.encoder.layer.0.{ours}", f"text_model/encoder/layer/0/{place}")
    dense("text_model.pooler.dense", "text_model/pooler/dense")

    ours, place = "vision_model.vision_model", "vision_model/vision_model"
    put(f"{place}/embeddings/class_embedding", state[f"{ours}.embeddings.class_embedding"])
    # Flax orders a convolution as height, width, channels in, channels out.
    patches = state[f"{ours}.embeddings.patch_embedding.weight"]
    put(f"{place}/embeddings/patch_embedding/kernel", torch.einsum("oihw->hwio", patches))
    put(
        f"{place}/embeddings/position_embedding/embedding",
        state[f"{ours}.embeddings.position_embedding.weight"],
    )
    norm(f"{ours}.pre_layrnorm", f"{place}/pre_layrnorm")
    norm(f"{ours}.post_layernorm", f"{place}/post_layernorm")
    for inner, where in CLIP_LAYER.items():
        one = norm if "norm" in inner else dense
        one(f"{ours}.encoder.layers.0.{inner}", f"{place}/encoder/layers/0/{where}")

    dense("visual_projection", "visual_projection", bias=False)
    dense("text_projection", "text_projection", bias=False)
    put("logit_scale", state["logit_scale"])
    return tree


def pack(value: Any) -> bytes:
    """Return MessagePack as flax.serialization writes it, following the format's table."""
    if isinstance(value, dict):
        body = b"".join(pack(key) + pack(item) for key, item in value.items())
        return struct.pack(">BI", 0xDF, len(value)) + body
    if isinstance(value, str):
        text = value.encode()
        return struct.pack(">BI", 0xDB, len(text)) + text
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return struct.pack(">BI", 0xCE, value)
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    if isinstance(value, (tuple, list)):
        body = b"".join(pack(item) for item in value)
        return struct.pack(">BI", 0xDD, len(value)) + body
    return array(value)


def array(value: np.ndarray, kind: str = "", content: bytes = b"", code: int = 1) -> bytes:
    inner = pack((value.shape, kind or value.dtype.name, content or value.tobytes()))
    return struct.pack(">BIb", 0xC9, len(inner), code) + inner


def tree_of(original: Path) -> dict[str, Any]:
    return flax_tree(torch.load(original / "pytorch_model.bin", weights_only=True))


def write(folder: Path, tree: dict[str, Any]) -> None:
    (folder / "flax_model.msgpack").write_bytes(pack(tree))
