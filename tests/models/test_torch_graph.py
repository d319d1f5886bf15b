"""A whole image graph carried out by torch gives ONNX Runtime's vectors."""

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
from cercafoto.models.prepare import onnx_export, quantization, towers
from cercafoto.models.prepare.checkpoint import Checkpoint
from tests.support.hub_checkpoints import SMALL, make_clip, make_siglip, make_siglip2
from tests.support.operation_graph import single

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
    assert least_cosine(MINI, torch.float16, pictures(2, 320, seed=1)) >= 0.9995


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
