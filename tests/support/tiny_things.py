"""The tiny model with a graph that sees things: red is a person, green a cat, blue a car.

Each quarter of a picture is a cell, with a box just as large.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cercafoto.models.model_folder import file_digest
from tests.support.tiny_model import SIZE, make_tiny_model, save

CLASSES = ("person", "cat", "car")
CURVE = (2.0, -1.0)


def make_things_model(folder: Path, turn: int = 0, edition: str = "1") -> Path:
    """Write the folder of a tiny model that also sees things. turn: see `make_tiny_model`."""
    make_tiny_model(folder, "mini", turn)
    graph = onnx.load(folder / "image.onnx").graph
    _add_things(graph)
    save(folder / "things.onnx", graph)
    path = folder / "model.json"
    description = json.loads(path.read_text("utf-8"))
    description["files"]["things.onnx"] = file_digest(folder / "things.onnx")
    description["things"] = {"edition": edition, "classes": CLASSES, "curve": CURVE}
    path.write_text(json.dumps(description), "utf-8")
    return folder


def _add_things(graph: onnx.GraphProto) -> None:
    cell = SIZE // 2
    edges = np.array([-0.5, -0.5, 0.5, 0.5], np.float32).reshape(1, 1, 4, 1, 1)
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.tile(edges, (1, 2, 1, 2, 2)), "edges"),
            numpy_helper.from_array(np.array([0, 0, 0, 0, 0, 0, 0, 1, 0, 0], np.int64), "closer"),
            numpy_helper.from_array(np.array([1], np.int64), "second_axis"),
            numpy_helper.from_array(np.array([0.02], np.float32), "least"),
            numpy_helper.from_array(np.array([0.98], np.float32), "most"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("Max", ["colour", "least"], ["at_least"]),
            helper.make_node("Min", ["at_least", "most"], ["thing_presence"]),
            helper.make_node(
                "AveragePool",
                ["pixel_values"],
                ["cells"],
                kernel_shape=[cell, cell],
                strides=[cell, cell],
            ),
            helper.make_node("Unsqueeze", ["cells", "second_axis"], ["one_look"]),
            helper.make_node("Pad", ["one_look", "closer"], ["thing_peaks"]),
            # The boxes do not depend on the picture, but there must be one row for each.
            helper.make_node("ReduceMin", ["thing_peaks"], ["low"], axes=[1, 2, 3, 4], keepdims=1),
            helper.make_node("Sub", ["low", "low"], ["zero"]),
            helper.make_node("Add", ["edges", "zero"], ["thing_boxes"]),
        ]
    )
    shapes = {
        "thing_presence": ["n", 3],
        "thing_peaks": ["n", 2, 3, 2, 2],
        "thing_boxes": ["n", 2, 4, 2, 2],
    }
    graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
