"""Graphs of one ONNX operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

Inputs = list[np.ndarray | None]


def single(
    folder: Path,
    op: str,
    inputs: Inputs,
    outputs: int = 1,
    opset: int = 18,
    **attributes: Any,
) -> Path:
    """A graph of one operation: its first input is the graph's, the others are constants."""
    domain, _, name = op.rpartition(".")
    names = ["" if value is None else f"x{at}" for at, value in enumerate(inputs)]
    results = ["image_embeds", *(f"y{at}" for at in range(1, outputs))]
    first = np.asarray(inputs[0])
    node = helper.make_node(name, names, results, domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info(
                "x0", helper.np_dtype_to_tensor_dtype(first.dtype), first.shape
            )
        ],
        [onnx.ValueInfoProto(name=result) for result in results],
        [
            numpy_helper.from_array(np.asarray(value), f"x{at}")
            for at, value in enumerate(inputs)
            if at and value is not None
        ],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    path = folder / "image.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path
