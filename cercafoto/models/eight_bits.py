"""Round weights to eight bits so that their products overflow on no processor.

Without VNNI, x86's PMADDUBSW multiplies unsigned activations with signed weights two at a time and
adds the two products in 16 bits. 255 * 127 * 2 saturates at 32,767, so the same graph would give
other vectors than elsewhere. The weights are rounded here so that no two neighbours can reach that
sum. The largest weight of an output keeps nearly all of its 127 levels; ONNX Runtime's own remedy
(`reduce_range`) leaves 64 levels to every weight.

Three kinds of weights need no such care, as their kernels and trials on both kinds of processor
show: depthwise convolutions, which widen to 16 bits before they multiply; `MatMulNBits`; weights in
blocks (`prepare/blocks.py`), which are multiplied in 32 bits.

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
# Largest sum of the sizes of two neighbouring weights: 255 * 128 = 32,640.
MAX_PAIR_SUM = (2**15 - 1) // 255
# Smallest scale, relative to the tensor's largest and absolute. A bias counts in steps of its
# output's scale, in 32 bits: it would overflow if all weights of an output are nearly zero.
MIN_SCALE_RATIO, MIN_SCALE = 1e-4, 1e-12

# Which input of each operation holds its weights. The weights of a convolution are
# [outputs, inputs, ...], the weights of a product [..., inputs, outputs].
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
    """Round weights [outputs, inputs, ...]; return int8 levels of that shape and float32 scales
    [outputs], so that level * scale is about the weight.

    paired: whether a kernel may add two neighbouring products in 16 bits; scales then grow until
        no sum overflows.
    """
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
    """Put weights from `rounded` in place of the eight-bit weights of ONNX Runtime's quantizer.

    full: the graph before quantization.
    light: the graph that the quantizer made, changed in place. It names a weight X `X_quantized`,
        the scales `X_scale` and the zero point `X_zero_point`.
    folder: folder of the weight files of `full`.
    """
    before, after = _Initializers(full, folder), _Initializers(light)
    for node, name, convolution in _weights(light, after):
        original = before.get(name.removesuffix("_quantized"))
        if original is None:  # a Gemm's, which the quantizer has transposed
            original = before[name.removesuffix("_Transposed_quantized")].T
        by_output = original if convolution else np.moveaxis(original, -1, 0)
        levels, scales = rounded(by_output, not _is_depthwise(original, convolution))
        scale = name.removesuffix("_quantized") + "_scale"
        old_scales = after[scale]
        zero = name.removesuffix("_quantized") + "_zero_point"
        if after.kind(zero) is not None:
            after[zero] = np.zeros(scales.shape, np.int8)
        after[name] = levels if convolution else np.moveaxis(levels, 0, -1)
        after[scale] = scales
        if convolution and len(node.input) > 2:
            _refit_bias(node, before, after, scales / old_scales)


def _refit_bias(
    node: onnx.NodeProto, before: _Initializers, after: _Initializers, factor: NDArray[np.float32]
) -> None:
    """Round the bias of a convolution again, after the scales of its weights changed by `factor`.

    A bias counts in steps of the weights' scale times the activations' scale.
    """
    name = node.input[2]
    step = after[f"{name}_quantized_scale"] * factor
    after[f"{name}_quantized_scale"] = step.astype(np.float32)
    after[f"{name}_quantized"] = np.rint(before[name] / step).astype(np.int32)


def check(graph: Path) -> None:
    """Raise ModelError if products of eight-bit weights in the file `graph` can overflow.

    The message names the first such weights.
    """
    model = onnx.load(graph, load_external_data=False)
    stored = _Initializers(model, graph.parent)
    for _, name, convolution in _weights(model, stored):
        weights = stored[name].astype(np.int64)
        if _is_depthwise(weights, convolution):
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
    """Yield (node, name of the node's weights, whether the node is a convolution) for each node
    with signed eight-bit weights."""
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


def _is_depthwise(weights: NDArray[Any], convolution: bool) -> bool:
    return convolution and weights.shape[1] == 1


def _largest_pairs(sizes: NDArray[Any]) -> NDArray[Any]:
    """Return the largest sum of two neighbouring weights of each output, [outputs].

    sizes [outputs, inputs, ...]: absolute values. A kernel may take the inputs of one position
    after each other, or the positions of one input: both orders count.
    """
    orders = [sizes] if sizes.ndim == 2 else [sizes, np.moveaxis(sizes, 1, -1)]
    sums = []
    for ordered in orders:
        flat = ordered.reshape(len(sizes), -1)
        even = np.pad(flat, ((0, 0), (0, flat.shape[1] % 2)))
        sums.append((even[:, ::2] + even[:, 1::2]).max(axis=1))
    largest: NDArray[Any] = np.max(sums, axis=0)
    return largest


class _Initializers:
    """A graph's weights as arrays, by name; assigning replaces a weight.

    folder: folder of the graph's weight files.
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
