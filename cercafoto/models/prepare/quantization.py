"""Eight bits instead of thirty-two for the towers of a prepared model, where that changes nothing
that matters: a quarter of the size, and for the words of a search half the memory; where what flows
is in eight bits too, faster on a processor.

Whether it does is measured: on the person's own photos, and for the words, where these are few, on
captions alone. Trained towers have a few very large activations, which eight bits may crush: no
rule tells beforehand, and random weights show nothing.
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
from cercafoto.base.memory import give_back
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
    """A tower in eight bits, compared with its full weights.

    number, among: of how many PHOTOS or CAPTIONS the nearest were looked for.
    recall: the share of each one's ten nearest, or of each caption's ten nearest photos, that stays
        among them, averaged.
    cosine: the least cosine of the two vectors of one photo or caption, the mean vector of all
        taken off first (raw ones are all near 1).
    kept: whether the eight bits are what the model has now.
    """

    number: int
    recall: float
    cosine: float
    kept: bool = False
    among: str = PHOTOS


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
    finds that it keeps its word; a tower that stays as it is without having been measured is not
    among what is returned.

    AUTO has weights alone in eight bits for the words, EIGHT what flows as well: sooner read, and
    farther from the full tower.

    folder: a model that is being made.
    embed: opens an encoder of that folder anew.
    photos: of the person's own.
    captions: in the language of the searches.
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
    """Try one tower in eight bits; put it back where it is not to stay so."""
    give_back()
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
    """Write the graph `name` of `full` to `folder` in eight bits."""
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
    # The words' tower alone: a GPU does not know what fusing makes of the other.
    optimise(light / name, folder / name)
    shutil.rmtree(light)


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


def compare(
    full: Floats, light: Floats, among: Floats | None = None, of: str = PHOTOS
) -> Agreement:
    """Compare vectors of the same photos, or captions, by both graphs, [N, D] unit each.

    among: of the photos that captions are to find, [P, D]; None where what is compared finds its
        own kind.
    of: what is compared.
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
    from cercafoto.photos.decoding.decoder_processes import Decoders

    parts = []
    with Decoders(encoder.preprocessing, 1) as decoders:
        for photo in photos[:MAX_PHOTOS]:
            with suppress(ImageError):
                pixels = decoders.look_at(os.fsencode(photo)).image or b""
                parts.append(encoder.embed_pictures([pixels]))
    return np.concatenate(parts) if parts else np.empty((0, encoder.dimension), np.float32)
