"""The text tower's matrices in eight bits, which processors multiply fastest.

The matrices of the layers were published in blocks of four bits, which have to be unpacked again
for every two tokens. Here each tensor that they read gets one range, fixed beforehand, and each
matrix one scale for each output: ONNX Runtime multiplies such matrices as they are, and a sentence
gets the same vector whatever else is in the batch. Large channels of a tensor are scaled down, and
the rows of the matrix that read them scaled up (Xiao et al., "SmoothQuant", ICML 2023), by the
exponent and the range that change the results least. The remaining average shift is corrected in
the bias. The dense matrices of the heads, which read one row for each text, become blocks of eight
bits: a quarter of the bytes to read for a sentence.

training/mini/log.md, "Fifth edition", says what each part gains and costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from tokenizers import Tokenizer

from cercafoto.base.arrays import Floats
from cercafoto.models.eight_bits import rounded
from cercafoto.models.graph_file import save_graph
from cercafoto.training.mini.graphs.onnx_writer import CONTRIB, block_product
from cercafoto.training.weights.wheels import BLOCK, FourBit

LEVELS = 255  # highest level of a tensor's values
LEFT = ".fo.w"  # ending of the names of matrices that stay in four bits
EXPONENTS = (0.5, 0.6, 0.7, 0.8, 0.9)
RANGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # ranges to try, as parts of the largest value seen
ROWS = 3000  # tokens on which ranges are chosen
LIKE_ONE = 1e-6


def quantise(full: Path, target: Path, tokenizer: Tokenizer, sentences: Sequence[str]) -> None:
    """Write the graph `full` to `target` in eight bits, with its weights in a file beside `target`.

    sentences: queries as people may type them, by which ranges are chosen.
    """
    model = onnx.load(full)
    graph = _Edited(model.graph)
    waiting = _waiting(graph)
    flowing = _flowing(model, list(waiting), tokenizer, sentences)
    for name, nodes in waiting.items():
        _in_one_range(graph, name, nodes, flowing[name])
    for node in list(graph.nodes):
        if node.op_type in ("Gemm", "MatMul") and node.input[1] in graph.weights:
            _in_blocks(graph, node)
    graph.write_back()
    save_graph(model, target, target)


class _Edited:
    """A graph whose nodes can be replaced where they are. `write_back` stores the changes.

    weights: name -> tensor.
    """

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self.nodes: list[onnx.NodeProto] = list(graph.node)
        self.weights = {tensor.name: tensor for tensor in graph.initializer}

    def weight(self, name: str) -> NDArray[Any]:
        array: NDArray[Any] = numpy_helper.to_array(self.weights[name])
        return array

    def add(self, name: str, value: NDArray[Any] | np.generic) -> str:
        self.weights[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def replace(self, node: onnx.NodeProto, *others: onnx.NodeProto) -> None:
        at = next(i for i, candidate in enumerate(self.nodes) if candidate is node)
        self.nodes[at : at + 1] = others

    def write_back(self) -> None:
        used = {name for node in self.nodes for name in node.input}
        del self._graph.node[:]
        self._graph.node.extend(self.nodes)
        del self._graph.initializer[:]
        self._graph.initializer.extend(t for name, t in self.weights.items() if name in used)


def _waiting(graph: _Edited) -> dict[str, list[onnx.NodeProto]]:
    """Return tensor -> the nodes with four-bit matrices that read it, in the order of the graph."""
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.nodes:
        if node.op_type == "MatMulNBits" and not node.input[1].endswith(LEFT):
            readers.setdefault(node.input[0], []).append(node)
    return readers


def _flowing(
    model: onnx.ModelProto, names: Sequence[str], tokenizer: Tokenizer, sentences: Sequence[str]
) -> dict[str, Floats]:
    """Return tensor -> its values while the sentences are read, [tokens, K], for at most ROWS
    tokens."""
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    for name in names:
        probed.graph.output.append(helper.make_empty_tensor_value_info(name))
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(
        probed.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    recorded: dict[str, list[Floats]] = {name: [] for name in names}
    for sentence in sentences:
        ids = np.array([tokenizer.encode(sentence).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        for name, value in zip(names, session.run(list(names), feed), strict=True):
            recorded[name].append(value.reshape(-1, value.shape[-1]))
        if sum(map(len, recorded[names[0]])) >= ROWS:
            break
    return {name: np.concatenate(parts)[:ROWS] for name, parts in recorded.items()}


# -- one range for a tensor ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Range:
    """A range of eight-bit values for a tensor [N, K].

    channels [K]: divisor of each channel.
    step: distance between two levels.
    zero: level of the value zero.
    """

    channels: Floats
    step: np.float32
    zero: np.uint8

    def rounded(self, values: Floats) -> Floats:
        """Return the values [N, K] divided by `channels` and rounded to levels."""
        zero = float(self.zero)
        levels = np.clip(np.rint(values / self.channels / self.step) + zero, 0, LEVELS)
        result: Floats = (levels - zero) * self.step
        return result


def _in_one_range(
    graph: _Edited, name: str, nodes: Sequence[onnx.NodeProto], values: Floats
) -> None:
    """Round a tensor to eight bits once, and the matrices that read it.

    name: the tensor.
    nodes: the nodes that multiply the tensor by a matrix.
    values: values of the tensor on sentences, by which the range is chosen.
    """
    matrices = [_published(graph, node) for node in nodes]
    chosen = _chosen(values, np.concatenate(matrices, axis=1))
    step, zero = graph.add(f"{name}.step", chosen.step), graph.add(f"{name}.zero", chosen.zero)
    divided, levels = f"{name}.divided", f"{name}.levels"
    graph.replace(
        nodes[0],
        helper.make_node(
            "Mul", [name, graph.add(f"{name}.by", 1 / chosen.channels)], [divided], name=divided
        ),
        helper.make_node("QuantizeLinear", [divided, step, zero], [levels], name=levels),
        nodes[0],
    )
    rounded_values = chosen.rounded(values)
    for node, matrix in zip(nodes, matrices, strict=True):
        weights, scales = _rounded(matrix * chosen.channels[:, None])
        shift = (values @ matrix - rounded_values @ (weights * scales)).mean(axis=0)
        bias = graph.weight(node.input[5]) if len(node.input) > 5 else np.float32(0)
        own = node.input[1]
        graph.replace(
            node,
            helper.make_node(
                "MatMulIntegerToFloat",
                [
                    levels,
                    graph.add(f"{own}.levels", weights.astype(np.int8)),
                    step,
                    graph.add(f"{own}.scales", scales),
                    zero,
                    "",
                    graph.add(f"{own}.bias", bias + shift),
                ],
                list(node.output),
                name=node.name,
                domain=CONTRIB,
            ),
        )


def _chosen(values: Floats, matrix: Floats) -> _Range:
    """Return the range that changes values [N, K] @ matrix [K, outputs] least."""
    exact = values @ matrix
    largest = np.maximum(np.abs(values).max(axis=0), LIKE_ONE)
    waiting = np.maximum(np.abs(matrix).max(axis=1), LIKE_ONE)
    candidates = []
    for exponent in EXPONENTS:
        channels = (largest**exponent / waiting ** (1 - exponent)).astype(np.float32)
        weights, scales = _rounded(matrix * channels[:, None])
        for range_ in _ranges(values, channels):
            error = np.square(range_.rounded(values) @ (weights * scales) - exact).mean()
            candidates.append((float(error), range_))
    return min(candidates, key=lambda candidate: candidate[0])[1]


def _ranges(values: Floats, channels: Floats) -> Iterator[_Range]:
    divided = values / channels
    for part in RANGES:
        low, high = min(divided.min() * part, 0.0), max(divided.max() * part, 0.0)
        step = np.float32((high - low) / LEVELS)
        yield _Range(channels, step, np.uint8(np.rint(-low / step)))


def _rounded(matrix: Floats) -> tuple[Floats, Floats]:
    """Return a matrix rounded to whole numbers, [K, outputs], and the scale of each output,
    [outputs]."""
    levels, scales = rounded(matrix.T)
    return np.ascontiguousarray(levels.T, np.float32), scales


def _published(graph: _Edited, node: onnx.NodeProto) -> Floats:
    """Return a matrix of four-bit blocks expanded to float32 [K, outputs]."""
    packed = graph.weight(node.input[1])
    rows = len(packed)
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(rows, -1)
    stored = FourBit(nibbles, graph.weight(node.input[2]).reshape(rows, -1))
    return np.ascontiguousarray(stored.dense().T)


# -- blocks of eight bits --------------------------------------------------------------------------


def _in_blocks(graph: _Edited, node: onnx.NodeProto) -> None:
    """Round a node's dense matrix [K, outputs] to eight-bit blocks, with a scale for each BLOCK of
    inputs."""
    name, matrix = node.input[1], graph.weight(node.input[1]).astype(np.float32)
    inputs, outputs = matrix.shape
    blocks = np.pad(matrix, ((0, -inputs % BLOCK), (0, 0))).T.reshape(outputs, -1, BLOCK)
    scales = np.maximum(np.abs(blocks).max(axis=-1), LIKE_ONE) / 127
    levels = np.rint(blocks / scales[..., None]) + 128
    output, added = list(node.output), list[onnx.NodeProto]()
    if node.op_type == "Gemm":
        product = f"{name}.product"
        added = [helper.make_node("Add", [product, node.input[2]], output, name=product)]
        output = [product]
    graph.replace(
        node,
        helper.make_node(
            "MatMulNBits",
            [
                node.input[0],
                graph.add(f"{name}.blocks", levels.astype(np.uint8)),
                graph.add(f"{name}.scales", scales.reshape(-1).astype(np.float32)),
            ],
            output,
            name=node.name,
            **block_product(inputs, outputs, 8),
        ),
        *added,
    )
