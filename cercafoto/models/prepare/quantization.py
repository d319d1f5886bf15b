"""Eight bits instead of thirty-two for the towers of a prepared model, where that changes nothing
that matters: faster on a processor, a quarter of the size, and for the words of a search less than
half the memory.

Whether it does is measured on the person's own photos. Trained towers have a few very large
activations, which eight bits may crush: no rule tells beforehand, and random weights show nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.memory import give_back
from cercafoto.errors import ImageError, ModelError, UsageError
from cercafoto.models.prepare.fusing import optimise

if TYPE_CHECKING:
    import onnx

    from cercafoto.models.encode.encoder import Encoder


AUTO, FULL, EIGHT = "auto", "fp32", "int8"
CHOICES = (AUTO, FULL, EIGHT)
ENOUGH, MOST = 200, 512  # photos to measure on
NEIGHBOURS = 10
IMAGE, TEXT = "image.onnx", "text.onnx"
KEEP_FROM = 0.98  # recall@10 against fp32
QUANTISED = ["MatMul", "Gemm", "Attention"]


@dataclass(frozen=True)
class Agreement:
    """A tower in eight bits, compared with its full weights.

    photos: on how many.
    recall: the share of each photo's ten nearest, or of each caption's ten nearest photos, that
        stays among them, averaged.
    cosine: the least cosine of the two vectors of one photo or caption, the mean vector of all
        taken off first (raw ones are all near 1).
    kept: whether the eight bits are what the model has now.
    """

    photos: int
    recall: float
    cosine: float
    kept: bool = False


def check_choice(precision: str) -> str:
    """Return a precision, checked. Raises UsageError for what is none of CHOICES."""
    if precision not in CHOICES:
        raise UsageError(f"--precisione vuole {', '.join(CHOICES)}, non «{precision}».")
    return precision


def lighten(
    folder: Path,
    embed: Callable[[], Encoder],
    photos: Sequence[Path],
    captions: Sequence[str],
    precision: str,
) -> dict[str, Agreement]:
    """Put the towers "image" and "text" in eight bits, each where `precision` says so or where AUTO
    finds that it keeps its word; empty where both stay as they are without having been measured.

    folder: a model that is being made.
    embed: opens an encoder of that folder anew.
    photos: of the person's own.
    captions: in the language of the searches.
    """
    if precision == FULL or (precision == AUTO and len(photos) < ENOUGH):
        return {}
    pictures, words = _vectors(embed(), photos), embed().embed_texts(captions)
    return {
        "image": _tried(
            folder, IMAGE, precision, lambda: compare(pictures, _vectors(embed(), photos))
        ),
        "text": _tried(
            folder,
            TEXT,
            precision,
            lambda: compare(words, embed().embed_texts(captions), pictures),
        ),
    }


def _tried(folder: Path, name: str, precision: str, compared: Callable[[], Agreement]) -> Agreement:
    """Try one tower in eight bits; put it back where it is not to stay so."""
    give_back()
    light, full = folder / "leggera", folder / "intera"
    light.mkdir()
    full.mkdir()
    quantise(folder / name, light / name)
    _move(name, folder, full)
    if name == TEXT:  # the words' tower alone: a GPU does not know what fusing makes of the other
        optimise(light / name, folder / name)
    else:
        _move(name, light, folder)
    agreement = compared()
    kept = precision == EIGHT or (agreement.photos >= ENOUGH and agreement.recall >= KEEP_FROM)
    if not kept:
        _move(name, folder, light)
        _move(name, full, folder)
    shutil.rmtree(light)
    shutil.rmtree(full)
    return replace(agreement, kept=kept)


def _move(graph: str, source: Path, target: Path) -> None:
    """Move a graph with the weights beside it, which it knows by their name."""
    for name in (graph, f"{graph}.data"):
        if (source / name).exists():
            (source / name).replace(target / name)


def quantise(graph: Path, target: Path) -> None:
    """Put the weights of matrix products in 8 bits with a scale a channel, such that no processor
    overflows; activations as they come. They lie beside the graph, to be mapped into memory.

    Raises ModelError where ONNX Runtime cannot.
    """
    import logging

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from cercafoto.models.eight_bits import refit
    from cercafoto.models.graph_file import save_beside

    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that was done
    full = onnx.load(graph, load_external_data=False)
    try:
        quantize_dynamic(
            _stand_in(full, graph.parent),
            target,
            op_types_to_quantize=QUANTISED,
            per_channel=True,
            weight_type=QuantType.QInt8,
            use_external_data_format=True,
        )
    except Exception as error:  # it raises nearly anything
        raise ModelError(
            f"La parte del modello in {graph.name} non si riduce a 8 bit ({error}).",
            "Preparala com'è: --precisione fp32",
        ) from error
    light = onnx.load(target)
    refit(full, light, graph.parent)
    for shaped, as_before in (
        (light.graph.value_info, full.graph.value_info),
        (light.graph.output, full.graph.output),
    ):
        del shaped[:]
        shaped.extend(as_before)
    save_beside(light, target, target)
    del full, light
    give_back()


def _stand_in(full: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Copy a graph with a single zero for each weight that will be rounded: the quantizer, which
    holds several copies of all it is given, has the operations to change; `refit` rounds.

    folder: where the other weights lie.
    """
    import onnx
    from onnx import external_data_helper, numpy_helper

    copy = onnx.ModelProto()
    copy.CopyFrom(full)
    weights = {n.input[1] for n in copy.graph.node if n.op_type in QUANTISED}
    for tensor in copy.graph.initializer:
        if tensor.name in weights and len(tensor.dims) == 2:
            tensor.CopyFrom(numpy_helper.from_array(np.zeros((1, 1), np.float32), tensor.name))
    for described in (*copy.graph.value_info, *copy.graph.output):
        described.type.tensor_type.ClearField("shape")
    external_data_helper.load_external_data_for_model(copy, str(folder))
    return copy


def compare(full: Floats, light: Floats, among: Floats | None = None) -> Agreement:
    """Compare vectors of the same photos, or captions, by both graphs, [N, D] unit each.

    among: of the photos that captions are to find, [P, D]; None where photos find each other.
    """
    photos = full if among is None else among
    if len(photos) <= NEIGHBOURS:
        return Agreement(len(photos), 0.0, 0.0)
    same = [
        len(set(a) & set(b)) / NEIGHBOURS
        for a, b in zip(_nearest(full, among), _nearest(light, among), strict=True)
    ]
    cosine = float(centred_cosines(full, light).min())
    return Agreement(len(photos), float(np.mean(same)), cosine)


def centred_cosines(full: Floats, light: Floats) -> Floats:
    """Cosine of each row with its counterpart, [N, D] both -> [N], the mean of `full` taken off
    first: raw ones are all near 1."""
    mean = full.mean(axis=0)
    cosines: Floats = (unit(full - mean) * unit(light - mean)).sum(axis=1)
    return cosines


def _nearest(vectors: Floats, among: Floats | None) -> list[list[int]]:
    """Find the ten nearest of each, itself apart."""
    cosines = vectors @ (vectors if among is None else among).T
    if among is None:
        np.fill_diagonal(cosines, -2.0)
    nearest: list[list[int]] = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS].tolist()
    return nearest


def _vectors(encoder: Encoder, photos: Sequence[Path]) -> Floats:
    """Embed the photos that can be read: [N, D]."""
    from cercafoto.photos.decoding.picture import open_upright

    parts = []
    side = encoder.preprocessing.resize_to
    for photo in photos[:MOST]:
        try:
            parts.append(encoder.embed_images([open_upright(photo, side)]))
        except ImageError:
            continue
    return np.concatenate(parts) if parts else np.empty((0, encoder.dimension), np.float32)
