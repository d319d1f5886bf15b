"""EfficientNet-Lite0 as an ONNX graph, with batch normalisation folded into the convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cercafoto.training.mini.graphs.onnx_writer import Graph

LOOKS = 2  # at each picture: the whole picture, reduced, and its middle at full size
LAST = 6  # number of the last block, counted from 0
TOP = 6.0  # Lite networks clip at 6, which also makes them fit 8 bits


def add_image_tower(graph: Graph, model: torch.nn.Module, pixels: str = "pixel_values") -> str:
    """Add the tower up to its last block; return the name of the map that this block reads, [N, C,
    H/32, W/32].

    pixels: name of the input, [N, 3, H, W].
    """
    net: Any = model
    x = _convolution(graph, pixels, "stem", net.conv_stem, net.bn1, clip=True)
    for stage, blocks in enumerate(net.blocks[:-1]):
        for place, block in enumerate(blocks):
            x = _block(graph, x, f"block{stage}.{place}", block)
    return x


def add_last_block(graph: Graph, model: torch.nn.Module, x: str, prefix: str = "") -> str:
    """Add the tower's last block and last convolution, which read the map `x`; return the name of
    their map, [N, 1280, H/32, W/32]. None of its values is negative.

    model: the tower, or a copy of its last parts (`last_block.LastBlock`).
    prefix: beginning of the weights' names.
    """
    net: Any = model
    for place, block in enumerate(net.blocks[-1]):
        x = _block(graph, x, f"{prefix}block{LAST}.{place}", block)
    return _convolution(graph, x, f"{prefix}top", net.conv_head, net.bn2, clip=True)


def add_two_looks(graph: Graph, picture: int, size: int) -> str:
    """Add both looks at each picture: [N, 3, picture, picture] -> [2 N, 3, size, size], first all
    whole pictures, reduced, then all middles. Return the name of the result."""
    whole = graph.op(
        "Resize",
        "pixel_values",
        "",
        "",
        graph.constant([size, size]),
        axes=[2, 3],
        mode="linear",
        antialias=1,
    )
    first = (picture - size) // 2
    middle = graph.op(
        "Slice",
        "pixel_values",
        graph.constant([first, first]),
        graph.constant([first + size, first + size]),
        graph.constant([2, 3]),
    )
    return graph.op("Concat", whole, middle, axis=0)


def _block(graph: Graph, x: str, name: str, block: Any) -> str:
    """Add a block: expand (except in the first stage), filter each channel, project, add the input
    if the block has a shortcut. Return the name of the result."""
    y = x
    if hasattr(block, "conv_pwl"):
        y = _convolution(graph, y, f"{name}.expand", block.conv_pw, block.bn1, clip=True)
        y = _convolution(graph, y, f"{name}.filter", block.conv_dw, block.bn2, clip=True)
        y = _convolution(graph, y, f"{name}.project", block.conv_pwl, block.bn3, clip=False)
    else:
        y = _convolution(graph, y, f"{name}.filter", block.conv_dw, block.bn1, clip=True)
        y = _convolution(graph, y, f"{name}.project", block.conv_pw, block.bn2, clip=False)
    return graph.op("Add", x, y) if block.has_skip else y


def _convolution(graph: Graph, x: str, name: str, layer: Any, norm: Any, clip: bool) -> str:
    weight, bias = folded(layer, norm)
    y = graph.op(
        "Conv",
        x,
        graph.weight(f"{name}.w", weight),
        graph.weight(f"{name}.b", bias),
        # TensorFlow's padding: an odd row or column goes to the bottom or right.
        auto_pad="SAME_UPPER",
        group=layer.groups,
        strides=list(layer.stride),
        kernel_shape=list(layer.kernel_size),
    )
    if clip:
        y = graph.op("Clip", y, graph.constant(0.0), graph.constant(TOP))
    return y


def folded(layer: Any, norm: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights and bias of one convolution that does what the convolution `layer` (its
    bias is ignored) and then the batch normalisation `norm` do."""
    with torch.no_grad():
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = layer.weight * scale[:, None, None, None]
        bias = norm.bias - norm.running_mean * scale
    return weight.numpy(), bias.numpy()
