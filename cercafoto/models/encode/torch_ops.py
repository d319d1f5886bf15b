"""The operations of our image graphs in torch, one function each: the table `OPS`.

As ONNX and ONNX Runtime's documentation of its own operators (ContribOperators.md) define them,
for what the image graphs of model folders use and no more. Precision: products take their factors
in `Node.product` and give what torch accumulated, rounded to it; what only moves or cuts numbers
leaves them as they are; all else, norms, softmax, sums, reductions, is computed in float32.
Numbers that shapes are made of (int64) stay in the host's memory, where reading them waits for no
device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.errors import ModelError

MICROSOFT = "com.microsoft."


@dataclass(frozen=True)
class Node:
    """One operation of a graph. op: its name, ONNX Runtime's own with MICROSOFT before it.
    product: what the factors of a product are rounded to."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    product: torch.dtype = torch.float32

    def get(self, name: str, usual: Any) -> Any:
        return self.attributes.get(name, usual)


Outputs = Tensor | tuple[Tensor | None, ...]
Op = Callable[..., Outputs]
OPS: dict[str, Op] = {}
# What rounds its factors to `Node.product`: weights in these places are rounded once, on loading.
PRODUCTS = frozenset(["Conv", "MatMul", "Gemm", MICROSOFT + "FusedMatMul"])

F = TypeVar("F", bound=Op)


def unsupported(what: str) -> ModelError:
    return ModelError(
        f"La GPU non sa eseguire questo modello: la sua parte che guarda le immagini usa "
        f"l'operazione {what}.",
        "Con il processore funziona: --dispositivo cpu",
    )


def _op(*names: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        OPS.update(dict.fromkeys(names, function))
        return function

    return register


def _wide(x: Tensor) -> Tensor:
    return x.float() if x.is_floating_point() else x


def _ints(x: Tensor) -> list[int]:
    return [int(i) for i in x.reshape(-1).tolist()]


# -- products -----------------------------------------------------------------------------------


@_op("Conv")
def _conv(node: Node, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if x.dim() != 4:
        raise unsupported(f"Conv su {x.dim() - 2} dimensioni")
    strides = node.get("strides", [1, 1])
    dilations = node.get("dilations", [1, 1])
    above, left, below, right = node.get("pads", [0, 0, 0, 0])
    automatic = node.get("auto_pad", "NOTSET")
    if automatic.startswith("SAME"):
        # As many outputs as strides fit in; an odd pixel goes where the name says.
        spare = [
            max(0, (math.ceil(side / stride) - 1) * stride + dilation * (kernel - 1) + 1 - side)
            for side, stride, dilation, kernel in zip(
                x.shape[2:], strides, dilations, weight.shape[2:], strict=True
            )
        ]
        first = [(s if automatic == "SAME_UPPER" else s + 1) // 2 for s in spare]
        above, left = first
        below, right = (s - f for s, f in zip(spare, first, strict=True))
    padding = [above, left]
    if (above, left) != (below, right):
        x = functional.pad(x, (left, right, above, below))
        padding = [0, 0]
    return functional.conv2d(
        x.to(node.product),
        weight.to(node.product),
        None if bias is None else bias.to(node.product),
        strides,
        padding,
        dilations,
        node.get("group", 1),
    )


@_op("MatMul")
def _matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    return a.to(node.product) @ b.to(node.product)


@_op(MICROSOFT + "FusedMatMul")
def _fused_matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    a = _turned(a, node.get("transA", 0), node.get("transBatchA", 0))
    b = _turned(b, node.get("transB", 0), node.get("transBatchB", 0))
    # The scale first: products of half-precision factors could overflow before it.
    scaled = _wide(a) * node.get("alpha", 1.0)
    return scaled.to(node.product) @ b.to(node.product)


def _turned(x: Tensor, last_two: int, batch: int) -> Tensor:
    if batch:  # the first dimension stands behind the batch ones
        x = x.movedim(0, -2)
    return x.transpose(-1, -2) if last_two else x


@_op("Gemm")
def _gemm(node: Node, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    a = a.T if node.get("transA", 0) else a
    b = b.T if node.get("transB", 0) else b
    product = _wide(a.to(node.product) @ b.to(node.product)) * node.get("alpha", 1.0)
    return product if c is None else product + node.get("beta", 1.0) * _wide(c)


# -- eight bits, as float arithmetic ------------------------------------------------------------


@_op("QuantizeLinear")
def _quantize(node: Node, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """Whole numbers, in float32; halves go to the even one, as in ONNX Runtime."""
    limits = torch.iinfo(torch.uint8 if zero is None else zero.dtype)
    scale, shift = _along(node, x, scale), _along(node, x, zero)
    return (
        (_wide(x) / scale).round_().add_(shift.float()).clamp_(float(limits.min), float(limits.max))
    )


@_op("DequantizeLinear")
def _dequantize(node: Node, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    return (x.float() - _along(node, x, zero).float()) * _along(node, x, scale).float()


def _along(node: Node, x: Tensor, values: Tensor | None) -> Tensor:
    """A scale or a zero point, one for the tensor or one a channel, so that it meets `x`."""
    if values is None:
        return torch.zeros((), device=x.device)
    if values.numel() == 1:
        return values.reshape(())
    if values.dim() != 1:
        raise unsupported(f"{node.op} a blocchi")
    shape = [1] * x.dim()
    shape[node.get("axis", 1)] = -1
    return values.reshape(shape)


@_op("DynamicQuantizeLinear")
def _quantize_dynamically(node: Node, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Whole numbers in float32, scale and zero point, from the range of each picture. ONNX takes
    the range of the whole batch: a picture's vector would depend on what stands beside it, the
    more the larger the batch. With one picture the two are the same."""
    x = _wide(x)
    inside = tuple(range(1, x.dim()))
    least = x.amin(inside, keepdim=True).clamp_(max=0) if inside else x.clamp(max=0)
    most = x.amax(inside, keepdim=True).clamp_(min=0) if inside else x.clamp(min=0)
    scale = (most - least) / 255
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    zero = (-least / scale).round_().clamp_(0, 255)
    return (x / scale).round_().add_(zero).clamp_(0, 255), scale, zero


@_op("MatMulInteger")
def _matmul_integer(
    node: Node, a: Tensor, b: Tensor, a_zero: Tensor | None = None, b_zero: Tensor | None = None
) -> Tensor:
    """The sums in float32. Differences of eight-bit numbers are exact in bfloat16 and float16,
    and so are powers of two; shrunk by them, no sum leaves float16's range."""
    first = a.float() if a_zero is None else a.float() - a_zero.float()
    second = b.to(node.product)
    if b_zero is not None:
        second = second - b_zero.to(node.product)
    product = (first * 2.0**-8).to(node.product) @ (second * 2.0**-7)
    return product.float() * 2.0**15


# -- norms, softmax, reductions -----------------------------------------------------------------


@_op("LayerNormalization")
def _layer_norm(node: Node, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    shape = x.shape[node.get("axis", -1) :]
    wide = None if bias is None else _wide(bias)
    return functional.layer_norm(_wide(x), shape, _wide(scale), wide, node.get("epsilon", 1e-5))


@_op(MICROSOFT + "SkipLayerNormalization")
def _skip_layer_norm(
    node: Node,
    x: Tensor,
    skip: Tensor,
    scale: Tensor,
    shift: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor | None, ...]:
    total = _wide(x) + _wide(skip)
    if bias is not None:
        total = total + _wide(bias)
    return _layer_norm(node, total, scale, shift), None, None, total


@_op("Softmax")
def _softmax(node: Node, x: Tensor) -> Tensor:
    return _wide(x).softmax(node.get("axis", -1))


def _axes(node: Node, x: Tensor, axes: Tensor | None) -> list[int]:
    """From an input, as newer graphs say them, or from an attribute; all, where none are said."""
    found = node.get("axes", None) if axes is None else _ints(axes)
    return found or list(range(x.dim()))


@_op("ReduceL2")
def _reduce_l2(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    kept = bool(node.get("keepdims", 1))
    return torch.linalg.vector_norm(_wide(x), dim=_axes(node, x, axes), keepdim=kept)


@_op("ReduceMean")
def _reduce_mean(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return _wide(x).mean(_axes(node, x, axes), keepdim=bool(node.get("keepdims", 1)))


@_op("GlobalAveragePool")
def _global_average(node: Node, x: Tensor) -> Tensor:
    return _wide(x).mean(tuple(range(2, x.dim())), keepdim=True)


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


@_op(*_PAIRS)
def _pairwise(node: Node, *values: Tensor) -> Tensor:
    return reduce(_PAIRS[node.op], [_wide(value) for value in values])


@_op(*_SINGLE)
def _single(node: Node, x: Tensor) -> Tensor:
    return _SINGLE[node.op](_wide(x))


@_op("Div")
def _div(node: Node, a: Tensor, b: Tensor) -> Tensor:
    whole = not (a.is_floating_point() or b.is_floating_point())
    return torch.div(_wide(a), _wide(b), rounding_mode="trunc" if whole else None)


@_op("Clip")
def _clip(node: Node, x: Tensor, least: Tensor | None = None, most: Tensor | None = None) -> Tensor:
    if least is None and most is None:
        return x
    ends = [None if end is None else end.reshape(()).to(x.dtype) for end in (least, most)]
    return torch.clamp(x, *ends)


@_op("Relu")
def _relu(node: Node, x: Tensor) -> Tensor:
    return torch.relu(x)


@_op("Gelu", MICROSOFT + "Gelu", MICROSOFT + "FastGelu", MICROSOFT + "BiasGelu")
def _gelu(node: Node, x: Tensor, bias: Tensor | None = None) -> Tensor:
    x = _wide(x) if bias is None else _wide(x) + _wide(bias)
    fast = node.op == MICROSOFT + "FastGelu"
    return functional.gelu(x, approximate="tanh" if fast else node.get("approximate", "none"))


@_op(MICROSOFT + "QuickGelu")
def _quick_gelu(node: Node, x: Tensor) -> Tensor:
    x = _wide(x)
    return x * torch.sigmoid(x * node.get("alpha", 1.702))


@_op("Where")
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


@_op("Cast")
def _cast(node: Node, x: Tensor) -> Tensor:
    if node.attributes["to"] not in _DTYPES:
        raise unsupported(f"Cast verso il tipo {node.attributes['to']}")
    return x.to(_DTYPES[node.attributes["to"]])


@_op("Identity")
def _identity(node: Node, x: Tensor) -> Tensor:
    return x


# -- shapes -------------------------------------------------------------------------------------


@_op("Shape")
def _shape(node: Node, x: Tensor) -> Tensor:
    return torch.tensor(x.shape[node.get("start", 0) : node.get("end", None)], dtype=torch.int64)


@_op("Reshape")
def _reshape(node: Node, x: Tensor, shape: Tensor) -> Tensor:
    sides = _ints(shape)
    if not node.get("allowzero", 0):
        sides = [side or x.shape[at] for at, side in enumerate(sides)]
    return x.reshape(sides)


@_op("Flatten")
def _flatten(node: Node, x: Tensor) -> Tensor:
    return x.reshape(math.prod(x.shape[: node.get("axis", 1)]), -1)


@_op("Transpose")
def _transpose(node: Node, x: Tensor) -> Tensor:
    return x.permute(node.get("perm", list(reversed(range(x.dim())))))


@_op("Concat")
def _concat(node: Node, *parts: Tensor) -> Tensor:
    return torch.cat(parts, node.attributes["axis"])


@_op("Split")
def _split(node: Node, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = node.get("axis", 0)
    each = -(-x.shape[axis] // len(node.outputs))
    return tuple(x.split(each if sizes is None else _ints(sizes), axis))


@_op("Slice")
def _slice(
    node: Node,
    x: Tensor,
    starts: Tensor,
    ends: Tensor,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    begin, end = _ints(starts), _ints(ends)
    along = list(range(len(begin))) if axes is None else _ints(axes)
    stride = [1] * len(begin) if steps is None else _ints(steps)
    if min(stride) < 1:
        raise unsupported("Slice all'indietro")
    cut = [slice(None)] * x.dim()
    for axis, first, last, step in zip(along, begin, end, stride, strict=True):
        cut[axis] = slice(first, last, step)
    return x[tuple(cut)]


@_op("Gather")
def _gather(node: Node, x: Tensor, indices: Tensor) -> Tensor:
    axis = node.get("axis", 0) % x.dim()
    if indices.dim() == 0:
        return x.select(axis, int(indices))
    wanted = torch.where(indices < 0, indices + x.shape[axis], indices).reshape(-1)
    taken = x.index_select(axis, wanted.to(x.device))
    return taken.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


@_op("Squeeze")
def _squeeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    if axes is None and "axes" not in node.attributes:
        return x.squeeze()
    return x.squeeze(tuple(_axes(node, x, axes)))


@_op("Unsqueeze")
def _unsqueeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    added = _axes(node, x, axes)
    rank = x.dim() + len(added)
    for axis in sorted(axis % rank for axis in added):
        x = x.unsqueeze(axis)
    return x


@_op("Expand")
def _expand(node: Node, x: Tensor, shape: Tensor) -> Tensor:
    return x.expand(torch.broadcast_shapes(x.shape, tuple(_ints(shape))))


@_op("Tile")
def _tile(node: Node, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(_ints(repeats))


@_op("Resize")
def _resize(
    node: Node,
    x: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    """To other sides by straight lines: a product with a matrix for each. torch has the same, but
    leaves out what would stand outside the picture where ONNX Runtime repeats the edge."""
    plain = (
        sizes is not None
        and node.get("mode", "nearest") == "linear"
        and node.get("coordinate_transformation_mode", "half_pixel") == "half_pixel"
        and node.get("keep_aspect_ratio_policy", "stretch") == "stretch"
        and not node.get("exclude_outside", 0)
    )
    if sizes is None or not plain:
        raise unsupported("Resize in questa forma")
    x = _wide(x)
    axes = node.get("axes", list(range(x.dim())))
    for axis, side in zip(axes, _ints(sizes), strict=True):
        if side != x.shape[axis]:
            weights = _straight_lines(x.shape[axis], side, bool(node.get("antialias", 0)))
            x = (x.movedim(axis, -1) @ weights.to(x.device).T).movedim(-1, axis)
    return x


@lru_cache
def _straight_lines(before: int, after: int, antialias: bool) -> Tensor:
    """What of each old number goes into each new one, float32 [after, before]. antialias: smaller,
    each is the mean of all that it covers."""
    step = before / after
    reach = max(1.0, step) if antialias else 1.0
    centres = (torch.arange(after, dtype=torch.float64) + 0.5) * step
    margin = math.ceil(reach)
    places = torch.arange(-margin, before + margin, dtype=torch.float64) + 0.5
    weights = (1 - (places[None] - centres[:, None]).abs() / reach).clamp_(min=0)
    weights[:, margin] += weights[:, :margin].sum(1)
    weights[:, -margin - 1] += weights[:, -margin:].sum(1)
    weights = weights[:, margin:-margin]
    return (weights / weights.sum(1, keepdim=True)).float()


def apply(node: Node, values: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """Carry out one operation. Raises ModelError for one that the table lacks, or that it has in
    another form."""
    if node.op not in OPS:
        raise unsupported(node.op)
    found = OPS[node.op](node, *values)
    return found if isinstance(found, tuple) else (found,)
