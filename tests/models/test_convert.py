"""A checkpoint becomes a model folder that gives the same vectors, or nothing at all."""

from __future__ import annotations

import errno
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
import torch

from cercafoto.base.installation import install_command
from cercafoto.errors import DiskFullError, ModelError, UsageError
from cercafoto.models import obtain
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import convert as prepare
from cercafoto.models.prepare import onnx_export as export
from cercafoto.models.prepare import towers
from cercafoto.settings import Settings
from tests.support.hub_checkpoints import MAKERS, OLD_PREPROCESSOR
from tests.support.prepared_models import TEXTS, loaded, quiet, refused
from tests.support.recorder import Recorder
from tests.support.tiny_model import make_tiny_model

KINDS = tuple(MAKERS)


# -- the same vectors ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_gives_the_vectors_of_the_original(
    kind: str, ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    folder = ready(kind)
    folder.verify()
    encoder = Encoder(folder, threads=2)
    _, model = loaded(checkpoints[kind])
    generator = np.random.default_rng(0)
    side = int(folder.image["size"])
    for count in (1, 3):
        pixels = generator.normal(size=(count, 3, side, side)).astype(np.float32)
        embeds, patches = encoder._image.run(None, {"pixel_values": pixels})
        np.testing.assert_allclose(np.linalg.norm(embeds, axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(patches, axis=-1), 1, atol=1e-5)
        assert embeds.shape == (count, folder.dimension)
        number = {"siglip": 16, "siglip2": 16}.get(kind, 49)
        assert patches.shape == (count, number, folder.dimension)
        if kind != "siglip2":  # takes patches: `parity_check` compares it by its processor
            with torch.no_grad():
                features = model.get_image_features(pixel_values=torch.from_numpy(pixels))
            expected = torch.nn.functional.normalize(features.pooler_output, dim=-1).numpy()
            np.testing.assert_allclose(embeds, expected, atol=1e-5)
    vectors = encoder.embed_texts(TEXTS)
    ids = torch.tensor([e.ids for e in encoder._tokenizer.encode_batch(TEXTS)])
    mask = torch.tensor([e.attention_mask for e in encoder._tokenizer.encode_batch(TEXTS)])
    with torch.no_grad():
        features = (
            model.get_text_features(input_ids=ids)
            if kind.startswith("siglip")
            else model.get_text_features(input_ids=ids, attention_mask=mask)
        )
    expected = torch.nn.functional.normalize(features.pooler_output, dim=-1).numpy()
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    # If all vectors were alike, the comparison above would prove nothing.
    assert (vectors @ vectors.T)[np.triu_indices(len(TEXTS), 1)].min() < 0.99


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_has_one_vector_in_any_company(
    kind: str, ready: Callable[[str], ModelFolder]
) -> None:
    encoder = Encoder(ready(kind), threads=2)
    together = encoder.embed_texts(TEXTS)
    alone = np.concatenate([encoder.embed_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_a_licence_is_told_before_the_model_is_made(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also that Meta's weights may not be used for business."""
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models", offline=True)
    recorder = Recorder()

    def stop(*_: object) -> None:
        raise ModelError("fermato", "")

    monkeypatch.setattr("cercafoto.models.obtain.prepare", stop)
    for kind in ("dual", "metaclip2"):
        with pytest.raises(ModelError, match="fermato"):
            obtain.add(settings, str(checkpoints[kind]), recorder)
    assert recorder.lines == [
        "Licenza del modello «dual», dalla sua scheda: gpl-3.0.",
        "Licenza del modello «metaclip2», dalla sua scheda: cc-by-nc-4.0. È solo per usi non "
        "commerciali.",
    ]


def test_a_transformers_that_is_too_old_is_named(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    older = SimpleNamespace(__version__="4.55.4", logging=transformers.logging)
    monkeypatch.setitem(sys.modules, "transformers", older)
    with pytest.raises(ModelError, match=r"transformers 4\.55\.4 .*«metaclip_2»"):
        loaded(checkpoints["metaclip2"])


@pytest.mark.parametrize("kind", ["dual", "siglip", "siglip2"])
def test_capitals_mean_nothing(kind: str, ready: Callable[[str], ModelFolder]) -> None:
    encoder = Encoder(ready(kind), threads=2)
    upper, lower, other = encoder.embed_texts(["UN GATTO", "un gatto", "un cane"])
    np.testing.assert_allclose(upper, lower, atol=1e-6)
    assert upper @ other < 0.9999


def test_siglip_drops_punctuation_as_it_was_trained(ready: Callable[[str], ModelFolder]) -> None:
    first, second = Encoder(ready("siglip"), threads=2).embed_texts(["«un gatto»!", "«un  gatto»"])
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_siglip_patches_are_the_head_over_one_patch(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    _, model = loaded(checkpoints["siglip"])
    pixels = np.random.default_rng(1).normal(size=(2, 3, 64, 64)).astype(np.float32)
    encoder = Encoder(ready("siglip"), threads=2)
    (patches,) = encoder._image.run(["patch_embeds"], {"pixel_values": pixels})
    with torch.no_grad():
        tokens = model.vision_model(pixel_values=torch.from_numpy(pixels)).last_hidden_state
        alone = model.vision_model.head(tokens.reshape(-1, 1, tokens.shape[-1]))
    expected = torch.nn.functional.normalize(alone, dim=-1).reshape(patches.shape).numpy()
    np.testing.assert_allclose(patches, expected, atol=1e-5)


# -- the description ----------------------------------------------------------------------------


def test_the_folder_says_what_it_is(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    folder = ready("dual")
    assert (folder.name, folder.dimension, folder.licence) == ("dual", 512, "gpl-3.0")
    assert folder.source == {"repo": "prova/dual"}
    assert folder.text == {
        "max_tokens": 96,
        "optimised": True,
        "padding": "longest",
        "pad_id": 0,
        "pad_token": "[PAD]",
    }
    assert folder.image == {
        "size": 224,
        "resize": "shortest",
        "resize_to": 224,
        "crop": True,
        "interpolation": "bicubic",
        "mean": OLD_PREPROCESSOR["image_mean"],
        "std": OLD_PREPROCESSOR["image_std"],
    }
    assert folder.calibration == {}  # random weights distinguish nothing
    assert set(folder.files) == {
        "background.npy",
        "image.onnx",
        "image.onnx.data",
        "text.onnx",
        "text.onnx.data",
        "tokenizer.json",
    }
    assert {p.name for p in folder.path.iterdir()} == {*folder.files, "model.json"}
    captions = prepare.background_captions()
    encoder = Encoder(folder, threads=2)
    assert encoder.background.shape == (len(captions), 512)
    np.testing.assert_allclose(encoder.background, encoder.embed_texts(captions), atol=2e-6)


@pytest.mark.parametrize("kind", ["siglip", "siglip2"])
def test_siglip_pads_to_its_length(kind: str, ready: Callable[[str], ModelFolder]) -> None:
    folder = ready(kind)
    assert (folder.text["max_tokens"], folder.text["padding"]) == (64, "max_length")
    assert folder.image["resize"] == "exact"
    (inputs,) = Encoder(folder, threads=2)._text.get_inputs()
    assert (inputs.name, inputs.shape[1]) == ("input_ids", 64)


# -- refused, with nothing left behind ----------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (RuntimeError("export failed"), ModelError),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (MemoryError(), ModelError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_a_failure_half_way_leaves_what_was_there(
    failure: BaseException,
    expected: type[BaseException],
    checkpoints: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = tmp_path / "models"
    old = make_tiny_model(models / "prova", "prova")
    before = ModelFolder.open(old).fingerprint

    def half(tower: Any, side: int, path: Path, work: Path) -> None:
        path.write_bytes(b"half")
        (work / "half.onnx").write_bytes(b"half")
        raise failure

    monkeypatch.setattr(export, "export_image", half)
    with pytest.raises(expected):
        prepare.prepare(checkpoints["siglip"], models / "prova", "prova", {}, None, quiet)
    assert [p.name for p in models.iterdir()] == ["prova"]
    assert ModelFolder.open(old).fingerprint == before
    ModelFolder.open(old).verify()


def test_a_new_model_takes_the_place_of_the_old(tmp_path: Path) -> None:
    models = tmp_path / "models"
    make_tiny_model(models / "prova", "prova")
    (models / "prova" / "avanzo").write_text("old", encoding="utf-8")
    new = ModelFolder.open(make_tiny_model(tmp_path / "new", "prova", turn=1))
    placed = prepare.copy_model(new, models / "prova")
    assert placed.fingerprint == new.fingerprint
    assert [p.name for p in models.iterdir()] == ["prova"]
    assert not (models / "prova" / "avanzo").exists()


def test_the_old_model_comes_back_when_the_new_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    old = ModelFolder.open(make_tiny_model(models / "prova", "prova"))
    new = ModelFolder.open(make_tiny_model(tmp_path / "new", "prova", turn=1))
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if prepare.BUILDING in self.name:
            raise PermissionError(errno.EACCES, "in use")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ModelError):
        prepare.copy_model(new, models / "prova")
    assert [p.name for p in models.iterdir()] == ["prova"]
    assert ModelFolder.open(models / "prova").fingerprint == old.fingerprint


def test_what_a_power_cut_left_is_tidied(tmp_path: Path) -> None:
    make_tiny_model(tmp_path / f".a{prepare.REPLACED}x", "a")  # the new one never took its place
    make_tiny_model(tmp_path / f".b{prepare.REPLACED}y", "b")
    make_tiny_model(tmp_path / "b", "b", turn=1)
    (tmp_path / f".c{prepare.BUILDING}z").mkdir()
    prepare.sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == ["a", "b"]
    assert ModelFolder.open(tmp_path / "a").name == "a"


@pytest.mark.parametrize("name", ["mini", "auto", "../fuori", "Maiuscole"])
def test_names_that_are_refused(name: str, checkpoints: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        prepare.prepare(checkpoints["siglip"], tmp_path / "m" / "x", name, {}, None, quiet)
    assert not (tmp_path / "m").exists()


def test_without_torch_it_says_what_to_install(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "find_spec", lambda name: None)
    error = refused(checkpoints["siglip"], tmp_path)
    assert "servono torch e transformers" in error.message
    assert install_command("torch") in error.hint


def test_room_is_looked_for_first(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3_000_000))
    monkeypatch.setattr(towers, "load", None)  # never got to
    with pytest.raises(DiskFullError, match=r"60 MB liberi .* 3 MB"):
        prepare.prepare(checkpoints["siglip"], tmp_path / "m" / "x", "x", {}, None, quiet)
    assert list((tmp_path / "m").iterdir()) == []
