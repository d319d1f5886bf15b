"""The operations of our image graphs in torch, one function each: the table `OPS`.

As ONNX and ONNX Runtime's documentation of its own operators (ContribOperators.md) define them,
for what the image graphs of model folders use and no more. Precision: products take their factors
in `Node.product` and give what torch accumulated, rounded to it; what only moves or cuts numbers
leaves them as they are; all else, norms, softmax, sums, reductions, is computed in float32.
Numbers that shapes are made of (int64) stay in the host's memory, where reading them waits for no
device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from cercafoto.models.encode import torch_pointwise, torch_products, torch_shapes
from cercafoto.models.encode.torch_node import MICROSOFT, Node, Op, unsupported

OPS: Mapping[str, Op] = {**torch_products.op, **torch_pointwise.op, **torch_shapes.op}
# What rounds its factors to `Node.product`: weights in these places are rounded once, on loading.
PRODUCTS = frozenset(["Conv", "MatMul", "Gemm", MICROSOFT + "FusedMatMul"])


def apply(node: Node, values: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Carry out one operation.

    Raises ModelError for one that the table lacks, or that it has in another form.
    """
    if node.op not in OPS:
        raise unsupported(node.op)
    outputs = OPS[node.op](node, *values)
    return outputs if isinstance(outputs, tuple) else (outputs,)
