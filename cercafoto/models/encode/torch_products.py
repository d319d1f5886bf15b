"""Products in torch: convolutions and matrices, and eight-bit ones as float arithmetic."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from cercafoto.models.encode.torch_node import MICROSOFT, Node, OpTable, unsupported, wide

op = OpTable()


@op("Conv")
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


@op("MatMul")
def _matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    return a.to(node.product) @ b.to(node.product)


@op(MICROSOFT + "FusedMatMul")
def _fused_matmul(node: Node, a: Tensor, b: Tensor) -> Tensor:
    a = _turned(a, node.get("transA", 0), node.get("transBatchA", 0))
    b = _turned(b, node.get("transB", 0), node.get("transBatchB", 0))
    # The scale first: products of half-precision factors could overflow before it.
    scaled = wide(a) * float(node.get("alpha", 1.0))
    return scaled.to(node.product) @ b.to(node.product)


def _turned(x: Tensor, last_two: int, batch: int) -> Tensor:
    if batch:  # the first dimension stands behind the batch ones
        x = x.movedim(0, -2)
    return x.transpose(-1, -2) if last_two else x


@op("Gemm")
def _gemm(node: Node, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    a = a.T if node.get("transA", 0) else a
    b = b.T if node.get("transB", 0) else b
    product = wide(a.to(node.product) @ b.to(node.product)) * float(node.get("alpha", 1.0))
    return product if c is None else product + float(node.get("beta", 1.0)) * wide(c)


# -- eight bits, as float arithmetic ------------------------------------------------------------


@op("QuantizeLinear")
def _quantize(node: Node, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """Round to whole numbers, in float32; halves go to the even one, as in ONNX Runtime."""
    limits = torch.iinfo(torch.uint8 if zero is None else zero.dtype)
    scale, shift = _along(node, x, scale), _along(node, x, zero)
    return (
        (wide(x) / scale).round_().add_(shift.float()).clamp_(float(limits.min), float(limits.max))
    )


@op("DequantizeLinear")
def _dequantize(node: Node, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    return (x.float() - _along(node, x, zero).float()) * _along(node, x, scale).float()


def _along(node: Node, x: Tensor, values: Tensor | None) -> Tensor:
    """Shape a scale or zero point, one for the tensor or one a channel, so that it meets `x`."""
    if values is None:
        return torch.zeros((), device=x.device)
    if values.numel() == 1:
        return values.reshape(())
    if values.dim() != 1:
        raise unsupported(f"{node.op} a blocchi")
    shape = [1] * x.dim()
    shape[node.get("axis", 1)] = -1
    return values.reshape(shape)


@op("DynamicQuantizeLinear")
def _quantize_dynamically(node: Node, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return whole numbers in float32, scale and zero point, from the range of each picture.

    ONNX takes the range of the whole batch: a picture's vector would depend on what stands beside
    it, the more the larger the batch. With one picture the two are the same.
    """
    x = wide(x)
    inside = tuple(range(1, x.dim()))
    least = x.amin(inside, keepdim=True).clamp_(max=0) if inside else x.clamp(max=0)
    most = x.amax(inside, keepdim=True).clamp_(min=0) if inside else x.clamp(min=0)
    scale = (most - least) / 255
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    zero = (-least / scale).round_().clamp_(0, 255)
    return (x / scale).round_().add_(zero).clamp_(0, 255), scale, zero


@op("MatMulInteger")
def _matmul_integer(
    node: Node, a: Tensor, b: Tensor, a_zero: Tensor | None = None, b_zero: Tensor | None = None
) -> Tensor:
    """Compute the sums in float32.

    Differences of eight-bit numbers are exact in bfloat16 and float16, and so are powers of two;
    shrunk by them, no sum leaves float16's range.
    """
    first = a.float() if a_zero is None else a.float() - a_zero.float()
    second = b.to(node.product)
    if b_zero is not None:
        second = second - b_zero.to(node.product)
    product = (first * 2.0**-8).to(node.product) @ (second * 2.0**-7)
    return product.float() * 2.0**15
