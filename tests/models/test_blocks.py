"""Eight-bit blocks of weights give nearly the full vectors, on every processor, in any batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from cercafoto.models import eight_bits
from cercafoto.models.graph_file import save_graph
from cercafoto.models.prepare.blocks import BLOCK, in_blocks, rounded

RNG = np.random.default_rng(6)


def test_a_weight_is_off_by_half_a_level_of_its_block_at_most() -> None:
    weights = (RNG.normal(size=(3 * BLOCK - 5, 7)) ** 3).astype(np.float32)
    weights[:BLOCK, 2] = 0
    weights[BLOCK, 3] = 9000  # large by itself: only its block gets coarser
    levels, scales = rounded(weights)
    assert levels.dtype == np.int8
    assert (levels.shape, scales.shape) == (weights.shape, (3, 7))
    spread = np.repeat(scales, BLOCK, axis=0)[: len(weights)]
    assert (np.abs(levels * spread - weights) <= spread * 0.501).all()
    assert scales[0, 3] < scales[1, 3] / 10


@pytest.fixture(params=[2 * BLOCK, 2 * BLOCK + 9])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Write a graph of two products: a plain one, and one with transposed weights."""
    inputs, inner = request.param, 4 * BLOCK
    first = RNG.normal(size=(inputs, inner)).astype(np.float32)
    second = RNG.normal(size=(5, inner)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "first"], ["y"]),
        helper.make_node("Gemm", ["y", "second"], ["z"], transB=1),
    ]
    made = helper.make_graph(
        nodes,
        "two",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", inputs])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 5])],
        [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
    )
    path = tmp_path / "piena" / "g.onnx"
    path.parent.mkdir()
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    save_graph(model, path, path)
    return path


def test_the_graph_computes_nearly_the_same(graph: Path, tmp_path: Path) -> None:
    light = tmp_path / "g.onnx"
    in_blocks(graph, light)
    pixels = RNG.normal(size=(6, onnx.load(graph).graph.initializer[0].dims[0]))
    feed = pixels.astype(np.float32)
    full, less = (_run(path, feed) for path in (graph, light))
    assert not np.array_equal(full, less)
    assert np.linalg.norm(less - full) < 0.02 * np.linalg.norm(full)
    alone = np.concatenate([_run(light, row[None]) for row in feed])
    np.testing.assert_allclose(alone, less, rtol=1e-4, atol=1e-3)
    stored = onnx.load(light, load_external_data=False).graph.initializer
    assert {t.name: t.data_type for t in stored if t.name.endswith("levels")} == {
        "first.levels": TensorProto.INT8,
        "second.levels": TensorProto.INT8,
    }
    assert light.with_name("g.onnx.data").stat().st_size < 0.4 * graph.with_name(
        "g.onnx.data"
    ).stat().st_size  # fmt: skip


def test_products_of_blocks_do_not_overflow(graph: Path, tmp_path: Path) -> None:
    """The weights use all levels, which is safe because these products are summed in 32 bits."""
    light = tmp_path / "g.onnx"
    in_blocks(graph, light)
    eight_bits.check(light)


def _run(path: Path, feed: np.ndarray) -> np.ndarray:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (result,) = session.run(None, {"x": feed})
    return np.asarray(result)
