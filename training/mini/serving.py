"""From trained heads to the two ONNX graphs and the folder that serves them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cercafoto.training.mini.graphs import FLOAT, Graph
from cercafoto.training.mini.heads import CLASS_SCALE, IMAGE_TEMPERATURE, Posterior, Projection
from cercafoto.training.mini.image_tower import add_image_tower
from cercafoto.training.mini.text_tower import TEXT_INPUTS, add_text_tower
from cercafoto.training.mini.towers import TextWeights
from cercafoto.training.mini.vocabulary import Vocabulary

Floats = NDArray[np.float32]


@dataclass
class Joint:
    """Everything after the towers, ready to serve.

    heads: pairs of projections. posterior and class weights of the image tower; share: weight of
    the posterior's part in the cosine, 0..1. image_basis, text_basis: [D, parts], the compression
    of the concatenated parts to D numbers. text_mean: of e5's unit vectors, subtracted.
    """

    image_heads: list[Projection]
    text_heads: list[Projection]
    posterior: Posterior
    classifier: tuple[Floats, Floats]
    share: float
    basis: Floats
    text_mean: Floats


def numbers(tensor: torch.Tensor) -> Floats:
    return tensor.detach().numpy().astype(np.float32)


def _heads(graph: Graph, x: str, name: str, heads: list[Projection], weight: float) -> list[str]:
    """Each projection at `weight` times unit length."""
    parts = []
    for place, head in enumerate(heads):
        prefix = f"{name}{place}"
        straight = graph.linear(
            x,
            f"{prefix}.straight",
            head.gain * numbers(head.straight.weight),
            numbers(head.straight.bias),
        )
        bent = graph.linear(
            x,
            f"{prefix}.first",
            head.gain * numbers(head.first.weight),
            numbers(head.first.bias),
        )
        bent = graph.linear(
            graph.op("Gelu", bent, domain="com.microsoft"),
            f"{prefix}.second",
            numbers(head.second.weight),
            numbers(head.second.bias),
        )
        unit = graph.unit(graph.op("Add", straight, bent))
        parts.append(graph.op("Mul", unit, graph.constant(float(weight))))
    return parts


def _posterior(graph: Graph, logits: str, share: float) -> str:
    """Square root of the probabilities: unit length by construction."""
    root = graph.op("Sqrt", graph.op("Softmax", logits, axis=-1))
    return graph.op("Mul", root, graph.constant(float(np.sqrt(share))))


def image_graph(model: torch.nn.Module, joint: Joint, size: int) -> Graph:
    """pixel_values -> image_embeds [N, D], patch_embeds [N, P, D]."""
    graph = Graph("image")
    features = add_image_tower(graph, model)
    whole = graph.op("ReduceMean", features, graph.constant([2, 3]), keepdims=0)
    graph.rename(_image_side(graph, whole, joint), "image_embeds")
    flat = graph.op("Reshape", features, graph.constant([0, 0, -1]))
    patches = graph.op("Transpose", flat, perm=[0, 2, 1])
    graph.rename(_image_side(graph, patches, joint), "patch_embeds")
    return graph


def _image_side(graph: Graph, features: str, joint: Joint) -> str:
    """Features [..., 1280] -> unit vectors [..., D]."""
    weight, bias = joint.classifier
    logits = graph.linear(
        features, "classifier", weight / IMAGE_TEMPERATURE, bias / IMAGE_TEMPERATURE
    )
    root = graph.unit(graph.op("Sqrt", features))
    each = np.sqrt((1.0 - joint.share) / len(joint.image_heads))
    parts = _heads(graph, root, "image_head", joint.image_heads, each)
    parts.append(_posterior(graph, logits, joint.share))
    together = graph.op("Concat", *parts, axis=-1)
    return graph.unit(graph.linear(together, "basis", joint.basis))


def text_graph(
    weights: TextWeights, vocabulary: Vocabulary, joint: Joint, max_tokens: int, layers: int
) -> Graph:
    """input_ids, attention_mask -> text_embeds [N, D]."""
    graph = Graph("text")
    pooled = add_text_tower(graph, weights, vocabulary, max_tokens, layers)
    graph.rename(_text_side(graph, pooled, joint), "text_embeds")
    return graph


def _text_side(graph: Graph, pooled: str, joint: Joint) -> str:
    """e5's mean-pooled output [N, 384] -> unit vectors [N, D]."""
    x = graph.op("Sub", graph.unit(pooled), graph.weight("text_mean", joint.text_mean))
    x = graph.unit(x)
    each = np.sqrt((1.0 - joint.share) / len(joint.text_heads))
    parts = _heads(graph, x, "text_head", joint.text_heads, each)
    p = joint.posterior
    near = graph.linear(x, "class_texts", CLASS_SCALE * numbers(p.class_texts))
    bent = graph.linear(
        x, "posterior.first", p.gain * numbers(p.first.weight), numbers(p.first.bias)
    )
    bent = graph.linear(
        graph.op("Gelu", bent, domain="com.microsoft"),
        "posterior.second",
        numbers(p.second.weight),
        numbers(p.second.bias),
    )
    parts.append(_posterior(graph, graph.op("Add", near, bent), joint.share))
    together = graph.op("Concat", *parts, axis=-1)
    return graph.unit(graph.linear(together, "basis", joint.basis))


def common_basis(image: Floats, text: Floats, dimension: int) -> Floats:
    """[D, parts] with orthonormal rows: the directions that hold most of what photos and texts,
    counted alike, spread over. Cosines between the compressed vectors stay near the full ones.
    """
    both = image.T @ image / len(image) + text.T @ text / len(text)
    _, vectors = np.linalg.eigh(both.astype(np.float64))
    return np.ascontiguousarray(vectors[:, ::-1][:, :dimension].T.astype(np.float32))


def save_image_graph(graph: Graph, path: Path, size: int, dimension: int) -> None:
    graph.save(
        path,
        {"pixel_values": (FLOAT, ["N", 3, size, size])},
        {"image_embeds": ["N", dimension], "patch_embeds": ["N", "P", dimension]},
        external=False,
    )


def save_text_graph(graph: Graph, path: Path, dimension: int) -> None:
    graph.save(path, TEXT_INPUTS, {"text_embeds": ["N", dimension]}, external=True)
