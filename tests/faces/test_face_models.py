"""The package's two networks find a real face at any rotation, and recognise it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from cercafoto.errors import ModelError
from cercafoto.faces.face_models import MODELS, FaceModels

skimage = pytest.importorskip("skimage", reason="the photo is in the wheel of scikit-image")
PHOTO = Path(skimage.__file__).parent / "data" / "astronaut.png"


@pytest.fixture(scope="module")
def models() -> FaceModels:
    return FaceModels()


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    if not PHOTO.exists():
        pytest.skip("the photo is in the wheel of scikit-image")
    with Image.open(PHOTO) as photo:
        return photo.convert("RGB")


def test_one_face_in_its_place(models: FaceModels, astronaut: Image.Image) -> None:
    (face,) = models.faces(astronaut, False)
    left, top, width, height = face.box
    # Looked at by eye: the eyes are at about (0.43, 0.22) of the picture, the chin at 0.34.
    assert left < 0.40 and 0.47 < left + width < 0.60
    assert 0.05 < top < 0.2 and 0.30 < top + height < 0.40
    assert face.score > 0.9 and np.linalg.norm(face.vector) == pytest.approx(1, abs=1e-5)


def test_known_again_in_another_light_and_size(models: FaceModels, astronaut: Image.Image) -> None:
    (face,) = models.faces(astronaut, False)
    dark = ImageEnhance.Brightness(astronaut).enhance(0.5).resize((300, 300))
    (again,) = models.faces(dark, False)
    mirrored = astronaut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (other_side,) = models.faces(mirrored, False)
    assert face.vector @ again.vector > 0.8 and face.vector @ other_side.vector > 0.7


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_that_lies_on_its_side(
    models: FaceModels, astronaut: Image.Image, quarters: int
) -> None:
    (upright,) = models.faces(astronaut, False)
    lying = Image.fromarray(np.rot90(np.asarray(astronaut), quarters))
    (face,) = models.faces(lying, False)
    assert face.vector @ upright.vector > 0.99
    # The middle of the box, turned as the picture was.
    (x, y), (u, v) = ((box[0] + box[2] / 2, box[1] + box[3] / 2) for box in (upright.box, face.box))
    for _ in range(quarters):
        x, y = y, 1 - x
    assert (u, v) == pytest.approx((x, y), abs=0.02)
    # A file that says how it is turned is believed: the face is not found so well.
    assert all(found.score < 0.9 for found in models.faces(lying, True))


def test_small_faces_and_none(models: FaceModels, astronaut: Image.Image) -> None:
    assert models.faces(astronaut.resize((120, 120)), False) == []
    assert models.faces(Image.new("RGB", (300, 200), (200, 180, 160)), False) == []


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    for path in MODELS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = bytearray((tmp_path / "detector.onnx").read_bytes())
    changed[5000] ^= 1
    (tmp_path / "detector.onnx").write_bytes(changed)
    with pytest.raises(ModelError, match="danneggiati"):
        FaceModels(tmp_path)
