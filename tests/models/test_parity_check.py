"""A prepared model is compared with its original before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
import torch

from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import parity_check as check
from cercafoto.models.prepare import towers
from cercafoto.models.prepare.shipped_photos import photos as shipped_photos
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.photos.preprocessing import Preprocessing
from tests.support.prepared_models import loaded, quiet


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
    photos = list(shipped_photos().values())
    assert len(photos) >= 4
    encoder = Encoder(ready(kind), threads=2)
    resized = np.asarray(processor(images=photos, return_tensors="np")["pixel_values"])
    cosines = (encoder.embed_pixels(resized) * encoder.embed_images(photos)).sum(axis=1)
    assert cosines.min() >= 0.999


def test_other_vectors_than_the_original_are_refused(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    encoder = Encoder(ready("clip"), threads=2)
    checkpoint, model = loaded(checkpoints["clip"])
    image_tower, _ = towers.towers(model, checkpoint)
    check.check(checkpoint, model, image_tower, encoder, quiet)
    with torch.no_grad():
        model.text_projection.weight[:, 0] += 0.05 * model.text_projection.weight.std()
        model.text_projection.weight[:, 1] += 0.5 * model.text_projection.weight.std()
    with pytest.raises(ModelError, match="text: coseno"):
        check.check(checkpoint, model, image_tower, encoder, quiet)


def test_another_resizing_than_the_original_is_refused(
    ready: Callable[[str], ModelFolder], checkpoints: dict[str, Path]
) -> None:
    folder = ready("clip")
    encoder = Encoder(folder, threads=2)
    encoder.preprocessing = Preprocessing.from_json(folder.image | {"resize": "exact"})
    checkpoint, model = loaded(checkpoints["clip"])
    image_tower, _ = towers.towers(model, checkpoint)
    with pytest.raises(ModelError, match=r"preparare come chiede il modello"):
        check.check(checkpoint, model, image_tower, encoder, quiet)
