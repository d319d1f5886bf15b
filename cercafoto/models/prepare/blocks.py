"""Weights of the words' tower in blocks of eight bits, unpacked as they are used.

What flows through the tower stays in 32 bits: a trained tower has a few activations so large that
one range for all of them loses the others, and weights alone are what a search has to read. Of
e5-small, which was trained on sentences, `quantization.quantise` keeps 83 % of a caption's ten
nearest, these blocks 98.7 % (`python -m tests.bench.word_bits`). A sentence means the same on every
processor, whatever stands beside it.

Needs onnx; imported only where graphs are made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from cercafoto.base.arrays import Floats
from cercafoto.base.memory import give_back
from cercafoto.models.graph_file import save_graph

BLOCK = 32  # inputs of one output that share a scale
LEVELS = 127
OPSET = 21  # the first with blocks; what it changed in other operations is what types they take
PRODUCTS = {"MatMul", "Gemm", "Attention"}


def in_blocks(graph: Path, target: Path) -> None:
    """Write `graph` to `target` with the weights of its matrix products in blocks of eight bits,
    beside it, to be mapped into memory."""
    model = onnx.load(graph, load_external_data=False)
    weights = {
        tensor.name: tensor
        for tensor in model.graph.initializer
        if len(tensor.dims) == 2 and tensor.data_type == onnx.TensorProto.FLOAT
    }
    nodes: list[onnx.NodeProto] = []
    unpacked = set()
    for node in model.graph.node:
        name = node.input[1] if node.op_type in PRODUCTS else ""
        if name in weights and name not in unpacked:
            turned = _is_transposed(node)
            matrix: Floats = numpy_helper.to_array(weights[name], str(graph.parent))
            model.graph.initializer.remove(weights[name])
            parts = [f"{name}.levels", f"{name}.scales"]
            arrays: list[NDArray[Any]] = [*rounded(matrix.T if turned else matrix)]
            for part, array in zip(parts, arrays, strict=True):
                stored = np.ascontiguousarray(array.T if turned else array)
                model.graph.initializer.append(numpy_helper.from_array(stored, part))
            nodes.append(
                helper.make_node(
                    "DequantizeLinear", parts, [name], axis=int(turned), block_size=BLOCK
                )
            )
            unpacked.add(name)
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx"):
            opset.version = max(opset.version, OPSET)
    onnx.external_data_helper.load_external_data_for_model(model, str(graph.parent))
    save_graph(model, target, target)
    del model, nodes, weights
    give_back()


def rounded(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round weights [inputs, outputs]: whole numbers of that shape, and scales, float32 [blocks,
    outputs]."""
    inputs, outputs = matrix.shape
    padded = np.pad(matrix.astype(np.float32), ((0, -inputs % BLOCK), (0, 0)))
    blocks = padded.reshape(-1, BLOCK, outputs)
    scales: Floats = np.maximum(np.abs(blocks).max(axis=1) / LEVELS, np.finfo(np.float32).tiny)
    levels: NDArray[Any] = np.rint(blocks / scales[:, None]).astype(np.int8)
    return levels.reshape(-1, outputs)[:inputs], scales


def _is_transposed(node: onnx.NodeProto) -> bool:
    """Tell whether the weights of a node are [outputs, inputs]."""
    return any(a.name == "transB" and a.i == 1 for a in node.attribute)
