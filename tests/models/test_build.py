"""A checkpoint becomes a model folder that gives the same vectors, or nothing at all."""

from __future__ import annotations

import errno
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
import torch

from cercafoto.base.reporter import SILENT
from cercafoto.errors import DiskFullError, ModelError, UsageError
from cercafoto.models import obtain
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import ModelFolder
from cercafoto.models.prepare import (
    build as prepare,
)
from cercafoto.models.prepare import (
    onnx_export as export,
)
from cercafoto.models.prepare import (
    parity_check as check,
)
from cercafoto.models.prepare import (
    towers,
)
from cercafoto.models.prepare.checkpoint import Checkpoint
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.settings import Settings
from tests.support.hub_checkpoints import (
    NEW_PREPROCESSOR,
    OLD_PREPROCESSOR,
    make_clip,
    make_dual,
    make_siglip,
    make_siglip2,
)
from tests.support.tiny_model import make_tiny_model

MAKERS: dict[str, Callable[..., Path]] = {
    "dual": make_dual,  # .bin, tensors and files named as in 2021
    "clip": make_clip,  # safetensors
    "siglip": make_siglip,  # safetensors
    "siglip2": make_siglip2,  # .bin
}
KINDS = tuple(MAKERS)
TEXTS = [
    "la tazza di caffè sul tavolo",
    "Due bambini, in spiaggia!",
    "un cane",
    "una notte " * 60,
]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all the workers of one run share."""
    own = tmp_path_factory.getbasetemp()
    base = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "prepared"
    base.mkdir(exist_ok=True)
    return base


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("checkpoints")
    return {kind: make(base / kind) for kind, make in MAKERS.items()}


@pytest.fixture(scope="module")
def ready(checkpoints: dict[str, Path], shared: Path) -> Callable[[str], ModelFolder]:
    """Prepares a checkpoint once for all the tests of a run; its weights are seeded."""

    def get(kind: str) -> ModelFolder:
        with FileLock(shared / f"{kind}.lock"):
            if not (shared / kind).exists():
                prepare.prepare(
                    checkpoints[kind], shared / kind, kind, {"repo": f"prova/{kind}"}, None, _quiet
                )
                assert list(shared.glob(f".{kind}*")) == []
        return ModelFolder.open(shared / kind)

    return get


def _quiet(_: str) -> None:
    return None


def _loaded(path: Path) -> tuple[Checkpoint, Any]:
    checkpoint = Checkpoint.open(path)
    return checkpoint, towers.load(checkpoint)


# -- the same vectors ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_gives_the_vectors_of_the_original(
    kind: str, ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    folder = ready(kind)
    folder.verify()
    encoder = Encoder(folder, threads=2)
    _, model = _loaded(checkpoints[kind])
    generator = np.random.default_rng(0)
    side = int(folder.image["size"])
    for count in (1, 3):
        pixels = generator.normal(size=(count, 3, side, side)).astype(np.float32)
        embeds, patches = encoder._image.run(None, {"pixel_values": pixels})
        np.testing.assert_allclose(np.linalg.norm(embeds, axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(patches, axis=-1), 1, atol=1e-5)
        assert embeds.shape == (count, folder.dimension)
        assert patches.shape == (count, {"dual": 49, "clip": 49}.get(kind, 16), folder.dimension)
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
    # Were all vectors alike, the comparison above would have shown nothing.
    assert (vectors @ vectors.T)[np.triu_indices(len(TEXTS), 1)].min() < 0.99


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_has_one_vector_in_any_company(
    kind: str, ready: Callable[[str], ModelFolder]
) -> None:
    encoder = Encoder(ready(kind), threads=2)
    together = encoder.embed_texts(TEXTS)
    alone = np.concatenate([encoder.embed_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-6)


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
    _, model = _loaded(checkpoints["siglip"])
    pixels = np.random.default_rng(1).normal(size=(2, 3, 64, 64)).astype(np.float32)
    encoder = Encoder(ready("siglip"), threads=2)
    (patches,) = encoder._image.run(["patch_embeds"], {"pixel_values": pixels})
    with torch.no_grad():
        tokens = model.vision_model(pixel_values=torch.from_numpy(pixels)).last_hidden_state
        alone = model.vision_model.head(tokens.reshape(-1, 1, tokens.shape[-1]))
    expected = torch.nn.functional.normalize(alone, dim=-1).reshape(patches.shape).numpy()
    np.testing.assert_allclose(patches, expected, atol=1e-5)


@pytest.mark.parametrize(("kind", "weights"), [("dual", "safetensors"), ("clip", "bin")])
def test_either_kind_of_weights_gives_the_same_model(
    kind: str, weights: str, tmp_path: Path, checkpoints: dict[str, Path]
) -> None:
    other = MAKERS[kind](tmp_path / kind, weights)
    assert weights in Checkpoint.open(other).weights.name
    expected = _loaded(checkpoints[kind])[1].state_dict()
    found = _loaded(other)[1].state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


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
    assert folder.calibration == {}
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


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\nlicense: gpl-3.0\n---\n", "gpl-3.0"),
        ("---\nlanguage: it\nlicense:\n- mit\n---\n", "mit"),
        ("---\nlicense: other\nlicense_name: apple-amlr\n---\n", "apple-amlr"),
        ("---\nlicense: unknown\n---\n", "sconosciuta"),
        ("# senza intestazione\nlicense: mit\n", "sconosciuta"),
    ],
)
def test_licence_of_the_model_card(text: str, licence: str, tmp_path: Path) -> None:
    make_siglip(tmp_path / "x")
    (tmp_path / "x" / "README.md").write_text(text, encoding="utf-8")
    assert Checkpoint.open(tmp_path / "x").licence == licence


# -- the pixels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dual", "clip", "siglip"])
def test_pixels_are_those_of_the_image_processor(
    kind: str, checkpoints: dict[str, Path], ready: Callable[[str], ModelFolder]
) -> None:
    checkpoint = Checkpoint.open(checkpoints[kind])
    ours = Preprocessing.from_json(checkpoint.image)
    noise = np.random.default_rng(2).integers(0, 256, (ours.size, ours.size, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    processor = check.image_processor(checkpoint)
    theirs = np.asarray(processor(images=picture, return_tensors="np")["pixel_values"][0])
    # In levels of 0..1: a 255th is one grey level.
    std = np.array(ours.std)[:, None, None]
    assert np.abs((ours(picture) - theirs) * std).max() <= 1 / 255
    photos = check.photos()
    assert len(photos) >= 4
    encoder = Encoder(ready(kind), threads=2)
    resized = np.asarray(processor(images=photos, return_tensors="np")["pixel_values"])
    cosines = (encoder.embed_pixels(resized) * encoder.embed_images(photos)).sum(axis=1)
    assert cosines.min() >= 0.999


def test_old_and_new_processor_files_mean_the_same(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    file = folder / "preprocessor_config.json"
    old = Checkpoint.open(folder).image
    file.write_text(json.dumps(NEW_PREPROCESSOR), encoding="utf-8")
    assert Checkpoint.open(folder).image == old
    # transformers 5 puts it inside the processor's file.
    file.unlink()
    (folder / "processor_config.json").write_text(
        json.dumps({"image_processor": NEW_PREPROCESSOR}), encoding="utf-8"
    )
    assert Checkpoint.open(folder).image == old


@pytest.mark.parametrize(
    "change",
    [
        {"do_normalize": False},
        {"rescale_factor": 1.0},
        {"do_center_crop": False},
        {"crop_size": {"height": 224, "width": 112}},
        {"crop_size": 448},
        {"resample": 9},
    ],
)
def test_pixels_that_we_cannot_make_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps(NEW_PREPROCESSOR | change), encoding="utf-8")
    with pytest.raises(ModelError, match=r"preprocessor_config\.json"):
        Checkpoint.open(folder)


# -- refused, with nothing left behind ----------------------------------------------------------


def _refused(path: Path, tmp_path: Path, name: str = "prova") -> ModelError:
    models = tmp_path / "models"
    with pytest.raises(ModelError) as caught:
        prepare.prepare(path, models / name, name, {}, None, _quiet)
    assert not models.exists() or list(models.iterdir()) == []
    assert caught.value.hint
    return caught.value


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    assert str(tmp_path / "no") in _refused(tmp_path / "no", tmp_path).message
    folder = make_siglip(tmp_path / "siglip")
    (folder / "model.safetensors").rename(folder / "tf_model.h5")
    assert "mancano i pesi" in _refused(folder, tmp_path).message
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    assert "(bert)" in _refused(folder, tmp_path).message
    (folder / "config.json").write_text("{", encoding="utf-8")
    assert "config.json" in _refused(folder, tmp_path).message
    (folder / "config.json").unlink()
    assert "manca config.json" in _refused(folder, tmp_path).message


@pytest.mark.parametrize("kind", ["dual", "siglip"])
def test_weights_cut_short(kind: str, tmp_path: Path) -> None:
    folder = MAKERS[kind](tmp_path / kind)
    weights = Checkpoint.open(folder).weights
    weights.write_bytes(weights.read_bytes()[:-2000])
    assert str(weights) in _refused(folder, tmp_path).message


def test_weights_that_lack_a_part_are_not_made_up(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    weights = folder / "pytorch_model.bin"
    state = torch.load(weights, weights_only=True)
    del state["text_projection.weight"]
    torch.save(state, weights)
    assert "text_projection.weight" in _refused(folder, tmp_path).message


def test_a_pickle_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    folder = make_dual(tmp_path / "dual")
    proof = tmp_path / "eseguito"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(proof),))

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"logit_scale": Evil()}))
    _refused(folder, tmp_path)
    assert not proof.exists()


def test_no_tokenizer(tmp_path: Path) -> None:
    folder = make_siglip(tmp_path / "siglip")
    (folder / "tokenizer.json").unlink()
    assert "tokenizer" in _refused(folder, tmp_path).message


def test_vocab_txt_alone_is_enough(tmp_path: Path) -> None:
    from cercafoto.models.prepare.tokenizer import save_tokenizer

    folder = make_dual(tmp_path / "dual")
    both = save_tokenizer(Checkpoint.open(folder), tmp_path / "both.json")
    (folder / "tokenizer.json").unlink()
    assert save_tokenizer(Checkpoint.open(folder), tmp_path / "one.json") == both
    from tokenizers import Tokenizer

    first, second = (Tokenizer.from_file(str(tmp_path / n)) for n in ("both.json", "one.json"))
    assert [first.encode(t).ids for t in TEXTS] == [second.encode(t).ids for t in TEXTS]


def test_other_vectors_than_the_original_are_refused(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    encoder = Encoder(ready("clip"), threads=2)
    checkpoint, model = _loaded(checkpoints["clip"])
    image_tower, _ = towers.towers(model, checkpoint)
    check.check(checkpoint, model, image_tower, encoder, _quiet)
    with torch.no_grad():
        model.text_projection.weight[:, 0] += 0.05 * model.text_projection.weight.std()
        model.text_projection.weight[:, 1] += 0.5 * model.text_projection.weight.std()
    with pytest.raises(ModelError, match="text: coseno"):
        check.check(checkpoint, model, image_tower, encoder, _quiet)


def test_another_resizing_than_the_original_is_refused(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    folder = ready("clip")
    encoder = Encoder(folder, threads=2)
    encoder.preprocessing = Preprocessing.from_json(folder.image | {"resize": "exact"})
    checkpoint, model = _loaded(checkpoints["clip"])
    image_tower, _ = towers.towers(model, checkpoint)
    with pytest.raises(ModelError, match=r"preparare come chiede il modello"):
        check.check(checkpoint, model, image_tower, encoder, _quiet)


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
        prepare.prepare(checkpoints["siglip"], models / "prova", "prova", {}, None, _quiet)
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
        prepare.prepare(checkpoints["siglip"], tmp_path / "m" / "x", name, {}, None, _quiet)
    assert not (tmp_path / "m").exists()


def test_without_torch_it_says_what_to_install(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "find_spec", lambda name: None)
    error = _refused(checkpoints["siglip"], tmp_path)
    assert "servono torch e transformers" in error.message
    assert "pip install 'cercafoto[torch]'" in error.hint


def test_room_is_looked_for_first(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3_000_000))
    monkeypatch.setattr(towers, "load", None)  # never got to
    with pytest.raises(DiskFullError, match=r"60 MB liberi .* 3 MB"):
        prepare.prepare(checkpoints["siglip"], tmp_path / "m" / "x", "x", {}, None, _quiet)
    assert list((tmp_path / "m").iterdir()) == []


# -- from a folder on this disk -----------------------------------------------------------------


def test_a_finished_model_is_copied(tmp_path: Path) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models", offline=True)
    made = make_tiny_model(tmp_path / "addestrato", "mio")
    added = obtain.add(settings, str(made), reporter=SILENT)
    assert (added.path, added.name) == (settings.models / "mio", "mio")
    with pytest.raises(UsageError):
        obtain.add(settings, str(made), reporter=SILENT, name="altro")
    (made / "image.onnx").write_bytes(b"flipped")
    with pytest.raises(ModelError, match=r"image\.onnx"):
        obtain.add(settings, str(made), reporter=SILENT)
    ModelFolder.open(settings.models / "mio").verify()


def test_a_name_is_not_taken_from_another_model(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models", offline=True)
    make_tiny_model(settings.models / "siglip", "siglip")
    with pytest.raises(ModelError) as caught:
        obtain.add(settings, str(checkpoints["siglip"]), reporter=SILENT)
    assert "--nome" in caught.value.hint


def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub(
    tmp_path: Path, no_sockets: None
) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models")
    with pytest.raises(ModelError, match="non esiste"):
        obtain.add(settings, str(tmp_path / "manca"), reporter=SILENT)
