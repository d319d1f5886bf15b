"""Eight bits instead of thirty-two for a prepared image tower, where that changes nothing that
matters: faster on a processor, and a quarter of the size.

Whether it does is measured on the person's own photos. Trained towers have a few very large
activations, which eight bits may crush: no rule tells beforehand, and random weights show nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cercafoto.errors import ImageError, ModelError, UsageError

if TYPE_CHECKING:
    from cercafoto.encoder import Encoder

Floats = NDArray[np.float32]

AUTO, FULL, EIGHT = "auto", "fp32", "int8"
CHOICES = (AUTO, FULL, EIGHT)
ENOUGH, MOST = 200, 512  # photos to measure on
NEIGHBOURS = 10
KEEP_FROM = 0.98  # recall@10 against fp32


@dataclass(frozen=True)
class Agreement:
    """How the eight bits compare with the full weights on `photos` real photos. recall: share of
    each photo's ten nearest that stay among its ten nearest, averaged. cosine: the least cosine of
    a photo's two vectors, the mean vector of all taken off first (raw ones are all near 1).
    kept: whether the eight bits are what the model has now."""

    photos: int
    recall: float
    cosine: float
    kept: bool = False


def check_choice(wanted: str) -> str:
    """Raises UsageError for what is none of CHOICES."""
    if wanted not in CHOICES:
        raise UsageError(f"--precisione vuole {', '.join(CHOICES)}, non «{wanted}».")
    return wanted


def lighten(
    graph: Path, embed: Callable[[], Encoder], photos: Sequence[Path], wanted: str
) -> Agreement | None:
    """Put the image graph in eight bits where `wanted` says so, or where AUTO finds that it keeps
    its word; None where the graph stays as it is without having been measured.

    graph: image.onnx in a model folder that is being made. embed: opens an encoder of that folder
    anew. photos: of the person's own.
    """
    if wanted == FULL or (wanted == AUTO and len(photos) < ENOUGH):
        return None
    full = _vectors(embed(), photos)
    aside, light = graph.with_name("image.fp32.onnx"), graph.with_name("image.int8.onnx")
    quantise(graph, light)
    graph.replace(aside)  # its weights beside it keep their name: the new graph has its own inside
    light.replace(graph)
    found = compare(full, _vectors(embed(), photos))
    enough = found.photos >= ENOUGH and found.recall >= KEEP_FROM
    if wanted == EIGHT or enough:
        aside.unlink()
        graph.with_name(f"{graph.name}.data").unlink(missing_ok=True)
    else:
        aside.replace(graph)
    return replace(found, kept=wanted == EIGHT or enough)


def quantise(graph: Path, target: Path) -> None:
    """Weights of the matrix products in 8 bits with a scale a channel, activations as they come.

    Raises ModelError where ONNX Runtime cannot.
    """
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that was done
    try:
        quantize_dynamic(
            graph,
            target,
            op_types_to_quantize=["MatMul", "Gemm", "Attention"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    except Exception as error:  # it raises nearly anything
        raise ModelError(
            f"La parte che guarda le immagini non si riduce a 8 bit ({error}).",
            "Preparala com'è: --precisione fp32",
        ) from error


def compare(full: Floats, light: Floats) -> Agreement:
    """Vectors of the same photos by both graphs, [N, D] unit each."""
    if len(full) <= NEIGHBOURS:
        return Agreement(len(full), 0.0, 0.0)
    same = [
        len(set(a) & set(b)) / NEIGHBOURS
        for a, b in zip(_nearest(full), _nearest(light), strict=True)
    ]
    centred = [v - full.mean(axis=0) for v in (full, light)]
    unit = [v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12) for v in centred]
    cosines = (unit[0] * unit[1]).sum(axis=1)
    return Agreement(len(full), float(np.mean(same)), float(cosines.min()))


def _nearest(vectors: Floats) -> list[list[int]]:
    """Of each, the ten others that lie nearest."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2.0)
    nearest: list[list[int]] = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS].tolist()
    return nearest


def _vectors(encoder: Encoder, photos: Sequence[Path]) -> Floats:
    """Of the photos that can be read, [N, D]."""
    from cercafoto.images import open_upright

    parts = []
    side = encoder.preprocessing.resize_to
    for photo in photos[:MOST]:
        try:
            parts.append(encoder.embed_images([open_upright(photo, side)]))
        except ImageError:
            continue
    return np.concatenate(parts) if parts else np.empty((0, encoder.dimension), np.float32)
