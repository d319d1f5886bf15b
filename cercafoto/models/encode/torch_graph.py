"""Image graph of a model folder, run by torch on whatever device torch has.

A model folder holds no torch weights, and the embedded model never had any: the ONNX graph that
ONNX Runtime serves is the model, and here it runs operation by operation. Existing converters do
not cover our graphs: onnx2torch (1.5.15, 2024) knows none of ONNX Runtime's own operators.

Needs torch and onnx; imported only to index on a GPU.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from cercafoto.models.encode.encoder import unloadable
from cercafoto.models.encode.torch_node import Node, unsupported
from cercafoto.models.encode.torch_ops import OPS, PRODUCTS, apply

OWN_DOMAIN = ("", "ai.onnx")
# Before it, Softmax and Squeeze meant something else.
OLDEST_OPSET = 13


@dataclass(frozen=True)
class _Step:
    """A node, and the values that nothing needs after it."""

    node: Node
    done_with: tuple[str, ...]


class TorchGraph:
    """The graph from its input, float32 [N, 3, H, W], to one output, float32.

    path: image.onnx, its weights inside it or beside it.
    product: what the factors of matrix products and convolutions are rounded to; all else is
        computed in float32. Where activations are quantized in steps fixed beforehand, so are the
        products: what is rounded before moves numbers across those steps, layer after layer. With
        `mini` in eight bits, the least cosine with ONNX Runtime over 24 photos was 0.9996 with
        float32 products (ONNX Runtime with its own optimisations off: 0.9995).

    Raises ModelError when the file cannot be read, when it holds an operation that is not in the
    table, and, called, when an operation has a form that the table does not know.
    """

    def __init__(
        self,
        path: Path,
        device: torch.device,
        product: torch.dtype = torch.float32,
        output: str = "image_embeds",
    ) -> None:
        self.output = output
        model = _load(path)
        opset = max((o.version for o in model.opset_import if o.domain in OWN_DOMAIN), default=0)
        if opset < OLDEST_OPSET:
            raise unsupported(f"set {opset} di ONNX")
        (self.input,) = (
            i.name
            for i in model.graph.input
            if i.name not in {tensor.name for tensor in model.graph.initializer}
        )
        nodes = _leading_to(output, [_node(proto) for proto in model.graph.node])
        for node in nodes:
            if node.op not in OPS and node.op != "Constant":
                raise unsupported(node.op)
        used = {name for node in nodes for name in node.inputs}
        constants = {
            tensor.name: _tensor(tensor, path, device)
            for tensor in model.graph.initializer
            if tensor.name in used
        }
        del model  # its copy of the weights
        nodes = _fold(nodes, constants, path, device)
        self.stepped = any(node.op == "QuantizeLinear" for node in nodes)
        self.product = torch.float32 if self.stepped else product
        nodes = [_rounded(replace(node, product=self.product), constants) for node in nodes]
        used = {name for node in nodes for name in node.inputs}
        self.constants = {name: value for name, value in constants.items() if name in used}
        self.steps = _steps(nodes, output)

    def __call__(self, pixels: Tensor) -> Tensor:
        # A card's own shortcut for float32, eleven bits of a factor, would be such a rounding.
        exact = {"enabled": True, "benchmark": False, "deterministic": False, "allow_tf32": False}
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(**exact) if self.stepped else nullcontext(),
        ):
            return self._run(pixels)

    def _run(self, pixels: Tensor) -> Tensor:
        values: dict[str, Tensor] = {self.input: pixels}
        for step in self.steps:
            inputs = [
                None if not name else values[name] if name in values else self.constants[name]
                for name in step.node.inputs
            ]
            outputs = apply(step.node, inputs)
            del inputs
            for name, value in zip(step.node.outputs, outputs, strict=False):
                if name and value is not None:
                    values[name] = value
            del outputs
            for name in step.done_with:
                values.pop(name, None)
        return values[self.output].float()


def _load(path: Path) -> Any:
    try:
        return onnx.load(str(path))
    except Exception as error:  # protobuf's own, a missing file of weights, too few bytes in it
        raise unloadable(path, error) from error


def _node(proto: Any) -> Node:
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in proto.attribute}
    own = proto.domain in OWN_DOMAIN
    return Node(
        proto.op_type if own else f"{proto.domain}.{proto.op_type}",
        tuple(proto.input),
        tuple(proto.output),
        {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in attributes.items()
        },
    )


def _tensor(proto: Any, path: Path, device: torch.device) -> Tensor:
    """Load a tensor; numbers that shapes are made of stay in the host's memory."""
    array = numpy_helper.to_array(proto, base_dir=str(path.parent))
    tensor = torch.from_numpy(array.copy())
    return tensor if tensor.dtype == torch.int64 else tensor.to(device)


def _leading_to(output: str, nodes: list[Node]) -> list[Node]:
    """List the nodes that the output needs, in their order: behind what they read."""
    needed = {output}
    leading = []
    for node in reversed(nodes):
        if needed.intersection(node.outputs):
            needed.update(node.inputs)
            leading.append(node)
    return leading[::-1]


def _fold(
    nodes: Iterable[Node], constants: dict[str, Tensor], path: Path, device: torch.device
) -> list[Node]:
    """Compute once, in full precision, what depends on no picture.

    Weights in eight or sixteen bits are among it. Adds to `constants`; returns the other nodes.
    """
    remaining = []
    with torch.inference_mode():
        for node in nodes:
            if node.op == "Constant":
                constants[node.outputs[0]] = _tensor(node.attributes["value"], path, device)
            elif all(name in constants or not name for name in node.inputs):
                values = [constants[name] if name else None for name in node.inputs]
                for name, value in zip(node.outputs, apply(node, values), strict=False):
                    if name and value is not None:
                        constants[name] = value
            else:
                remaining.append(node)
    return remaining


def _rounded(node: Node, constants: dict[str, Tensor]) -> Node:
    """Round the weights of a node beforehand, where it is one that rounds them."""
    if node.op not in PRODUCTS or node.product == torch.float32:
        return node
    inputs = list(node.inputs)
    for at, name in enumerate(inputs[:2]):
        if name in constants and constants[name].is_floating_point():
            inputs[at] = f"{name} {node.product}"
            constants[inputs[at]] = constants[name].to(node.product)
    return replace(node, inputs=tuple(inputs))


def _steps(nodes: list[Node], output: str) -> list[_Step]:
    """Pair each node with the values it is the last to read, which then leave the memory."""
    last: dict[str, int] = {}
    for at, node in enumerate(nodes):
        for name in (*node.inputs, *node.outputs):
            last[name] = at
    return [
        _Step(
            node,
            tuple(
                name
                for name in {*node.inputs, *node.outputs}
                if name and last[name] == at and name != output
            ),
        )
        for at, node in enumerate(nodes)
    ]
