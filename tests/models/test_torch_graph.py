"""An image graph carried out by torch gives ONNX Runtime's vectors: whole models, and each
operation by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

pytest.importorskip("torch", reason="running a graph through torch takes cercafoto[torch]")
import onnxruntime as ort
import torch
import transformers

from cercafoto import models
from cercafoto.errors import ModelError
from cercafoto.models import eight_bits
from cercafoto.models.encode import torch_graph, torch_node
from cercafoto.models.encode.encoder import PATCHES
from cercafoto.models.encode.torch_graph import TorchGraph
from cercafoto.models.encode.torch_node import MICROSOFT
from cercafoto.models.prepare import onnx_export, quantization, towers
from cercafoto.models.prepare.checkpoint import Checkpoint
from tests.support.hub_checkpoints import SMALL, make_clip, make_siglip, make_siglip2

MINI = Path(models.__file__).parent / "mini" / "image.onnx"
HOST = torch.device("cpu")
KINDS = ("clip", "siglip", "siglip2", "vit")


def pictures(count: int, side: int, seed: int = 0) -> np.ndarray:
    """Soft patches of colour, float32 [N, 3, side, side]."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (count, 12, 12, 3), dtype=np.uint8)
    large = [Image.fromarray(s).resize((side, side), Image.Resampling.BICUBIC) for s in small]
    return np.stack([np.asarray(p, np.float32).transpose(2, 0, 1) / 128 - 1 for p in large])


def onnx_runtime(path: Path, pixels: np.ndarray) -> np.ndarray:
    """One picture at a time: activations quantized as they come depend on their company."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (wanted,) = (i.name for i in session.get_inputs())
    parts = [session.run(["image_embeds"], {wanted: p[None]})[0] for p in pixels]
    return np.concatenate(parts)


def least_cosine(path: Path, product: torch.dtype, pixels: np.ndarray) -> float:
    expected = onnx_runtime(path, pixels)
    # Were all vectors alike, the comparison would show nothing.
    assert (expected @ expected.T).min() < 0.99
    found = TorchGraph(path, HOST, product)(torch.from_numpy(pixels)).numpy()
    return float((found * expected).sum(axis=1).min())


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, int]]:
    """The image graph of a small random checkpoint, as `prepare.build` makes it, and its side."""
    makers: dict[str, Callable[[Path], Path]] = {
        "clip": make_clip,
        "siglip": make_siglip,
        "siglip2": make_siglip2,
    }
    made: dict[str, tuple[Path, int]] = {}

    def get(kind: str) -> tuple[Path, int]:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            image: towers.ImageTower
            if kind == "vit":
                torch.manual_seed(7)
                shape = {**SMALL, "num_hidden_layers": 2}
                config = transformers.ViTConfig(**shape, image_size=64, patch_size=16)
                config._attn_implementation = "eager"
                model = transformers.ViTModel(config)
                with torch.no_grad():
                    for name, weights in model.named_parameters():
                        if "weight" in name and weights.dim() > 1:
                            weights.mul_(3.0)
                image = towers.VitImageTower(model, torch.nn.Linear(32, 48, bias=False)).eval()
                side = 64
            else:
                checkpoint = Checkpoint.open(makers[kind](folder / "checkpoint"))
                image, _ = towers.towers(towers.load(checkpoint), checkpoint)
                side = int(checkpoint.image["size"])
            (folder / "work").mkdir()
            onnx_export.export_image(image, side, folder / "image.onnx", folder / "work")
            made[kind] = folder / "image.onnx", side
        return made[kind]

    return get


# -- whole models -------------------------------------------------------------------------------


def test_the_embedded_model() -> None:
    pixels = pictures(4, 320)
    # Its convolutions are in eight bits: a sum in another order now and then rounds the other way.
    assert least_cosine(MINI, torch.float32, pixels) >= 0.9996
    assert least_cosine(MINI, torch.bfloat16, pixels) >= 0.9996


def test_the_embedded_model_in_the_precision_that_a_gpu_gets_first() -> None:
    assert least_cosine(MINI, torch.float16, pictures(2, 320, seed=1)) >= 0.9996


@pytest.mark.parametrize("kind", KINDS)
def test_towers_of_checkpoints(kind: str, tower: Callable[[str], tuple[Path, int]]) -> None:
    path, side = tower(kind)
    pixels = pictures(6, side)
    assert least_cosine(path, torch.float32, pixels) >= 0.99999
    assert least_cosine(path, torch.float16, pixels) >= 0.9999
    assert least_cosine(path, torch.bfloat16, pixels) >= 0.999


@pytest.mark.parametrize("kind", KINDS)
def test_towers_in_eight_bits(
    kind: str, tower: Callable[[str], tuple[Path, int]], tmp_path: Path
) -> None:
    path, side = tower(kind)
    light = tmp_path / "image.onnx"
    quantization.quantise(path, light)
    ops = {step.node.op for step in TorchGraph(light, HOST).steps}
    assert {"DynamicQuantizeLinear", "MatMulInteger"} <= ops
    pixels = pictures(6, side)
    for product in (torch.float32, torch.float16, torch.bfloat16):
        assert least_cosine(light, product, pixels) >= 0.999


def test_a_picture_has_one_vector_in_any_company_even_in_eight_bits(
    tower: Callable[[str], tuple[Path, int]], tmp_path: Path
) -> None:
    path, side = tower("clip")
    quantization.quantise(path, tmp_path / "image.onnx")
    graph = TorchGraph(tmp_path / "image.onnx", HOST)
    pixels = torch.from_numpy(pictures(5, side))
    pixels[2] *= 4  # a range that would spoil the others' steps
    alone = torch.cat([graph(p[None]) for p in pixels])
    assert (graph(pixels) * alone).sum(1).min() >= 0.99999


def test_convolutions_in_eight_bits(tmp_path: Path) -> None:
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = [{"pixel_values": p[None]} for p in pictures(8, 64, seed=2)]

        def get_next(self) -> Any:
            return self.left.pop() if self.left else None

    full, light = tmp_path / "full.onnx", tmp_path / "image.onnx"
    onnx.save(convolutions(), full)
    quantize_static(
        full,
        light,
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Clip"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    model = onnx.load(light)
    eight_bits.refit(onnx.load(full), model)
    onnx.save(model, light)
    kinds = Counter(node.op_type for node in model.graph.node)
    graph = TorchGraph(light, HOST, torch.bfloat16)
    ours = Counter(step.node.op for step in graph.steps)
    # Weights and biases have become numbers; pictures still pass through the steps of eight bits,
    # and nothing rounds them before.
    assert kinds["DequantizeLinear"] - ours["DequantizeLinear"] >= 6
    assert ours["QuantizeLinear"] == kinds["QuantizeLinear"] >= 4
    assert {s.node.product for s in graph.steps if s.node.op == "Conv"} == {torch.float32}
    for product in (torch.float32, torch.bfloat16):
        assert least_cosine(light, product, pictures(6, 64)) >= 0.9999
    elsewhere = TorchGraph(light, torch.device("meta"))
    assert elsewhere(torch.empty(2, 3, 64, 64, device="meta")).shape == (2, 16)


def convolutions() -> onnx.ModelProto:
    """A few layers as `mini` has them, [N, 3, 64, 64] -> unit [N, 16]."""
    rng = np.random.default_rng(3)

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        fan = np.prod(shape[1:]) if len(shape) > 1 else 100
        return numpy_helper.from_array(
            (rng.normal(size=shape) * (1.5 / np.sqrt(fan))).astype(np.float32), name
        )

    def conv(source: str, target: str, name: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(
            "Conv",
            [source, f"{name}.w", f"{name}.b"],
            [target],
            auto_pad="SAME_UPPER",
            **attributes,
        )

    nodes = [
        conv("pixel_values", "a", "first", kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Clip", ["a", "zero", "six"], ["b"]),
        conv("b", "c", "each", kernel_shape=[5, 5], strides=[2, 2], group=16),
        helper.make_node("Clip", ["c", "zero", "six"], ["d"]),
        conv("d", "e", "mix", kernel_shape=[1, 1]),
        helper.make_node("Add", ["d", "e"], ["f"]),
        helper.make_node("ReduceMean", ["f", "sides"], ["g"], keepdims=0),
        helper.make_node("ReduceL2", ["g", "last"], ["h"], keepdims=1),
        helper.make_node("Div", ["g", "h"], ["image_embeds"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, 64, 64])],
        [helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 16])],
        [
            weights("first.w", 16, 3, 3, 3),
            weights("first.b", 16),
            weights("each.w", 16, 1, 5, 5),
            weights("each.b", 16),
            weights("mix.w", 16, 16, 1, 1),
            weights("mix.b", 16),
            numpy_helper.from_array(np.float32(0), "zero"),
            numpy_helper.from_array(np.float32(6), "six"),
            numpy_helper.from_array(np.array([2, 3]), "sides"),
            numpy_helper.from_array(np.array([-1]), "last"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def test_only_what_the_vector_needs_is_computed() -> None:
    both = MINI.with_name(PATCHES)
    graph = TorchGraph(both, HOST)
    whole = Counter(node.op_type for node in onnx.load(both, load_external_data=False).graph.node)
    ours = Counter(step.node.op for step in graph.steps)
    assert ours["MatMul"] == whole["MatMul"] / 2  # the other half is for patches
    assert ours["Cast"] == 0 < whole["Cast"]  # of weights kept in sixteen bits
    dropped = {name for step in graph.steps for name in step.done_with}
    made = {name for step in graph.steps for name in step.node.outputs}
    assert made - dropped == {"image_embeds"}


@pytest.mark.parametrize("kind", [*KINDS, "mini", "clip in eight bits"])
@pytest.mark.parametrize("product", [torch.float32, torch.float16])
def test_nothing_is_read_back_from_the_device_nor_mixed_up_with_it(
    kind: str,
    product: torch.dtype,
    tower: Callable[[str], tuple[Path, int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """torch's "meta" device has shapes and no numbers: reading one fails, as a GPU would have to be
    waited for; and no operation may mix its tensors with the host's, but for shapes and indices."""
    true = torch_graph.apply

    def apply(node: torch_node.Node, values: Any) -> Any:
        given = [value for value in values if value is not None]
        assert {value.dtype for value in given if value.device == HOST} <= {torch.int64}, node
        return true(node, values)

    path, side = (MINI, 320) if kind == "mini" else tower(kind.split()[0])
    if kind.endswith("bits"):
        quantization.quantise(path, tmp_path / "image.onnx")
        path = tmp_path / "image.onnx"
    meta = torch.device("meta")
    graph = TorchGraph(path, meta, product)
    with monkeypatch.context() as patched:
        patched.setattr(torch_graph, "apply", apply)
        found = graph(torch.empty(5, 3, side, side, device=meta))
    assert found.device == meta and found.dtype == torch.float32
    assert found.shape == TorchGraph(path, HOST)(torch.zeros(5, 3, side, side)).shape


# -- what cannot be carried out -----------------------------------------------------------------


def test_an_unknown_operation_is_named(tmp_path: Path) -> None:
    path = single(tmp_path, "Celu", [np.zeros((1, 4), np.float32)])
    with pytest.raises(ModelError, match="l'operazione Celu") as caught:
        TorchGraph(path, HOST)
    assert "--dispositivo cpu" in caught.value.hint


def test_an_unknown_form_of_an_operation_is_named(tmp_path: Path) -> None:
    x = np.zeros((1, 3, 8, 8), np.float32)
    sizes = np.array([1, 3, 4, 4])
    path = single(tmp_path, "Resize", [x, None, None, sizes], mode="cubic")
    graph = TorchGraph(path, HOST)
    with pytest.raises(ModelError, match="Resize in questa forma"):
        graph(torch.from_numpy(x))


def test_a_set_of_operations_that_is_too_old(tmp_path: Path) -> None:
    path = single(tmp_path, "Softmax", [np.zeros((1, 4), np.float32)], opset=11)
    with pytest.raises(ModelError, match="set 11 di ONNX"):
        TorchGraph(path, HOST)


@pytest.mark.parametrize("content", [b"", b"not a graph", None])
def test_a_damaged_file(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "image.onnx").write_bytes(content)
    with pytest.raises(ModelError):
        TorchGraph(tmp_path / "image.onnx", HOST)


# -- each operation -----------------------------------------------------------------------------

RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3, 8, 10)).astype(np.float32)
Y = RNG.normal(size=(2, 5, 6)).astype(np.float32)
BYTES = RNG.integers(0, 256, (2, 5, 6), dtype=np.uint8)
# Small enough for every processor: ONNX Runtime's own result is exact.
SMALL_WEIGHTS = RNG.integers(-64, 65, (6, 4), dtype=np.int8)
Inputs = list[np.ndarray | None]


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
