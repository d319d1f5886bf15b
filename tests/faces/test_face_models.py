"""The package's two networks find a real face at any rotation, and recognise it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from cercafoto.base.arrays import Floats
from cercafoto.errors import ModelError
from cercafoto.faces import face_models
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


def far(astronaut: Image.Image, side: int) -> Image.Image:
    """Return the picture in the middle of a large grey one."""
    photo = Image.new("RGB", (1600, 1200), (118, 124, 116))
    photo.paste(astronaut.resize((side, side), Image.Resampling.LANCZOS), (600, 350))
    return photo


def test_far_faces_are_looked_at_twice_and_others_once(
    models: FaceModels, astronaut: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, detected = list[int](), face_models._detected

    def counted(session: Any, picture: Floats) -> Any:
        looks.append(max(picture.shape))
        return detected(session, picture)

    monkeypatch.setattr(face_models, "_detected", counted)
    for photo, longer in (
        (far(astronaut, 400), [640, 1024]),
        (astronaut.resize((1600, 1600)), [640]),  # near
        (astronaut.resize((400, 400)), [416]),  # small: there is no more to see
        (Image.new("RGB", (1600, 1200), (200, 180, 160)), [640]),  # nobody
    ):
        looks.clear()
        models.faces(photo, True)
        assert looks == longer


def test_a_far_face_is_more_like_the_near_one_after_two_looks(
    models: FaceModels, astronaut: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    (near,) = models.faces(astronaut, True)
    likeness = dict[int, list[float]]()
    for limit in (0, face_models.FAR):
        monkeypatch.setattr(face_models, "FAR", limit)
        found = [models.faces(far(astronaut, side), True) for side in (160, 200, 250, 400)]
        assert [len(faces) for faces in found] == [1] * 4
        likeness[limit] = [float(near.vector @ face.vector) for (face,) in found]
    once, twice = likeness.values()
    assert np.mean(twice) > np.mean(once) + 0.02 and min(twice) > min(once) + 0.1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_far_face_on_its_side_is_looked_at_twice(
    models: FaceModels, astronaut: Image.Image, quarters: int
) -> None:
    (upright,) = models.faces(far(astronaut, 400), True)
    lying = Image.fromarray(np.rot90(np.asarray(far(astronaut, 400)), quarters))
    (face,) = models.faces(lying, False)
    assert face.vector @ upright.vector > 0.95


def test_faces_that_only_the_first_look_finds_stay(
    models: FaceModels, astronaut: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    detected = face_models._detected
    photo = far(astronaut, 400)

    def blind(session: Any, picture: Floats) -> Any:
        return detected(session, picture if max(picture.shape) <= 640 else 0 * picture)

    monkeypatch.setattr(face_models, "_detected", blind)
    assert len(models.faces(photo, True)) == 1


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    for path in MODELS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = bytearray((tmp_path / "detector.onnx").read_bytes())
    changed[5000] ^= 1
    (tmp_path / "detector.onnx").write_bytes(changed)
    with pytest.raises(ModelError, match="danneggiati"):
        FaceModels(tmp_path)
