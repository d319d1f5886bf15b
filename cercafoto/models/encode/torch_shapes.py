"""Operations in torch that move, cut, repeat or resample numbers."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from cercafoto.models.encode.torch_node import Node, OpTable, axes_of, ints, unsupported, wide

op = OpTable()


@op("Shape")
def _shape(node: Node, x: Tensor) -> Tensor:
    return torch.tensor(x.shape[node.get("start", 0) : node.get("end", None)], dtype=torch.int64)


@op("Reshape")
def _reshape(node: Node, x: Tensor, shape: Tensor) -> Tensor:
    sides = ints(shape)
    if not node.get("allowzero", 0):
        sides = [side or x.shape[at] for at, side in enumerate(sides)]
    return x.reshape(sides)


@op("Flatten")
def _flatten(node: Node, x: Tensor) -> Tensor:
    return x.reshape(math.prod(x.shape[: node.get("axis", 1)]), -1)


@op("Transpose")
def _transpose(node: Node, x: Tensor) -> Tensor:
    return x.permute(node.get("perm", list(reversed(range(x.dim())))))


@op("Concat")
def _concat(node: Node, *parts: Tensor) -> Tensor:
    return torch.cat(parts, node.attributes["axis"])


@op("Split")
def _split(node: Node, x: Tensor, sizes: Tensor | None = None) -> tuple[Tensor, ...]:
    axis = node.get("axis", 0)
    each = -(-x.shape[axis] // len(node.outputs))
    return torch.split(x, each if sizes is None else ints(sizes), axis)


@op("Slice")
def _slice(
    node: Node,
    x: Tensor,
    starts: Tensor,
    ends: Tensor,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    begin, end = ints(starts), ints(ends)
    along = list(range(len(begin))) if axes is None else ints(axes)
    stride = [1] * len(begin) if steps is None else ints(steps)
    if min(stride) < 1:
        raise unsupported("Slice all'indietro")
    cut = [slice(None)] * x.dim()
    for axis, first, last, step in zip(along, begin, end, stride, strict=True):
        cut[axis] = slice(first, last, step)
    return x[tuple(cut)]


@op("Gather")
def _gather(node: Node, x: Tensor, indices: Tensor) -> Tensor:
    axis = node.get("axis", 0) % x.dim()
    if indices.dim() == 0:
        return x.select(axis, int(indices))
    positions = torch.where(indices < 0, indices + x.shape[axis], indices).reshape(-1)
    slices = x.index_select(axis, positions.to(x.device))
    return slices.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


@op("Squeeze")
def _squeeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    if axes is None and "axes" not in node.attributes:
        return x.squeeze()
    return x.squeeze(tuple(axes_of(node, x, axes)))


@op("Unsqueeze")
def _unsqueeze(node: Node, x: Tensor, axes: Tensor | None = None) -> Tensor:
    added = axes_of(node, x, axes)
    rank = x.dim() + len(added)
    for axis in sorted(axis % rank for axis in added):
        x = x.unsqueeze(axis)
    return x


@op("Expand")
def _expand(node: Node, x: Tensor, shape: Tensor) -> Tensor:
    shape_of_both = torch.broadcast_shapes(x.shape, tuple(ints(shape)))  # type: ignore[no-untyped-call]
    return x.expand(shape_of_both)


@op("Tile")
def _tile(node: Node, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(ints(repeats))


@op("Resize")
def _resize(
    node: Node,
    x: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    """Resize linearly: a product with a matrix for each side.

    torch has the same, but leaves out what would stand outside the picture where ONNX Runtime
    repeats the edge.
    """
    plain = (
        sizes is not None
        and node.get("mode", "nearest") == "linear"
        and node.get("coordinate_transformation_mode", "half_pixel") == "half_pixel"
        and node.get("keep_aspect_ratio_policy", "stretch") == "stretch"
        and not node.get("exclude_outside", 0)
    )
    if sizes is None or not plain:
        raise unsupported("Resize in questa forma")
    x = wide(x)
    axes = node.get("axes", list(range(x.dim())))
    for axis, side in zip(axes, ints(sizes), strict=True):
        if side != x.shape[axis]:
            weights = _linear_weights(x.shape[axis], side, bool(node.get("antialias", 0)))
            x = (x.movedim(axis, -1) @ weights.to(x.device).T).movedim(-1, axis)
    return x


@lru_cache
def _linear_weights(before: int, after: int, antialias: bool) -> Tensor:
    """Return what of each old number goes into each new one, float32 [after, before].

    antialias: when made smaller, each is the mean of all that it covers.
    """
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
