"""The Flax checkpoint of 2021, read without Flax."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="reading a checkpoint takes cercafoto[torch]")
import torch
import transformers

from cercafoto.errors import ModelError
from cercafoto.models.prepare import towers
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.models.prepare.weights import open_weights
from cercafoto.training.clip_italian.export.flax import convert
from cercafoto.training.clip_italian.export.targets import export_flax
from cercafoto.training.training_errors import InputError
from tests.support.flax_checkpoint import array, pack, tree_of, write
from tests.support.hub_checkpoints import make_dual


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a torch checkpoint whose logit scale is not the default."""
    folder = make_dual(tmp_path_factory.mktemp("flax") / "dual")
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    state["logit_scale"] = torch.tensor(2.5)
    torch.save(state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def flax(original: Path, tmp_path: Path) -> Path:
    """Convert the model to its Flax checkpoint, without PyTorch weights."""
    folder = tmp_path / "flax"
    folder.mkdir()
    for path in original.iterdir():
        if path.name != "pytorch_model.bin":
            (folder / path.name).write_bytes(path.read_bytes())
    write(folder, tree_of(original))
    return folder


def hybrid(folder: Path) -> None:
    """Turn the folder into one of FlaxHybridCLIP, July 2021."""
    config = json.loads((folder / "config.json").read_text())
    vision, text = config["vision_config"], config["text_config"]
    vision["model_type"] = "clip_vision_model"
    old = {
        "architectures": ["HybridCLIP"],
        "initializer_factor": 1.0,
        "model_type": "hybrid-clip",
        "projection_dim": 512,
        "seed": 42,
        "text_config": text,
        "vision_config": vision,
    }
    (folder / "config.json").write_text(json.dumps(old))
    (folder / "preprocessor_config.json").unlink()


def logits(folder: Path) -> torch.Tensor:
    model = transformers.VisionTextDualEncoderModel.from_pretrained(folder).eval()
    pixels = torch.randn(3, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[2, 6, 7, 8, 3], [2, 9, 3, 0, 0]])
    with torch.no_grad():
        found: torch.Tensor = model(
            input_ids=ids, attention_mask=(ids > 0).long(), pixel_values=pixels
        ).logits_per_image
    return found


@pytest.mark.parametrize("layout", ["vtde", "hybrid", "hybrid with a whole CLIP", "under params"])
def test_the_same_logits(layout: str, original: Path, flax: Path, tmp_path: Path) -> None:
    if layout.startswith("hybrid"):
        hybrid(flax)
    if layout.endswith("CLIP"):
        config = json.loads((flax / "config.json").read_text())
        vision = config["vision_config"]
        config["vision_config"] = {"model_type": "clip", "vision_config": vision}
        (flax / "config.json").write_text(json.dumps(config))
    if layout == "under params":
        write(flax, {"params": tree_of(original)})
    export_flax(flax, "vtde", tmp_path / "out")
    expected, found = logits(original), logits(tmp_path / "out")
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert expected.std() > 0.1
    assert not (tmp_path / "out" / "flax_model.msgpack").exists()
    assert Checkpoint.open(tmp_path / "out").image == Checkpoint.open(original).image
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer("una FOTO di un gatto")["input_ids"] == [2, 5, 6, 7, 8, 9, 3]


def test_every_tensor_is_the_original_one(original: Path, flax: Path) -> None:
    expected = torch.load(original / "pytorch_model.bin", weights_only=True)
    expected.pop("text_model.embeddings.position_ids")  # counted, not learned: Flax has none
    found = open_weights(flax / "flax_model.msgpack")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        np.testing.assert_array_equal(found[name].read(), tensor.numpy(), err_msg=name)


def test_a_scale_of_its_time(original: Path, flax: Path, tmp_path: Path) -> None:
    """The training script stored the scale as a vector of one number, or not at all."""
    tree = tree_of(original)
    write(flax, tree | {"logit_scale": np.array([2.5], np.float32)})
    convert_to(flax, tmp_path / "one")
    torch.testing.assert_close(logits(tmp_path / "one"), logits(original), atol=1e-5, rtol=0)
    del tree["logit_scale"]
    hybrid(flax)
    write(flax, tree)
    convert_to(flax, tmp_path / "none")
    ratio = torch.tensor(1.0 - 2.5).exp()
    torch.testing.assert_close(logits(tmp_path / "none"), logits(original) * ratio)


def convert_to(folder: Path, destination: Path) -> None:
    destination.mkdir()
    convert(folder, destination)


def test_numbers_of_other_types_and_arrays_in_chunks(tmp_path: Path) -> None:
    halves = np.array([[1.5, -2.0], [0.25, 3.0]], np.float32)
    upper = (halves.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    chunks = {str(i): part for i, part in enumerate(np.split(np.arange(12, dtype=np.float32), 3))}
    parts = {
        "a/bias": array(halves, "bfloat16", upper),
        "b/bias": array(halves.astype(np.float16)),
        "c/kernel": pack(
            {
                "__msgpack_chunked_array__": True,
                "shape": {"0": 4, "1": 3},
                "chunks": chunks,
            }
        ),
        "logit_scale": array(np.array(2.0, np.float32), code=3),
    }
    body = b"".join(
        pack(name.split("/")[0]) + (_map(name, value) if "/" in name else value)
        for name, value in parts.items()
    )
    path = tmp_path / "flax_model.msgpack"
    path.write_bytes(struct.pack(">BI", 0xDF, len(parts)) + body)
    found = {name: tensor.read() for name, tensor in open_weights(path).items()}
    np.testing.assert_array_equal(found["a.bias"], halves)
    np.testing.assert_array_equal(found["b.bias"], halves)
    np.testing.assert_array_equal(found["c.weight"], np.arange(12).reshape(4, 3).T)
    assert found["logit_scale"].shape == () and found["logit_scale"] == 2
    assert {value.dtype for value in found.values()} == {np.dtype(np.float32)}


def _map(name: str, value: bytes) -> bytes:
    """Return a map of one item whose value is already packed."""
    return struct.pack(">BI", 0xDF, 1) + pack(name.split("/")[1]) + value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("missing", "text_projection.weight"),
        ("left over", "text_projection.odd"),
        ("another shape", r"visual_projection\.weight"),
        ("cut short", "danneggiati"),
        ("empty", "danneggiati"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: str, said: str, original: Path, flax: Path, tmp_path: Path
) -> None:
    tree = tree_of(original)
    weights = flax / "flax_model.msgpack"
    if change == "missing":
        del tree["text_projection"]
    elif change == "left over":
        tree["text_projection"]["odd"] = np.zeros(3, np.float32)
    elif change == "another shape":
        tree["visual_projection"]["kernel"] = np.zeros((32, 511), np.float32)
    write(flax, tree)
    if change == "cut short":
        weights.write_bytes(weights.read_bytes()[:-1000])
    elif change == "empty":
        weights.write_bytes(b"")
    with pytest.raises(ModelError, match=said):
        export_flax(flax, "vtde", tmp_path / "out" / "model")
    assert list((tmp_path / "out").iterdir()) == []


def test_folders_that_are_not_such_a_checkpoint(flax: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "vocab.txt"):
        (flax / name).unlink()
    with pytest.raises(InputError, match="no tokenizer"):
        export_flax(flax, "vtde", tmp_path / "out")
    (flax / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError, match="'bert'"):
        export_flax(flax, "vtde", tmp_path / "out")
    (flax / "config.json").write_text('{"model_type": "hybrid-clip"}')
    with pytest.raises(InputError, match="vision_config"):
        export_flax(flax, "vtde", tmp_path / "out")
    (flax / "flax_model.msgpack").unlink()
    with pytest.raises(InputError, match=r"flax_model\.msgpack: not there"):
        export_flax(flax, "vtde", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_preparation_takes_flax_weights_as_they_are(original: Path, flax: Path) -> None:
    """`cercafoto modello aggiungi` of a folder with only Flax weights gives the same towers."""
    checkpoint = Checkpoint.open(flax)
    assert checkpoint.weights.name == "flax_model.msgpack"
    found = towers.load(checkpoint).state_dict()
    expected = towers.load(Checkpoint.open(original)).state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
