"""Operations in torch that go number by number, norms and reductions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.models.encode.torch_node import MICROSOFT, Node, OpTable, axes_of, unsupported, wide

op = OpTable()

# -- norms, softmax, reductions -----------------------------------------------------------------


@op("LayerNormalization")
def _layer_norm(node: Node, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    shape = x.shape[node.get("axis", -1) :]
    shift = None if bias is None else wide(bias)
    return functional.layer_norm(wide(x), shape, wide(scale), shift, node.get("epsilon", 1e-5))


@op(MICROSOFT + "SkipLayerNormalization")
def _skip_layer_norm(
    node: Node,
    x: Tensor,
    skip: Tensor,
    scale: Tensor,
    shift: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor | None, ...]:
    total = wide(x) + wide(skip)
    if bias is not None:
        total = total + wide(bias)
    return _layer_norm(node, total, scale, shift), None, None, total


@op("Softmax")
def _softmax(node: Node, x: Tensor) -> Tensor:
    return wide(x).softmax(node.get("axis", -1))


@op("ReduceL2")
def _reduce_l2(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    keepdim = bool(node.get("keepdims", 1))
    norms: Tensor = torch.linalg.vector_norm(wide(x), dim=axes_of(node, x, axes), keepdim=keepdim)
    return norms


@op("ReduceMean")
def _reduce_mean(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return wide(x).mean(axes_of(node, x, axes), keepdim=bool(node.get("keepdims", 1)))


@op("GlobalAveragePool")
def _global_average(node: Node, x: Tensor) -> Tensor:
    return wide(x).mean(tuple(range(2, x.dim())), keepdim=True)


# -- number by number ---------------------------------------------------------------------------

_PAIRS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Add": torch.add,
    "Sub": torch.sub,
    "Mul": torch.mul,
    "Pow": torch.pow,
    "Max": torch.maximum,
    "Min": torch.minimum,
}
_SINGLE: dict[str, Callable[[Tensor], Tensor]] = {
    "Sqrt": torch.sqrt,
    "Erf": torch.erf,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
}


@op(*_PAIRS)
def _pairwise(node: Node, *values: Tensor) -> Tensor:
    return reduce(_PAIRS[node.op], [wide(value) for value in values])


@op(*_SINGLE)
def _single(node: Node, x: Tensor) -> Tensor:
    return _SINGLE[node.op](wide(x))


@op("Div")
def _div(node: Node, a: Tensor, b: Tensor) -> Tensor:
    whole = not (a.is_floating_point() or b.is_floating_point())
    return torch.div(wide(a), wide(b), rounding_mode="trunc" if whole else None)


@op("Clip")
def _clip(node: Node, x: Tensor, least: Tensor | None = None, most: Tensor | None = None) -> Tensor:
    if least is None and most is None:
        return x
    ends = [None if end is None else end.reshape(()).to(x.dtype) for end in (least, most)]
    return torch.clamp(x, *ends)


@op("Relu")
def _relu(node: Node, x: Tensor) -> Tensor:
    return torch.relu(x)


@op("Gelu", MICROSOFT + "Gelu", MICROSOFT + "FastGelu", MICROSOFT + "BiasGelu")
def _gelu(node: Node, x: Tensor, bias: Tensor | None = None) -> Tensor:
    x = wide(x) if bias is None else wide(x) + wide(bias)
    fast = node.op == MICROSOFT + "FastGelu"
    return functional.gelu(x, approximate="tanh" if fast else node.get("approximate", "none"))


@op(MICROSOFT + "QuickGelu")
def _quick_gelu(node: Node, x: Tensor) -> Tensor:
    x = wide(x)
    return x * torch.sigmoid(x * node.get("alpha", 1.702))


@op("Where")
def _where(node: Node, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(condition, a, b)


_DTYPES = {  # onnx.TensorProto's numbers
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}


@op("Cast")
def _cast(node: Node, x: Tensor) -> Tensor:
    if node.attributes["to"] not in _DTYPES:
        raise unsupported(f"Cast verso il tipo {node.attributes['to']}")
    return x.to(_DTYPES[node.attributes["to"]])


@op("Identity")
def _identity(node: Node, x: Tensor) -> Tensor:
    return x
