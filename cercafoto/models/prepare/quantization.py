"""Quantize the towers of a prepared model to eight bits, if answers stay the same.

Eight-bit weights take a quarter of the size, and a search half the memory for its text tower. With
eight-bit activations too, a tower is faster on a processor.

Whether answers stay the same is measured on the person's own photos; for the text tower on captions
if there are too few photos. Trained towers have a few very large activations that eight bits may
crush: no rule predicts it, and random weights do not show it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.own_process import give_back_memory
from cercafoto.errors import ImageError, ModelError, UsageError
from cercafoto.models.prepare.fusing import optimise

if TYPE_CHECKING:
    import onnx

    from cercafoto.models.encode.encoder import Encoder


AUTO, FULL, EIGHT = "auto", "fp32", "int8"
CHOICES = (AUTO, FULL, EIGHT)
MIN_PHOTOS, MAX_PHOTOS = 200, 512  # photos to measure on
PHOTOS, CAPTIONS = "photos", "captions"
NEIGHBOURS = 10
IMAGE, TEXT = "image.onnx", "text.onnx"
KEEP_FROM = 0.98  # recall@10 against fp32
QUANTISED = ["MatMul", "Gemm", "Attention"]


@dataclass(frozen=True)
class Agreement:
    """How far a tower in eight bits agrees with its full weights.

    number, among: how many vectors the neighbours were searched in, and of what: PHOTOS or
        CAPTIONS. Photos have photos as neighbours; captions have captions or photos.
    recall: mean share of the ten nearest neighbours that stay among the ten nearest.
    cosine: lowest cosine between the two vectors of one photo or caption, after subtracting the
        mean vector (raw cosines are all near 1).
    kept: whether the model now uses the eight-bit tower.
    """

    number: int
    recall: float
    cosine: float
    kept: bool = False
    among: str = PHOTOS


def check_choice(precision: str) -> str:
    """Return `precision`. Raises UsageError if it is not one of CHOICES."""
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
    """Quantize the towers in `folder`, and return the agreement of each tower that was tried.

    The keys of the result are "image" and "text". With AUTO and fewer than MIN_PHOTOS photos, the
    image tower is not tried.

    folder: a model that is being made.
    embed: opens a new encoder of `folder`.
    photos: some of the person's own photos; at most MAX_PHOTOS are used.
    captions: captions in the language of the searches.
    precision: FULL changes nothing and returns {}. AUTO keeps a quantized tower only if its recall
        is at least KEEP_FROM, and quantizes only the weights of the text tower. EIGHT keeps both
        quantized towers always, with eight-bit activations in the text tower too, which is faster
        and less exact.
    Raises ModelError if ONNX Runtime cannot quantize a graph.
    """
    if precision == FULL:
        return {}
    if len(photos) < MIN_PHOTOS and precision == AUTO:
        photos = ()
    pictures, words = _vectors(embed(), photos), embed().embed_texts(captions)
    found: dict[str, Agreement] = {}
    if photos or precision == EIGHT:
        found["image"] = _try_tower(
            folder, IMAGE, precision, lambda: compare(pictures, _vectors(embed(), photos))
        )
    among = pictures if len(pictures) >= MIN_PHOTOS else None
    found["text"] = _try_tower(
        folder,
        TEXT,
        precision,
        lambda: compare(words, embed().embed_texts(captions), among, of=CAPTIONS),
    )
    return found


def _try_tower(
    folder: Path, name: str, precision: str, compared: Callable[[], Agreement]
) -> Agreement:
    """Quantize one tower, measure it with `compared`, and return the agreement.

    Unless `precision` is EIGHT, the full tower is restored if the recall is below KEEP_FROM or was
    measured on fewer than MIN_PHOTOS vectors.
    """
    give_back_memory()
    full = folder / "intera"
    full.mkdir()
    _move(name, folder, full)
    _write_light(full, folder, name, precision)
    agreement = compared()
    kept = precision == EIGHT or (agreement.number >= MIN_PHOTOS and agreement.recall >= KEEP_FROM)
    if not kept:
        _move(name, full, folder)
    shutil.rmtree(full)
    return replace(agreement, kept=kept)


def _write_light(full: Path, folder: Path, name: str, precision: str) -> None:
    """Write the graph `name` from the folder `full` to `folder` in eight bits."""
    if name == IMAGE:
        quantise(full / name, folder / name)
        return
    if precision == AUTO:
        from cercafoto.models.prepare.blocks import in_blocks

        in_blocks(full / name, folder / name)
        return
    light = folder / "leggera"
    light.mkdir()
    quantise(full / name, light / name)
    # Only the text tower is fused: a GPU does not know the fused operations of the image tower.
    optimise(light / name, folder / name)
    shutil.rmtree(light)


def _move(graph: str, source: Path, target: Path) -> None:
    """Move a graph and its weight file; the graph refers to this file by name only."""
    for name in (graph, f"{graph}.data"):
        if (source / name).exists():
            (source / name).replace(target / name)


def quantise(graph: Path, target: Path) -> None:
    """Write `graph` to `target` with eight-bit matrix products that overflow on no processor.

    Weights have a scale for each channel and lie beside `target`, to be memory-mapped; activations
    are quantized during a run.
    Raises ModelError if ONNX Runtime cannot quantize the graph.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from cercafoto.models.eight_bits import refit
    from cercafoto.models.graph_file import save_graph
    from cercafoto.models.onnx_runtime import without_advice

    full = onnx.load(graph, load_external_data=False)
    try:
        with without_advice():
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
    save_graph(light, target, target)
    del full, light
    give_back_memory()


def _stand_in(full: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Return a copy of a graph with a single zero in place of each weight to be quantized.

    The quantizer then only changes the operations, instead of holding several copies of all
    weights; `refit` fills in the real weights afterwards.
    folder: folder of the weight files of `full`.
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


def compare(
    full: Floats, light: Floats, among: Floats | None = None, of: str = PHOTOS
) -> Agreement:
    """Return how far the vectors of a quantized tower agree with the full tower's vectors.

    With at most NEIGHBOURS vectors to search, recall and cosine are 0.

    full, light: unit vectors [N, D] of the same photos or captions.
    among: unit vectors [P, D] of the photos to search for neighbours; None searches `full` and
        `light` themselves.
    of: PHOTOS or CAPTIONS, of which `full` and `light` are the vectors.
    """
    number = len(full if among is None else among)
    kind = of if among is None else PHOTOS
    if number <= NEIGHBOURS:
        return Agreement(number, 0.0, 0.0, among=kind)
    same = [
        len(set(a) & set(b)) / NEIGHBOURS
        for a, b in zip(_nearest(full, among), _nearest(light, among), strict=True)
    ]
    cosine = float(centred_cosines(full, light).min())
    return Agreement(number, float(np.mean(same)), cosine, among=kind)


def centred_cosines(full: Floats, light: Floats) -> Floats:
    """Return the cosine of each row of `full` with the same row of `light`: [N, D] -> [N].

    The mean of `full` is subtracted from both first, because raw cosines are all near 1.
    """
    mean = full.mean(axis=0)
    cosines: Floats = (unit(full - mean) * unit(light - mean)).sum(axis=1)
    return cosines


def _nearest(vectors: Floats, among: Floats | None) -> list[list[int]]:
    """Return, for each vector, the row numbers of the ten nearest vectors in `among`.

    If `among` is None, `vectors` are searched, except the vector itself.
    """
    cosines = vectors @ (vectors if among is None else among).T
    if among is None:
        np.fill_diagonal(cosines, -2.0)
    nearest: list[list[int]] = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS].tolist()
    return nearest


def _vectors(encoder: Encoder, photos: Sequence[Path]) -> Floats:
    """Return the vectors of the first MAX_PHOTOS photos, [N, D]; unreadable photos are left out."""
    from cercafoto.photos.decoding.decoder_processes import Decoders

    parts = []
    with Decoders(encoder.preprocessing, 1) as decoders:
        for photo in photos[:MAX_PHOTOS]:
            with suppress(ImageError):
                pixels = decoders.look_at(os.fsencode(photo)).image or b""
                parts.append(encoder.embed_pictures([pixels]))
    return np.concatenate(parts) if parts else np.empty((0, encoder.dimension), np.float32)
