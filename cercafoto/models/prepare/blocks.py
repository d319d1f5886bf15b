"""Store the text tower's weights in eight-bit blocks, which are unpacked when they are used.

Activations stay in 32 bits. A trained tower has a few activations so large that one eight-bit range
for all would lose the others, and a search only has to read the weights. With e5-small, which was
trained on sentences, `quantization.quantise` keeps 83 % of a caption's ten nearest neighbours,
these blocks 98.7 % (`python -m tests.bench.word_bits`). A sentence gets the same vector on every
processor, whatever else is in its batch.

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
from cercafoto.base.own_process import give_back_memory
from cercafoto.models.graph_file import save_graph

BLOCK = 32  # inputs of one output that share a scale
LEVELS = 127
OPSET = 21  # the first with blocks; in other operations it only changed the accepted types
PRODUCTS = {"MatMul", "Gemm", "Attention"}


def in_blocks(graph: Path, target: Path) -> None:
    """Write `graph` to `target`, with the weights of its matrix products in eight-bit blocks.

    The weights lie in a file beside `target`, to be memory-mapped.
    """
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
            transposed = _is_transposed(node)
            matrix: Floats = numpy_helper.to_array(weights[name], str(graph.parent))
            model.graph.initializer.remove(weights[name])
            parts = [f"{name}.levels", f"{name}.scales"]
            arrays: list[NDArray[Any]] = [*rounded(matrix.T if transposed else matrix)]
            for part, array in zip(parts, arrays, strict=True):
                stored = np.ascontiguousarray(array.T if transposed else array)
                model.graph.initializer.append(numpy_helper.from_array(stored, part))
            nodes.append(
                helper.make_node(
                    "DequantizeLinear", parts, [name], axis=int(transposed), block_size=BLOCK
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
    give_back_memory()


def rounded(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Round weights [inputs, outputs]; return int8 levels of that shape and float32 scales
    [blocks, outputs], so that level * scale is about the weight. A block is BLOCK inputs of one
    output."""
    inputs, outputs = matrix.shape
    padded = np.pad(matrix.astype(np.float32), ((0, -inputs % BLOCK), (0, 0)))
    blocks = padded.reshape(-1, BLOCK, outputs)
    scales: Floats = np.maximum(np.abs(blocks).max(axis=1) / LEVELS, np.finfo(np.float32).tiny)
    levels: NDArray[Any] = np.rint(blocks / scales[:, None]).astype(np.int8)
    return levels.reshape(-1, outputs)[:inputs], scales


def _is_transposed(node: onnx.NodeProto) -> bool:
    """Return True if a node's weights are [outputs, inputs]."""
    return any(a.name == "transB" and a.i == 1 for a in node.attribute)
