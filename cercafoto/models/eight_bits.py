"""Eight-bit weights that no processor overflows.

Without VNNI, x86's PMADDUBSW multiplies unsigned activations with signed weights two at a time and
adds the two products in 16 bits: 255 * 127 * 2 is cut off at 32,767, so the same graph gives other
vectors than elsewhere. Weights are rounded here so that no two neighbours can reach that sum: the
largest of an output keeps nearly all of its 127 levels, which 64 levels for every weight
(ONNX Runtime's `reduce_range`) would halve.

Not concerned, by their kernels and by trial on both kinds of processor: convolutions of one channel
each, which widen to 16 bits before they multiply, and `MatMulNBits`. Nor are weights in blocks
(`prepare/blocks.py`), which are multiplied in 32 bits.

Needs onnx; imported only where graphs are written or verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from cercafoto.errors import ModelError

LEVELS = 127
# What the sizes of two neighbouring weights may add up to: 255 * 128 = 32,640.
MAX_PAIR_SUM = (2**15 - 1) // 255
# The least scale, as a part of the largest in the tensor and by itself: an output whose weights are
# all but zero has a bias that counts in these steps, in 32 bits.
MIN_SCALE_RATIO, MIN_SCALE = 1e-4, 1e-12

# Where each operation has its weights. Those of a convolution are [outputs, inputs, ...], those of
# a product [..., inputs, outputs].
CONVOLUTIONS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
PRODUCTS = {
    "DynamicQuantizeMatMul": 1,
    "Gemm": 1,
    "MatMul": 1,
    "MatMulInteger": 1,
    "MatMulIntegerToFloat": 1,
    "QAttention": 1,
    "QGemm": 3,
    "QLinearMatMul": 3,
}

Levels = NDArray[np.int8]


def rounded(weights: NDArray[Any], paired: bool = True) -> tuple[Levels, NDArray[np.float32]]:
    """Round weights [outputs, inputs, ...] to whole numbers of the same shape, and each output's
    scale, float32 [outputs]. paired: whether a kernel may add neighbours in 16 bits."""
    sizes = np.abs(weights)
    largest = sizes.reshape(len(sizes), -1).max(axis=1).astype(np.float64) / LEVELS
    if paired:
        # Each of two may grow by half a level when it is rounded.
        largest = np.maximum(largest, _largest_pairs(sizes) / (MAX_PAIR_SUM - 1))
    scales = np.maximum(largest, max(MIN_SCALE_RATIO * largest.max(), MIN_SCALE)).astype(np.float32)
    spread = scales.reshape(-1, *[1] * (weights.ndim - 1))
    levels = np.clip(np.rint(weights / spread), -LEVELS, LEVELS).astype(np.int8)
    return levels, scales


def refit(full: onnx.ModelProto, light: onnx.ModelProto, folder: Path = Path()) -> None:
    """Round the weights that ONNX Runtime's quantizer has put in eight bits, by output, anew.

    full: the graph before.
    light: the one after, changed in place; a weight X is called `X_quantized` there, its scales
        `X_scale`, what stands for zero `X_zero_point`.
    folder: where the weights of `full` lie that are beside it.
    """
    before, after = _Initializers(full, folder), _Initializers(light)
    for node, name, convolution in _weights(light, after):
        original = before.get(name.removesuffix("_quantized"))
        if original is None:  # a Gemm's, which the quantizer has turned round
            original = before[name.removesuffix("_Transposed_quantized")].T
        by_output = original if convolution else np.moveaxis(original, -1, 0)
        levels, scales = rounded(by_output, not _is_depthwise(node, original, convolution))
        scale = name.removesuffix("_quantized") + "_scale"
        former = after[scale]
        zero = name.removesuffix("_quantized") + "_zero_point"
        if after.kind(zero) is not None:
            after[zero] = np.zeros(scales.shape, np.int8)
        after[name] = levels if convolution else np.moveaxis(levels, 0, -1)
        after[scale] = scales
        if convolution and len(node.input) > 2:
            _refit_bias(node, before, after, scales / former)


def _refit_bias(
    node: onnx.NodeProto, before: _Initializers, after: _Initializers, by: NDArray[np.float32]
) -> None:
    """Round a bias, which counts in steps of its weights' scale times its activations'."""
    name = node.input[2]
    step = after[f"{name}_quantized_scale"] * by
    after[f"{name}_quantized_scale"] = step.astype(np.float32)
    after[f"{name}_quantized"] = np.rint(before[name] / step).astype(np.int32)


def check(graph: Path) -> None:
    """Raise ModelError naming the first weights of `graph` whose products can overflow."""
    model = onnx.load(graph, load_external_data=False)
    stored = _Initializers(model, graph.parent)
    for node, name, convolution in _weights(model, stored):
        weights = stored[name].astype(np.int64)
        if _is_depthwise(node, weights, convolution):
            continue
        by_output = weights if convolution else np.moveaxis(weights, -1, 0)
        if _largest_pairs(np.abs(by_output)).max() > MAX_PAIR_SUM:
            raise ModelError(
                f"I pesi a 8 bit «{name}» in {graph} sono troppo grandi: su un processore senza "
                "VNNI le stesse foto darebbero altri risultati.",
                "Prepara di nuovo il modello con «cercafoto modello scarica» o «cercafoto modello "
                "aggiungi»; se è il modello mini, reinstalla cercafoto.",
            )


def _weights(
    model: onnx.ModelProto, stored: _Initializers
) -> Iterator[tuple[onnx.NodeProto, str, bool]]:
    """Yield each node with signed eight-bit weights, their name, and whether it is a
    convolution."""
    dequantized = {
        n.output[0]: n.input[0]
        for n in model.graph.node
        if n.op_type == "DequantizeLinear" and not any(a.name == "block_size" for a in n.attribute)
    }
    for node in model.graph.node:
        at = CONVOLUTIONS.get(node.op_type, PRODUCTS.get(node.op_type))
        if at is None:
            continue
        name = dequantized.get(node.input[at], node.input[at])
        if stored.kind(name) == onnx.TensorProto.INT8:
            yield node, name, node.op_type in CONVOLUTIONS


def _is_depthwise(node: onnx.NodeProto, weights: NDArray[Any], convolution: bool) -> bool:
    """Tell whether a kernel multiplies these weights one by one: a filter for each channel."""
    return convolution and weights.shape[1] == 1


def _largest_pairs(sizes: NDArray[Any]) -> NDArray[Any]:
    """Find each output's largest sum of two neighbours: [outputs, inputs, ...] -> [outputs].
    Kernels go through the inputs of a place, or through the places of an input."""
    orders = [sizes] if sizes.ndim == 2 else [sizes, np.moveaxis(sizes, 1, -1)]
    sums = []
    for ordered in orders:
        flat = ordered.reshape(len(sizes), -1)
        even = np.pad(flat, ((0, 0), (0, flat.shape[1] % 2)))
        sums.append((even[:, ::2] + even[:, 1::2]).max(axis=1))
    largest: NDArray[Any] = np.max(sums, axis=0)
    return largest


class _Initializers:
    """A graph's weights by name, as arrays.

    folder: where those lie that are beside the graph.
    """

    def __init__(self, model: onnx.ModelProto, folder: Path = Path()) -> None:
        self._tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self._folder = str(folder)

    def kind(self, name: str) -> int | None:
        tensor = self._tensors.get(name)
        return None if tensor is None else tensor.data_type

    def get(self, name: str) -> NDArray[Any] | None:
        return self[name] if name in self._tensors else None

    def __getitem__(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = numpy_helper.to_array(self._tensors[name], self._folder)
        return array

    def __setitem__(self, name: str, value: NDArray[Any]) -> None:
        tensor = numpy_helper.from_array(np.ascontiguousarray(value), name)
        self._tensors[name].CopyFrom(tensor)
