"""A model folder gives unit vectors; a damaged one gives a clear error."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ModelError
from cercafoto.models.confidence import resemblance
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder


@pytest.fixture
def encoder(tiny: Path) -> Encoder:
    return Encoder(ModelFolder.open(tiny))


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def test_vectors_are_unit_and_a_word_meets_its_colour(encoder: Encoder) -> None:
    pictures = [Image.new("RGB", (50, 40), c) for c in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    images = encoder.embed_images(pictures, batch=2)
    texts = encoder.embed_texts(["rosso", "Verde", "blu"], batch=2)
    for vectors in (images, texts):
        assert vectors.shape == (3, 4)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.argmax(images @ texts.T, axis=1).tolist() == [0, 1, 2]


def test_a_sentence_means_the_same_alone_and_beside_a_longer_one(encoder: Encoder) -> None:
    alone = encoder.embed_texts(["rosso"])
    beside = encoder.embed_texts(["rosso", "verde blu giallo azzurro"])
    assert np.allclose(alone[0], beside[0], atol=1e-6)


def test_a_sentence_longer_than_the_model_reads_is_cut(encoder: Encoder) -> None:
    long = encoder.embed_texts(["rosso " * 16 + "blu " * 500])
    assert np.allclose(long, encoder.embed_texts(["rosso"]), atol=1e-5)


def test_a_text_is_padded_as_the_model_was_trained(tiny: Path) -> None:
    """SigLIP was trained to read its padding: always the same length, with its own token."""
    folder = ModelFolder.open(tiny)
    fixed = {**folder.text, "padding": "max_length", "pad_id": 3, "pad_token": "<pad>"}
    for text, padding in (
        (fixed, [(3, "<pad>", 0)] * 15),
        ({**fixed, "padding": "longest"}, []),
    ):
        (word,) = Encoder(replace(folder, text=text))._tokenizer.encode_batch(["rosso"])
        padded = zip(word.ids, word.tokens, word.attention_mask, strict=True)
        assert list(padded)[1:] == padding
        short, long = Encoder(replace(folder, text=text))._tokenizer.encode_batch(
            ["rosso", "verde blu giallo"]
        )
        assert len(short.ids) == len(long.ids) == max(3, 1 + len(padding))


def test_nothing_gives_nothing(encoder: Encoder) -> None:
    assert encoder.embed_images([]).shape == (0, 4)
    assert encoder.embed_texts([]).shape == (0, 4)


def test_each_tower_is_loaded_when_it_is_needed(encoder: Encoder) -> None:
    assert "_image" not in vars(encoder)
    encoder.embed_texts(["rosso"])
    assert "_image" not in vars(encoder)
    encoder.embed_images([Image.new("RGB", (8, 8))])
    assert "_image" in vars(encoder)


def test_threads_are_the_cores_that_the_process_may_use(encoder: Encoder) -> None:
    assert encoder.threads == usable_cores() >= 1


def test_every_flipped_file_is_named(copy: Path) -> None:
    folder = ModelFolder.open(copy)
    folder.verify()
    for name in folder.files:
        good = (copy / name).read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        (copy / name).write_bytes(bad)
        with pytest.raises(ModelError, match=name):
            ModelFolder.open(copy).verify()
        (copy / name).write_bytes(good)


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "tokenizer.json"])
def test_an_incomplete_folder_is_no_model(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        ModelFolder.open(copy)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"format": 99}, "più recente"), ({"dimension": "x"}, "danneggiato"), ({}, "danneggiato")],
)
def test_a_wrong_description_is_refused(copy: Path, change: dict[str, object], reason: str) -> None:
    path = copy / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change) if change else "{")
    with pytest.raises(ModelError, match=reason):
        ModelFolder.open(copy)


def test_an_unknown_preprocessing_is_refused(copy: Path) -> None:
    path = copy / "model.json"
    description = json.loads(path.read_text())
    description["image"]["resize"] = "fantasia"
    path.write_text(json.dumps(description))
    with pytest.raises(ModelError, match="fantasia"):
        Encoder(ModelFolder.open(copy))


def test_the_fingerprint_is_that_of_what_makes_vectors(copy: Path) -> None:
    before = ModelFolder.open(copy).fingerprint
    path = copy / "model.json"
    description = json.loads(path.read_text())

    def fingerprint(**changed: Any) -> str:
        path.write_text(json.dumps({**description, **changed}))
        return ModelFolder.open(copy).fingerprint

    assert fingerprint(calibration={}, licence="MIT", prompts=["{}"]) == before
    assert fingerprint(image={**description["image"], "interpolation": "box"}) != before
    assert fingerprint(files={**description["files"], "text.onnx": "0" * 64}) != before
    for name in ("background.npy", "things.onnx"):
        (copy / name).touch()
        assert fingerprint(files={**description["files"], name: "0" * 64}) == before


def test_a_copy_resembles_fully_a_stranger_not_at_all() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 16)) + 0.5  # as towers do, all lean one way
    reference = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    example = reference[:1]
    like = resemblance(reference, example, reference[1:])
    assert like[0] == pytest.approx(1.0, abs=1e-5)
    assert (like[1:] > 0).mean() < 0.05
    assert resemblance(example, example, None).tolist() == pytest.approx([1.0])
    assert resemblance(-example, example, None).tolist() == [0.0]
    # It begins two deviations above the mean cosine with unrelated photos.
    noise = reference[1:] @ example[0]
    begins = noise.mean() + 2 * noise.std()
    obvious = np.clip((reference @ example[0] - begins) / (1 - begins), 0, 1)
    assert np.allclose(like, obvious, atol=1e-5)
    # A video of twenty scenes: each is resembled, and strangers are as few as for one photo.
    video = resemblance(reference, reference[:20], reference[20:])
    assert video[:20] == pytest.approx(1.0, abs=1e-5)
    assert (video[20:] > 0).mean() < 0.05
