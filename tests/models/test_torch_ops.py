"""Each operation by itself does under torch what it does under ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

pytest.importorskip("torch", reason="running a graph through torch takes cercafoto[torch]")
import onnxruntime as ort
import torch

from cercafoto.models.encode.torch_graph import TorchGraph
from cercafoto.models.encode.torch_node import MICROSOFT
from tests.support.operation_graph import Inputs, single

HOST = torch.device("cpu")
RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3, 8, 10)).astype(np.float32)
Y = RNG.normal(size=(2, 5, 6)).astype(np.float32)
BYTES = RNG.integers(0, 256, (2, 5, 6), dtype=np.uint8)
# Small enough for every processor: ONNX Runtime's own result is exact.
SMALL_WEIGHTS = RNG.integers(-64, 65, (6, 4), dtype=np.int8)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


CASES: dict[str, tuple[str, Inputs, dict[str, Any]]] = {
    "conv": ("Conv", [X, floats(4, 3, 3, 3), floats(4)], {"pads": [1, 0, 2, 1], "strides": [2, 1]}),
    "conv lower": (
        "Conv",
        [X, floats(3, 1, 2, 4)],
        {"auto_pad": "SAME_LOWER", "group": 3, "strides": [1, 2], "dilations": [1, 1]},
    ),
    "conv upper": ("Conv", [X, floats(4, 3, 4, 4)], {"auto_pad": "SAME_UPPER", "strides": [3, 3]}),
    "conv wide": ("Conv", [X, floats(4, 3, 3, 3)], {"dilations": [2, 2], "auto_pad": "VALID"}),
    "matmul": ("MatMul", [Y, floats(6, 4)], {}),
    "gemm": (
        "Gemm",
        [floats(4, 6), floats(4, 5), floats(5)],
        {"transA": 1, "alpha": 2.0, "beta": 0.5},
    ),
    "gemm turned": ("Gemm", [floats(4, 6), floats(5, 6)], {"transB": 1}),
    "fused": (MICROSOFT + "FusedMatMul", [Y, floats(2, 4, 6)], {"transB": 1, "alpha": 0.25}),
    "fused first": (MICROSOFT + "FusedMatMul", [Y, floats(2, 5, 4)], {"transA": 1}),
    "fused batch": (
        MICROSOFT + "FusedMatMul",
        [floats(5, 2, 3, 6), floats(4, 2, 3, 6)],
        {"transBatchA": 1, "transBatchB": 1, "transB": 1},
    ),
    "layer norm": ("LayerNormalization", [Y, floats(6), floats(6)], {"epsilon": 1e-6}),
    "skip": (
        MICROSOFT + "SkipLayerNormalization",
        [Y, floats(2, 5, 6), floats(6), floats(6), floats(6)],
        {"epsilon": 1e-6},
    ),
    "softmax": ("Softmax", [Y], {"axis": 1}),
    "reduce": ("ReduceL2", [Y, np.array([-1])], {"keepdims": 0}),
    "mean": ("ReduceMean", [X, np.array([2, 3])], {}),
    "mean of all": ("ReduceMean", [Y], {"keepdims": 0}),
    "pool": ("GlobalAveragePool", [X], {}),
    "add": ("Add", [Y, floats(6)], {}),
    "sub": ("Sub", [Y, floats(5, 1)], {}),
    "mul": ("Mul", [Y, np.float32(0.5)], {}),
    "pow": ("Pow", [Y, np.float32(3)], {}),
    "max": ("Max", [Y, floats(6), np.float32(0)], {}),
    "min": ("Min", [Y, floats(6)], {}),
    "div": ("Div", [Y, np.float32(3)], {}),
    "sqrt": ("Sqrt", [np.abs(Y)], {}),
    "erf": ("Erf", [Y], {}),
    "tanh": ("Tanh", [Y], {}),
    "sigmoid": ("Sigmoid", [Y], {}),
    "relu": ("Relu", [Y], {}),
    "clip": ("Clip", [Y, np.float32(-0.5), np.float32(0.25)], {}),
    "clip below": ("Clip", [Y, np.float32(-0.5)], {}),
    "clip above": ("Clip", [Y, None, np.float32(0.25)], {}),
    "gelu": (MICROSOFT + "Gelu", [Y], {}),
    "fast gelu": (MICROSOFT + "FastGelu", [Y, floats(6)], {}),
    "bias gelu": (MICROSOFT + "BiasGelu", [Y, floats(6)], {}),
    "quick gelu": (MICROSOFT + "QuickGelu", [Y], {"alpha": 1.5}),
    "where": ("Where", [RNG.random((2, 5, 6)) > 0.5, Y, np.float32(7)], {}),
    "cast": ("Cast", [Y], {"to": TensorProto.INT32}),
    "identity": ("Identity", [Y], {}),
    "shape": ("Shape", [X], {"start": 1, "end": 3}),
    "reshape": ("Reshape", [X, np.array([0, -1, 4])], {}),
    "flatten": ("Flatten", [X], {"axis": 2}),
    "transpose": ("Transpose", [X], {"perm": [0, 2, 3, 1]}),
    "transpose back": ("Transpose", [X], {}),
    "concat": ("Concat", [Y, floats(2, 1, 6)], {"axis": 1}),
    "split": ("Split", [Y, np.array([2, 3])], {"axis": 1}),
    "slice": ("Slice", [X, np.array([-6, 1]), np.array([2**62, -1]), np.array([2, 3])], {}),
    "slice by steps": (
        "Slice",
        [Y, np.array([1]), np.array([5]), np.array([2]), np.array([2])],
        {},
    ),
    "gather": ("Gather", [Y, np.array([[0, -1], [2, 2]])], {"axis": 1}),
    "gather one": ("Gather", [Y, np.array(-2)], {"axis": 2}),
    "squeeze": ("Squeeze", [X[:1], np.array([0])], {}),
    "unsqueeze": ("Unsqueeze", [Y, np.array([0, -1])], {}),
    "expand": ("Expand", [floats(1, 5, 1), np.array([2, 1, 6])], {}),
    "tile": ("Tile", [Y, np.array([2, 1, 3])], {}),
    "smaller": (
        "Resize",
        [X, None, None, np.array([3, 4])],
        {"mode": "linear", "axes": [2, 3], "antialias": 1},
    ),
    "larger": ("Resize", [X, None, None, np.array([2, 3, 13, 17])], {"mode": "linear"}),
    "larger softly": (
        "Resize",
        [X, None, None, np.array([13, 9])],
        {"mode": "linear", "axes": [-2, -1], "antialias": 1},
    ),
    "quantize": ("QuantizeLinear", [Y, np.float32(0.01), np.uint8(120)], {}),
    "quantize halves": (
        "QuantizeLinear",
        [np.arange(-9, 9, dtype=np.float32)[None] / 2, np.float32(1), np.int8(3)],
        {},
    ),
    "dequantize": ("DequantizeLinear", [BYTES, np.float32(0.1), np.uint8(7)], {}),
    "dequantize channels": (
        "DequantizeLinear",
        [BYTES.view(np.int8), np.abs(floats(5)), np.zeros(5, np.int8)],
        {"axis": 1},
    ),
    "quantize by range": ("DynamicQuantizeLinear", [Y[:1]], {}),
    "quantize nothing": ("DynamicQuantizeLinear", [np.zeros((1, 4), np.float32)], {}),
    "whole products": (
        "MatMulInteger",
        [BYTES, SMALL_WEIGHTS, np.uint8(130), np.arange(4, dtype=np.int8)],
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operation_does_what_onnx_runtime_does(name: str, tmp_path: Path) -> None:
    op, inputs, attributes = CASES[name]
    outputs = {"Split": 2, "DynamicQuantizeLinear": 3}.get(op, 1)
    path = single(tmp_path, op, inputs, outputs=outputs, **attributes)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    first = inputs[0]
    for output in session.get_outputs():
        (expected,) = session.run([output.name], {"x0": first})
        graph = TorchGraph(path, HOST, output=output.name)
        found = graph(torch.from_numpy(np.asarray(first))).numpy()
        expected = np.asarray(expected)
        if op == "DynamicQuantizeLinear" and expected.ndim == 0:  # ours has one for each picture
            found = found.reshape(())
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected.astype(np.float32), rtol=1e-5, atol=1e-5)


def test_products_of_the_largest_whole_numbers_are_exact(tmp_path: Path) -> None:
    """Those that ONNX Runtime itself gets wrong without VNNI."""
    a = RNG.integers(200, 256, (3, 64), dtype=np.uint8)
    b = RNG.choice(np.array([-127, 127], np.int8), (64, 5))
    path = single(tmp_path, "MatMulInteger", [a, b, np.uint8(3), np.zeros(5, np.int8)])
    found = TorchGraph(path, HOST)(torch.from_numpy(a)).numpy()
    np.testing.assert_array_equal(found, (a.astype(np.int64) - 3) @ b.astype(np.int64))


@pytest.mark.parametrize("product", [torch.float16, torch.bfloat16])
def test_products_of_whole_numbers_stay_within_half_precision(product: torch.dtype) -> None:
    from cercafoto.models.encode.torch_node import Node
    from cercafoto.models.encode.torch_ops import apply

    a = torch.full((1, 4096), 255.0)
    b = torch.full((4096, 2), 127, dtype=torch.int8)
    (found,) = apply(Node("MatMulInteger", (), (), {}, product), [a, b, None, None])
    assert found is not None
    assert found[0, 0].item() == pytest.approx(255 * 127 * 4096, rel=2**-8)
