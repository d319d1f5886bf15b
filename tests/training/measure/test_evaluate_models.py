"""Models that can be measured besides a model folder: checkpoints, runs, the baseline."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="checkpoints of transformers run in torch")
import torch
import transformers
from safetensors.torch import save_file

from cercafoto.training.__main__ import main
from cercafoto.training.measure import sources
from cercafoto.training.measure.sources import model_files, open_source
from cercafoto.training.training_errors import InputError
from tests.support.hub_checkpoints import make_clip, make_dual, make_siglip, make_siglip2
from tests.support.hub_server import HubServer
from tests.support.mclip_folders import make_mclip
from tests.support.training_pairs import write_pairs
from tests.support.training_run import make_run

MAKERS: dict[str, Callable[..., Path]] = {
    "dual": make_dual,
    "clip": make_clip,
    "siglip": make_siglip,
    "siglip2": make_siglip2,
}
CLASSES = {
    "dual": "VisionTextDualEncoderModel",
    "clip": "CLIPModel",
    "siglip": "SiglipModel",
    "siglip2": "Siglip2Model",
}
TEXTS = ["una foto di un gatto", "un cane", "la tazza e sul tavolo", "perche no"]


def unit(vectors: Any) -> np.ndarray:
    vectors = getattr(vectors, "pooler_output", vectors).detach().numpy()
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_checkpoint_gives_its_own_vectors(kind: str, tmp_path: Path) -> None:
    folder = MAKERS[kind](tmp_path / kind)
    source = open_source(str(folder))
    model = getattr(transformers, CLASSES[kind]).from_pretrained(folder).eval()
    encoded = source.tokenizer.encode_batch(TEXTS)
    inputs = {"input_ids": torch.tensor([e.ids for e in encoded])}
    if not kind.startswith("siglip"):  # which were trained to read their padding
        inputs["attention_mask"] = torch.tensor([e.attention_mask for e in encoded])
    texts = unit(model.get_text_features(**inputs))
    np.testing.assert_allclose(source.embed_texts(TEXTS), texts, atol=1e-5)
    side = source.preprocessing.size
    pixels = np.random.default_rng(0).normal(size=(3, 3, side, side)).astype(np.float32)
    found = source.embed_pixels(pixels)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    if kind != "siglip2":  # that takes patches; the towers have tests of their own
        images = unit(model.get_image_features(pixel_values=torch.from_numpy(pixels)))
        np.testing.assert_allclose(found, images, atol=1e-5)


def test_a_run_and_a_checkpoint_beside_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = write_pairs(tmp_path, "valid", 8)
    model = make_run(tmp_path / "run")
    dual = make_dual(tmp_path / "dual")
    names = [str(tmp_path / "run"), str(dual)]
    models = [word for name in names for word in ("--model", name)]
    assert main(["evaluate", *models, "--pairs", str(pairs), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == names
    # The run's own figure, from the model as it was built and a loop.
    rows = [json.loads(line) for line in pairs.read_text().splitlines()]
    from cercafoto.photos.decoding.picture import open_upright

    preprocessing = model.image_tower.preprocessing
    pixels = np.stack([preprocessing(open_upright(tmp_path / r["image_path"], 64)) for r in rows])
    with torch.no_grad():
        photos = model.embed_images(torch.from_numpy(pixels)).numpy()
        gained = []
        for right, row in enumerate(rows):
            for said in row["captions"]:
                scores = photos @ model.embed_texts(*model.text_tower.tokens([said])).numpy()[0]
                others = [i for i in range(8) if i != right]
                gained.append(1 / (1 + sum(scores[i] >= scores[right] for i in others)))
    assert found[names[0]]["MRR@10"] == pytest.approx(np.mean(gained), abs=0.01)


# -- the baseline -------------------------------------------------------------------------------


@pytest.fixture
def mclip(tmp_path: Path) -> tuple[Path, Path]:
    pytest.importorskip("sentence_transformers", reason="the baseline takes cercafoto[train]")
    return make_mclip(tmp_path, TEXTS)


@pytest.mark.parametrize("weights", ["bin", "safetensors"])
def test_the_baseline_is_mean_then_layer(weights: str, mclip: tuple[Path, Path]) -> None:
    text, images = mclip
    dense = torch.load(text / "2_Dense" / "pytorch_model.bin", weights_only=True)
    if weights == "safetensors":
        (text / "2_Dense" / "pytorch_model.bin").unlink()
        save_file(dense, text / "2_Dense" / "model.safetensors")
    source = open_source("mclip", str(text), str(images))
    model = transformers.DistilBertModel.from_pretrained(text).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(text)
    texts = [*TEXTS, "una foto " * 20]
    for said, found in zip(texts, source.embed_texts(texts), strict=True):
        # One at a time, so that there is no padding and the mean is a plain one.
        ids = tokenizer(said, truncation=True, max_length=9, return_tensors="pt")["input_ids"]
        mean = model(input_ids=ids).last_hidden_state[0].mean(dim=0)
        expected = unit((mean @ dense["linear.weight"].T)[None])[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    clip = transformers.CLIPModel.from_pretrained(images / "0_CLIPModel").eval()
    pixels = np.random.default_rng(0).normal(size=(2, 3, 224, 224)).astype(np.float32)
    expected = unit(clip.get_image_features(pixel_values=torch.from_numpy(pixels)))
    np.testing.assert_allclose(source.embed_pixels(pixels), expected, atol=1e-5)


def test_the_baseline_in_the_table(
    mclip: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, images = mclip
    pairs = write_pairs(tmp_path, "valid", 8)
    halves = ["--mclip-text", str(text), "--mclip-images", str(images / "0_CLIPModel")]
    assert main(["evaluate", "--model", "mclip", *halves, "--pairs", str(pairs), "--json"]) == 0
    assert 0 <= json.loads(capsys.readouterr().out)["MRR@10"] <= 1


def test_a_text_model_that_cannot_be_read_is_refused(mclip: tuple[Path, Path]) -> None:
    (mclip[0] / "2_Dense" / "config.json").write_text("{")
    with pytest.raises(InputError, match="multilingual: cannot be loaded"):
        open_source("mclip", *map(str, mclip))


# -- the Hub ------------------------------------------------------------------------------------


def test_from_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    folder = make_dual(tmp_path / "dual")
    (folder / "flax_model.msgpack").write_bytes(b"not asked for")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with HubServer(folder, "clip-italian/clip-italian", "c" * 40) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        source = open_source("hub:clip-italian/clip-italian")
        assert hub.sent("pytorch_model.bin") > 0
        assert hub.sent("flax_model.msgpack") == 0
        hub.status = 404
        with pytest.raises(InputError, match="no/such"):
            open_source("hub:no/such")
    expected = open_source(str(folder)).embed_texts(TEXTS)
    np.testing.assert_allclose(source.embed_texts(TEXTS), expected, atol=1e-6)
    # The files already present are enough without a network.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    again = sources.located("clip-italian/clip-italian@" + "c" * 40)
    assert (again / "config.json").is_file()


def test_of_a_repository_only_what_torch_needs() -> None:
    """The files of clip-ViT-B-32-multilingual-v1 and of clip-ViT-B-32."""
    listed = [
        ".gitattributes", "1_Pooling/config.json", "2_Dense/config.json",
        "2_Dense/model.safetensors", "2_Dense/pytorch_model.bin", "README.md", "config.json",
        "model.safetensors", "modules.json", "onnx/model.onnx", "openvino/openvino_model.xml",
        "pytorch_model.bin", "tf_model.h5", "vocab.txt", "coreml/feature/config.json",
    ]  # fmt: skip
    assert model_files(listed) == [
        "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "README.md",
        "config.json", "model.safetensors", "modules.json", "vocab.txt",
    ]  # fmt: skip
    listed = ["0_CLIPModel/pytorch_model.bin", "0_CLIPModel/merges.txt", "training_args.bin"]
    assert model_files(listed) == listed[:2]
