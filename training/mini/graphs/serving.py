"""The two ONNX graphs that serve photos and texts: towers, trained heads, posterior,
compression."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.training.mini.graphs.image_tower import (
    LOOKS,
    add_image_tower,
    add_last_block,
    add_two_looks,
)
from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph
from cercafoto.training.mini.graphs.text_tower import TEXT_INPUTS, add_text_tower
from cercafoto.training.mini.heads import (
    CLASS_SCALE,
    IMAGE_POWER,
    TEXT_POWER,
    Posterior,
    Projection,
)
from cercafoto.training.mini.last_block import LastBlock
from cercafoto.training.weights.cut_vocabulary import Vocabulary
from cercafoto.training.weights.wheels import TextWeights

STRIDE = 32  # pixels of the tower's input, on a side, for each place of its feature map

# Likeness of two classes is exp(4 * (cosine of their weights - 1)).
CLASS_LIKENESS = 4.0


@dataclass
class Joint:
    """The trained parts after the towers, ready to serve.

    A vector has two blocks, each a unit vector times a weight: the learned heads, and the class
    posterior, both compressed.

    last_block: learned copy of the tower's last block, which the heads of photos read.
    classifier: weight and bias of the image tower's classes.
    share: share of the class block in a photo's vector, 0 to 1.
    gate: share of the class block in a text's vector, for a text that names no class and for one
        that surely names one.
    head_basis [H, heads * width]: compresses the outputs of the heads.
    class_basis [C, classes]: compresses the class probabilities.
    text_mean: mean of e5's unit vectors, which is subtracted.
    """

    last_block: LastBlock
    image_heads: list[Projection]
    text_heads: list[Projection]
    posterior: Posterior
    classifier: tuple[Floats, Floats]
    share: float
    gate: tuple[float, float]
    head_basis: Floats
    class_basis: Floats
    text_mean: Floats


def numbers(tensor: torch.Tensor) -> Floats:
    return tensor.detach().numpy().astype(np.float32)


def _heads(graph: Graph, x: str, name: str, heads: list[Projection], basis: Floats) -> str:
    """Add the outputs of the heads side by side, compressed, at unit length."""
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
        parts.append(graph.unit(graph.op("Add", straight, bent)))
    return graph.unit(graph.linear(graph.op("Concat", *parts, axis=-1), "head_basis", basis))


def _classes(graph: Graph, logits: str, power: float, basis: Floats) -> str:
    """Add the class probabilities raised to `power`, compressed, at unit length.

    Compression loses more of a text that means one class than of a text that means many, so the
    length is made 1 after it.
    """
    raised = graph.op("Softmax", graph.op("Mul", logits, graph.constant(power)), axis=-1)
    return graph.unit(graph.linear(graph.unit(raised), "class_basis", basis))


def image_graph(model: torch.nn.Module, joint: Joint, picture: int, size: int) -> Graph:
    """Return the graph pixel_values [N, 3, picture, picture] -> image_embeds [N, D], patch_embeds
    [N, P, D].

    The tower, whose input has `size` pixels on a side, looks twice: at the whole picture, reduced,
    and at its middle. A photo's vector is the mean of both looks; its patches are those of the
    whole.
    """
    graph = Graph("image", eight_bits=True)
    last = add_image_tower(graph, model, add_two_looks(graph, picture, size))
    frozen = add_last_block(graph, model, last)
    learned = add_last_block(graph, joint.last_block, last, "learned.")
    pooled, pooled_too = (
        graph.op("ReduceMean", features, graph.constant([2, 3]), keepdims=0)
        for features in (frozen, learned)
    )
    both = _image_side(graph, pooled, pooled_too, joint)
    width = len(joint.head_basis) + len(joint.class_basis)
    apart = graph.op("Reshape", both, graph.constant([LOOKS, -1, width]))
    mean = graph.op("ReduceMean", apart, graph.constant([0]), keepdims=0)
    graph.rename(graph.unit(mean), "image_embeds")
    channels = joint.classifier[0].shape[1]
    whole, whole_too = (
        _patches_of_whole(graph, features, size // STRIDE, channels)
        for features in (frozen, learned)
    )
    graph.rename(_image_side(graph, whole, whole_too, joint), "patch_embeds")
    return graph


def _patches_of_whole(graph: Graph, features: str, side: int, channels: int) -> str:
    """Add the features of each place of the first look: [LOOKS N, C, side, side] -> [N, side *
    side, C]. Return the name of the result."""
    flat = graph.op("Reshape", features, graph.constant([0, 0, -1]))
    places = graph.op("Transpose", flat, perm=[0, 2, 1])
    apart = graph.op("Reshape", places, graph.constant([LOOKS, -1, side * side, channels]))
    first = graph.op("Gather", apart, graph.constant([0]), axis=0)
    return graph.op("Squeeze", first, graph.constant([0]))


def _image_side(graph: Graph, frozen: str, learned: str, joint: Joint) -> str:
    """Add the steps from the features of both last blocks, [..., 1280], to unit vectors [..., D].
    Return the name of the result."""
    logits = graph.linear(frozen, "classifier", *joint.classifier)
    root = graph.unit(graph.op("Sqrt", learned))
    heads = _heads(graph, root, "image_head", joint.image_heads, joint.head_basis)
    shown = _classes(graph, logits, IMAGE_POWER, joint.class_basis)
    parts = [
        graph.op("Mul", heads, graph.constant(float(np.sqrt(1.0 - joint.share)))),
        graph.op("Mul", shown, graph.constant(float(np.sqrt(joint.share)))),
    ]
    return graph.op("Concat", *parts, axis=-1)


def text_graph(
    weights: TextWeights, vocabulary: Vocabulary, joint: Joint, max_tokens: int, layers: int
) -> Graph:
    """Return the graph input_ids, attention_mask -> text_embeds [N, D].

    max_tokens: length limit of a text.
    layers: number of the tower's layers to use.
    """
    graph = Graph("text")
    pooled = add_text_tower(graph, weights, vocabulary, max_tokens, layers)
    graph.rename(_text_side(graph, pooled, joint), "text_embeds")
    return graph


def _text_side(graph: Graph, pooled: str, joint: Joint) -> str:
    """Add the steps from e5's mean-pooled output [N, 384] to unit vectors [N, D]. Return the name
    of the result."""
    x = graph.op("Sub", graph.unit(pooled), graph.weight("text_mean", joint.text_mean))
    x = graph.unit(x)
    heads = _heads(graph, x, "text_head", joint.text_heads, joint.head_basis)
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
    logits = graph.op("Add", near, bent)
    meant = _classes(graph, logits, TEXT_POWER, joint.class_basis)
    # The surer the posterior is of one class, the more the class block counts.
    sure = graph.op("Softmax", logits, axis=-1)
    sure = graph.op("ReduceMax", sure, graph.constant([-1]), keepdims=1)
    low, high = joint.gate
    gate = graph.op("Mul", sure, graph.constant(float(high - low)))
    gate = graph.op("Add", gate, graph.constant(float(low)))
    rest = graph.op("Sub", graph.constant(1.0), gate)
    parts = [
        graph.op("Mul", heads, graph.op("Sqrt", rest)),
        graph.op("Mul", meant, graph.op("Sqrt", gate)),
    ]
    return graph.op("Concat", *parts, axis=-1)


def common_basis(image: Floats, text: Floats, dimension: int) -> Floats:
    """Return the directions in which photos and texts spread most, [dimension, features], with
    orthonormal rows. Photos and texts count equally. Vectors compressed to these directions keep
    nearly the same cosines."""
    both = image.T @ image / len(image) + text.T @ text / len(text)
    return _largest(both, dimension)


def class_basis(weights: Floats, dimension: int) -> Floats:
    """Return the directions that tell classes apart, [dimension, classes], with orthonormal rows.
    Directions that only tell look-alike classes apart are dropped.

    weights [classes, features]: the image tower's classifier; classes with similar weights look
        alike.
    """
    centred = weights - weights.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    return _largest(np.exp(CLASS_LIKENESS * (unit @ unit.T - 1.0)), dimension)


def _largest(symmetric: NDArray[np.floating], dimension: int) -> Floats:
    """Return the eigenvectors of the `dimension` largest eigenvalues, as rows."""
    _, vectors = np.linalg.eigh(symmetric.astype(np.float64))
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
