"""The graph that tells things: the served image tower and the head after it, in one file.

It uses the weights of `image.onnx` in the file beside it, as the graph of patches does, and
computes the photo's vector too. The head's own weights lie inside it, in float16.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from cercafoto.training.mini.graphs.image_tower import LOOKS, folded
from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph
from cercafoto.training.mini.things.thing_head import COUNTS, ThingHead

# The convolutions that read the maps of strides 8, 16 and 32, by the beginning of their weights'
# names in `graphs/image_tower.py`.
READERS = ("block3.0.expand.w", "block5.0.expand.w", "top.w")


def map_names(tower: onnx.ModelProto) -> list[str]:
    """Return the names of the tower's maps of strides 8, 16 and 32, each [LOOKS * N, C, H, W]."""
    readers = {
        node.input[1].removesuffix("_DequantizeLinear_Output"): node.input[0]
        for node in tower.graph.node
        if node.op_type == "Conv"
    }
    return [readers[weight] for weight in READERS]


def save_things_graph(image: Path, things: Path, head: ThingHead) -> None:
    """Write `things`, beside the graph `image` of a model folder whose weights it uses.

    pixel_values -> image_embeds, as in `image`, thing_presence [N, classes], thing_peaks [N,
    LOOKS, classes, cells, cells], thing_boxes [N, LOOKS, 4, cells, cells], person_counts [N,
    COUNTS]; all but the boxes are probabilities. A peak is 0 except in a cell with the largest
    heat of its 3 x 3 neighbourhood.
    """
    tower = onnx.load(image, load_external_data=False)
    maps = map_names(tower)
    graph = head_graph(head, maps)
    classes, cells = head.heat.out_channels, ["cells", "cells"]
    added = graph.model(
        {name: (FLOAT, [f"{LOOKS} N", "C", f"H{at}", f"W{at}"]) for at, name in enumerate(maps)},
        {
            "thing_presence": ["N", classes],
            "thing_peaks": ["N", LOOKS, classes, *cells],
            "thing_boxes": ["N", LOOKS, 4, *cells],
            "person_counts": ["N", COUNTS],
        },
    )
    # Both graphs name results after their kind and place.
    added = onnx.compose.add_prefix(added, "things.", rename_inputs=False, rename_outputs=False)
    for part in ("node", "initializer", "output"):
        getattr(tower.graph, part).extend(getattr(added.graph, part))
    things.write_bytes(tower.SerializeToString())


def head_graph(head: ThingHead, maps: list[str]) -> Graph:
    """Return the head, batch normalisation folded into the convolutions.

    maps: names of the tower's maps of strides 8, 16 and 32.
    """
    graph = Graph("things")
    layers = (head.stride8, head.stride16, head.stride32)
    (fine, shift), (middle, _), (coarse, _) = (folded(layer, head.norm) for layer in layers)
    x = _convolution(graph, maps[0], "stride8", fine, shift, strides=[2, 2])
    x = graph.op("Add", x, _convolution(graph, maps[1], "stride16", middle))
    doubled = graph.op(
        "Resize", _convolution(graph, maps[2], "stride32", coarse), "",
        graph.constant(np.array([1, 1, 2, 2], np.float32)), mode="nearest",
        coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    )  # fmt: skip
    x = graph.op("Relu", graph.op("Add", x, doubled))
    blocks: Any = head.blocks
    for at, (filters, norm, _, mixes, last) in enumerate(blocks):
        y = _convolution(
            graph, x, f"block{at}.filter", *folded(filters, norm),
            group=filters.groups, pads=[2, 2, 2, 2],
        )  # fmt: skip
        y = _convolution(graph, graph.op("Relu", y), f"block{at}.mix", *folded(mixes, last))
        x = graph.op("Relu", graph.op("Add", x, y))

    def output(layer: Any, name: str) -> str:
        weight, bias = (tensor.detach().numpy() for tensor in (layer.weight, layer.bias))
        return _convolution(graph, x, name, weight, bias)

    heat = graph.op("Sigmoid", output(head.heat, "heat"))
    top = graph.op("MaxPool", heat, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    peaks = graph.op("Where", graph.op("Equal", heat, top), heat, graph.constant(0.0))
    graph.rename(_by_look(graph, peaks), "thing_peaks")
    graph.rename(_by_look(graph, output(head.boxes, "boxes")), "thing_boxes")
    presence = _by_look(graph, output(head.presence, "presence"))
    presence = graph.op("ReduceLogSumExp", presence, graph.constant([1, 3, 4]), keepdims=0)
    graph.rename(graph.op("Sigmoid", presence), "thing_presence")
    pooled = graph.op(
        "Concat", graph.op("GlobalAveragePool", x), graph.op("GlobalMaxPool", x), axis=1
    )
    pooled = graph.op("Flatten", _by_look(graph, pooled))
    weight, bias = (t.detach().numpy() for t in (head.people.weight, head.people.bias))
    people = graph.linear(pooled, "people", weight, bias)
    graph.rename(graph.op("Softmax", people, axis=-1), "person_counts")
    return graph


def _by_look(graph: Graph, x: str) -> str:
    """Add [LOOKS * N, ...] -> [N, LOOKS, ...]; return the name of the result."""
    first = graph.op("Split", x, count=LOOKS, axis=0, num_outputs=LOOKS)
    looks = [first, *(f"{first}_{at}" for at in range(1, LOOKS))]
    apart = [graph.op("Unsqueeze", look, graph.constant([1])) for look in looks]
    return graph.op("Concat", *apart, axis=1)


def _convolution(
    graph: Graph,
    x: str,
    name: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    **attributes: Any,
) -> str:
    """Add a convolution whose weights are stored in float16; return the name of the result."""
    half = graph.weight(f"{name}.w", weight.astype(np.float16))
    inputs = [x, graph.op("Cast", half, to=FLOAT)]
    if bias is not None:
        inputs.append(graph.weight(f"{name}.b", bias))
    return graph.op("Conv", *inputs, kernel_shape=list(weight.shape[2:]), **attributes)
