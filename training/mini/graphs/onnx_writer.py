"""A small writer of ONNX graphs: names, weights, a few compound steps.

The text tower is written node by node, not traced, so that its matrices keep the 4 bits in which
they were published: ONNX Runtime's MatMulNBits uses the same layout (blocks of 32 numbers with a
scale, value = scale * (nibble - 8)), and nothing is quantised a second time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from cercafoto.models.eight_bits import rounded
from cercafoto.models.graph_file import save_graph
from cercafoto.training.weights.wheels import BLOCK, FourBit

OPSET, CONTRIB_OPSET, IR_VERSION = 18, 1, 9
CONTRIB = "com.microsoft"
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def block_product(inputs: int, outputs: int, bits: int) -> dict[str, Any]:
    """Return domain and attributes of a MatMulNBits node with blocks as large as in the public
    weights."""
    return {
        "domain": CONTRIB,
        "K": inputs,
        "N": outputs,
        "bits": bits,
        "block_size": BLOCK,
        "accuracy_level": 4,
    }


class Graph:
    """An ONNX graph in the making: nodes and weights in the order in which they are added. Methods
    that add something return the name of its result. `save` writes the graph."""

    def __init__(self, name: str, dense: bool = False, eight_bits: bool = False) -> None:
        """Begin an empty graph.

        dense: write 4-bit matrices as float32. Long batches then run several times faster, which
            suits embedding tens of thousands of training texts.
        eight_bits: store the matrices of `linear` in eight bits.
        """
        self.name = name
        self.dense = dense
        self.eight_bits = eight_bits
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, NDArray[Any]] = {}
        self.full: dict[str, str] = {}  # matrix -> its float32 form, cast once

    def weight(self, name: str, value: NDArray[Any]) -> str:
        """Add a named constant, float64 as float32, and return its name. A constant that already
        has this name stays."""
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        self.weights.setdefault(name, np.ascontiguousarray(array))
        return name

    def constant(self, value: NDArray[Any] | list[int] | float) -> str:
        """Add an unnamed constant: a list of integers becomes int64, a float becomes float32."""
        array = np.array(value, dtype=np.int64 if isinstance(value, list) else None)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        return self.weight(f"constant_{array.dtype}_{array.tolist()}"[:200], array)

    def op(
        self, kind: str, *inputs: str, domain: str = "", count: int = 1, **attributes: Any
    ) -> str:
        """Add a node; return the name of its first output.

        kind: operator.
        inputs: names; "" for an optional input that is left out.
        count: number of outputs.
        """
        label = f"{kind}_{len(self.nodes)}"
        outputs = [label] + [f"{label}_{i}" for i in range(1, count)]
        self.nodes.append(
            helper.make_node(kind, list(inputs), outputs, name=label, domain=domain, **attributes)
        )
        return label

    def rename(self, inner: str, outer: str) -> None:
        """Give the result `inner` the name `outer`, by which the graph returns it."""
        self.nodes.append(helper.make_node("Identity", [inner], [outer], name=f"name_{outer}"))

    def linear(
        self, x: str, name: str, matrix: NDArray[Any], bias: NDArray[Any] | None = None
    ) -> str:
        """Add x @ matrix.T + bias; matrix [outputs, inputs].

        The matrix is stored in float16 unless `dense`: half the bytes, and the vectors have cosine
        0.99999 with those of float32. With `eight_bits`, it is stored as levels and a scale for
        each output. Either is multiplied in float32, which is the same on every processor.

        name: beginning of the names of the weights.
        """
        stored = np.asarray(matrix).T
        if self.dense:
            y = self.op("MatMul", x, self.weight(f"{name}.w", stored))
        elif self.eight_bits:
            levels, scales = rounded(np.asarray(matrix), paired=False)
            y = self.op("MatMul", x, self._full(name, levels.T))
            y = self.op("Mul", y, self.weight(f"{name}.s", scales))
        else:
            y = self.op("MatMul", x, self._full(name, stored.astype(np.float16)))
        return y if bias is None else self.op("Add", y, self.weight(f"{name}.b", bias))

    def _full(self, name: str, small: NDArray[Any]) -> str:
        """Add a matrix of small numbers as float32; a graph that reads it twice casts it once."""
        if name not in self.full:
            self.full[name] = self.op("Cast", self.weight(f"{name}.w", small), to=FLOAT)
        return self.full[name]

    def linear4(self, x: str, name: str, matrix: FourBit, bias: NDArray[Any]) -> str:
        """Add x @ matrix.T + bias, with the matrix in 4 bits exactly as published; if `dense`, as
        `linear`."""
        if self.dense:
            return self.linear(x, name, matrix.dense(), bias)
        rows, columns = matrix.nibbles.shape
        blocks = matrix.nibbles.reshape(rows, columns // BLOCK, BLOCK)
        packed = blocks[:, :, 0::2] | (blocks[:, :, 1::2] << 4)
        y = self.op(
            "MatMulNBits",
            x,
            self.weight(f"{name}.w", packed.astype(np.uint8)),
            self.weight(f"{name}.s", matrix.scales.reshape(-1)),
            **block_product(columns, rows, 4),
        )
        return self.op("Add", y, self.weight(f"{name}.b", bias))

    def unit(self, x: str) -> str:
        """Add the scaling of vectors (last axis) to length 1."""
        length = self.op("ReduceL2", x, self.constant([-1]), keepdims=1)
        return self.op("Div", x, self.op("Max", length, self.constant(1e-12)))

    def model(
        self, inputs: dict[str, tuple[int, list[Any]]], outputs: dict[str, list[Any]]
    ) -> onnx.ModelProto:
        """Return the graph as ONNX has it.

        inputs: name -> (element type, shape).
        outputs: name -> shape.
        """
        graph = helper.make_graph(
            self.nodes,
            self.name,
            [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
            [helper.make_tensor_value_info(n, FLOAT, shape) for n, shape in outputs.items()],
            [numpy_helper.from_array(value, name) for name, value in self.weights.items()],
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, CONTRIB_OPSET)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="cercafoto"
        )

    def save(
        self,
        path: Path,
        inputs: dict[str, tuple[int, list[Any]]],
        outputs: dict[str, list[Any]],
        external: bool,
    ) -> None:
        """Write the graph to `path`.

        inputs, outputs: see `model`.
        external: write large weights beside `path` into a file that ONNX Runtime maps into memory.
        """
        model = self.model(inputs, outputs)
        if external:
            save_graph(model, path, path)
        else:
            onnx.save_model(model, str(path))
