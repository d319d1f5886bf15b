"""Eight-bit weights never overflow; the embedded model's vectors are the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cercafoto.errors import ModelError
from cercafoto.models import eight_bits
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.models.registry import EMBEDDED_PATH
from cercafoto.photos.decoding.picture import open_upright

RNG = np.random.default_rng(4)
PHOTOS = EMBEDDED_PATH.parent / "prepare" / "parity"
# The embedded model's vectors of PHOTOS, in the order of their names, float32 [3, 512]. Each
# edition has its own: write them anew with `python -m tests.models.test_eight_bits`.
VECTORS = Path(__file__).with_name("mini_vectors.npy")


def sixteen_bits(activations: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Compute as a processor without VNNI does: [N, K] uint8 @ [K, outputs] int8, two products at a
    time, each sum saturated to 16 bits."""
    pad = -activations.shape[1] % 2
    a = np.pad(activations, ((0, 0), (0, pad))).astype(np.int64)
    b = np.pad(levels, ((0, pad), (0, 0))).astype(np.int64)
    products = a[:, :, None] * b[None]
    pairs = np.clip(products[:, ::2] + products[:, 1::2], -(2**15), 2**15 - 1)
    result: np.ndarray = pairs.sum(axis=1)
    return result


@pytest.mark.parametrize("inputs", [1, 2, 7, 64, 65])
def test_rounded_weights_overflow_nowhere_and_stay_near(inputs: int) -> None:
    weights = RNG.normal(size=(9, inputs)) ** 3  # a few much larger than the others
    weights[4] = 0
    levels, scales = eight_bits.rounded(weights)
    assert levels.dtype == np.int8
    assert np.abs(levels * scales[:, None] - weights).max(axis=1) == pytest.approx(
        np.zeros(9), abs=float(scales.max()) / 2 + 1e-6
    )
    extreme = np.full((1, inputs), 255, np.uint8)
    exact = extreme.astype(np.int64) @ levels.T.astype(np.int64)
    np.testing.assert_array_equal(sixteen_bits(extreme, levels.T), exact)


def test_the_usual_rounding_does_overflow() -> None:
    """Check that the tests above can fail."""
    levels, _ = eight_bits.rounded(np.ones((2, 64)), paired=False)
    extreme = np.full((1, 64), 255, np.uint8)
    assert (sixteen_bits(extreme, levels.T) < extreme.astype(np.int64) @ levels.T).all()


def test_a_large_weight_beside_a_small_one_keeps_its_levels() -> None:
    weights = np.array([[1.0, 0.001, -0.5, 0.002]])
    levels, _ = eight_bits.rounded(weights)
    assert levels[0, 0] >= 126


def test_filters_larger_than_one_place_overflow_in_neither_order() -> None:
    weights = RNG.normal(size=(5, 6, 3, 3))
    levels, _ = eight_bits.rounded(weights)
    for ordered in (levels, np.moveaxis(levels, 1, -1)):
        flat = np.ascontiguousarray(ordered).reshape(5, -1)
        extreme = np.full((1, flat.shape[1]), 255, np.uint8)
        exact = extreme.astype(np.int64) @ flat.T.astype(np.int64)
        np.testing.assert_array_equal(sixteen_bits(extreme, flat.T), exact)


def product(path: Path, levels: np.ndarray, beside: bool = False) -> Path:
    """Write a graph of one MatMulInteger."""
    inputs = [
        helper.make_tensor_value_info("a", TensorProto.UINT8, ["n", len(levels)]),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.INT32, ["n", levels.shape[1]])]
    node = helper.make_node("MatMulInteger", ["a", "w"], ["y"])
    graph = helper.make_graph([node], "g", inputs, outputs, [numpy_helper.from_array(levels, "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save_model(model, str(path), save_as_external_data=beside, size_threshold=0)
    return path


@pytest.mark.parametrize("beside", [False, True])
def test_the_check_names_the_weights_that_can_overflow(tmp_path: Path, beside: bool) -> None:
    fine = np.full((6, 3), 64, np.int8)
    eight_bits.check(product(tmp_path / "fine.onnx", fine, beside))
    spread = fine.copy()
    spread[2, 1], spread[3, 1] = 120, 8  # large, beside a small one
    eight_bits.check(product(tmp_path / "spread.onnx", spread, beside))
    spread[3, 1] = -9
    with pytest.raises(ModelError, match=r"«w».*over\.onnx"):
        eight_bits.check(product(tmp_path / "over.onnx", spread, beside))


def test_channels_filtered_by_themselves_may_use_all_levels(tmp_path: Path) -> None:
    """ONNX Runtime widens before a depthwise convolution, so its result is exact everywhere."""
    import onnxruntime as ort

    weights = np.full((8, 1, 3, 3), 127, np.int8)
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("ConvInteger", ["x", "w"], ["y"], group=8, kernel_shape=[3, 3])],
            "g",
            [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 8, 5, 5])],
            [helper.make_tensor_value_info("y", TensorProto.INT32, [1, 8, 3, 3])],
            [numpy_helper.from_array(weights, "w")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    onnx.save(model, tmp_path / "apart.onnx")
    eight_bits.check(tmp_path / "apart.onnx")
    session = ort.InferenceSession(str(tmp_path / "apart.onnx"))
    (found,) = session.run(None, {"x": np.full((1, 8, 5, 5), 255, np.uint8)})
    assert (found == 255 * 127 * 9).all()


def test_a_model_folder_with_such_weights_does_not_pass(tmp_path: Path) -> None:
    graphs = [
        product(tmp_path / "text.onnx", np.full((4, 2), 64, np.int8)),
        product(tmp_path / "image.onnx", np.full((4, 2), 100, np.int8)),
    ]
    files = {path.name: file_digest(path) for path in graphs}
    folder = ModelFolder(tmp_path, "", "x", "1", "MIT", 4, {}, {}, ("{}",), files=files)
    with pytest.raises(ModelError, match=r"image\.onnx"):
        folder.verify()


def test_weights_that_were_quantized_are_rounded_anew(tmp_path: Path) -> None:
    """Matrices on the right of a product, in both orientations, and their results."""
    from onnxruntime import quantization

    weights = {
        "straight": RNG.normal(size=(10, 6)).astype(np.float32),
        "turned": RNG.normal(size=(4, 6)).astype(np.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["x", "straight"], ["m"], name="first"),
        helper.make_node("Gemm", ["m", "turned"], ["y"], name="second", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 10])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    full, path = tmp_path / "full.onnx", tmp_path / "light.onnx"
    opsets = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), full)
    quantization.quantize_dynamic(
        full, path, per_channel=True, weight_type=quantization.QuantType.QInt8
    )
    light = onnx.load(path)
    eight_bits.refit(onnx.load(full), light)
    onnx.save(light, path)
    eight_bits.check(path)
    stored: dict[str, Any] = {t.name: numpy_helper.to_array(t) for t in light.graph.initializer}
    again = stored["straight_quantized"] * stored["straight_scale"]
    assert np.abs(again - weights["straight"]).max() < stored["straight_scale"].max()
    again = stored["turned_Transposed_quantized"] * stored["turned_Transposed_scale"]
    assert np.abs(again - weights["turned"].T).max() < stored["turned_Transposed_scale"].max()


def embedded_vectors() -> np.ndarray:
    encoder = Encoder(ModelFolder.open(EMBEDDED_PATH))
    return encoder.embed_images([open_upright(p, 10_000) for p in sorted(PHOTOS.glob("*.jpg"))])


def test_the_embedded_model_overflows_nowhere() -> None:
    ModelFolder.open(EMBEDDED_PATH).verify()


def test_the_embedded_model_gives_the_vectors_of_the_processor_that_built_it() -> None:
    np.testing.assert_allclose(embedded_vectors(), np.load(VECTORS), atol=1e-4)


if __name__ == "__main__":
    np.save(VECTORS, embedded_vectors())
