"""Augmentation on the device against the workers' own, which is the reference."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="training needs the torch extra")
pytest.importorskip("torchvision", reason="training needs the train extra")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from cercafoto.photos.preprocessing import Preprocessing  # noqa: E402
from cercafoto.training.clip_italian import distort  # noqa: E402
from cercafoto.training.clip_italian.augment import Augmented, Drawn  # noqa: E402
from cercafoto.training.clip_italian.batches import Batch  # noqa: E402

SIDE = 40
PREPROCESSING = Preprocessing(SIDE, "shortest", SIDE, "bicubic", (0.5, 0.4, 0.3), (0.25, 0.2, 0.3))
PICTURES = 200


@pytest.fixture(scope="module")
def photo() -> bytes:
    """Return a photo of many coloured patches, greys among them, wider than high."""
    patches = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    patches[4] = patches[4, :, :1]
    stream = io.BytesIO()
    Image.fromarray(patches).resize((96, 72), Image.Resampling.BICUBIC).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def drawn(photo):
    view = Drawn(PREPROCESSING)
    rows = [view(photo, "a", seed) for seed in range(PICTURES)]
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def test_the_same_seed_gives_the_same_picture_as_the_workers(photo, drawn):
    """Equal to one level, where float32 rounds differently; two where contrast was stretched
    afterwards."""
    view = Augmented(PREPROCESSING)
    expected = torch.stack([view(photo, "a", seed) for seed in range(PICTURES)])
    found = distort.distorted(drawn, PREPROCESSING)["pixel_values"]
    deviation = torch.tensor(PREPROCESSING.std).view(3, 1, 1)
    apart = ((found - expected) * deviation * 255).abs()
    assert apart.max() < 2.01
    assert (apart > 0.01).float().mean() < 1e-3
    # Each kind of change is among those compared.
    assert (drawn[distort.DONE].sum(dim=0) > 30).all()
    assert (found - found[:1]).abs().amax(dim=(1, 2, 3))[1:].min() > 0.1


def test_what_is_drawn_has_the_published_chances(drawn):
    """Means and ranges over 200 draws lie within four standard deviations."""
    done = drawn[distort.DONE].double().mean(dim=0).tolist()
    assert done == pytest.approx([0.5, 0.3, 0.3, 0.3], abs=4 * (0.25 / PICTURES) ** 0.5)
    hue = drawn[distort.HUE]
    assert -0.1 <= hue.min() < -0.09 and 0.09 < hue.max() <= 0.1
    assert float(hue.mean()) == pytest.approx(0, abs=4 * 0.2 / (12 * PICTURES) ** 0.5)
    # A place of the new picture is looked up in the old: the inverse of 0.8 to 1.2, squared.
    size = torch.linalg.det(drawn[distort.AFFINE][:, :2, :2])
    assert 1.2**-2 <= size.min() < 0.75 and 1.4 < size.max() <= 0.8**-2 + 1e-6
    moved = torch.linalg.inv(drawn[distort.AFFINE])[:, :2, 2].abs() * SIDE / 2
    assert 3.5 < moved.max() <= 4.01
    tilted = (drawn[distort.TILT] - torch.eye(3)).abs().amax(dim=(1, 2)) > 0
    assert torch.equal(tilted, drawn[distort.DONE][:, distort.TILTED])


def test_other_inputs_come_along_and_many_pictures_are_done_in_parts(drawn, monkeypatch):
    ids = torch.arange(PICTURES)
    whole = distort.distorted(drawn | {"input_ids": ids}, PREPROCESSING)
    monkeypatch.setattr(distort, "AT_ONCE", 7)
    parts = distort.distorted(drawn, PREPROCESSING)
    assert torch.equal(whole["pixel_values"], parts["pixel_values"])
    assert set(whole) == {"pixel_values", "input_ids"} and whole["input_ids"] is ids
    assert whole["pixel_values"].shape == (PICTURES, 3, SIDE, SIDE)


class Copies(TorchDispatchMode):
    """Counts the copies to a device within its block."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func.overloadpacket.__name__ == "_to_copy" and kwargs.get("device"):
            self.shapes.append(tuple(args[0].shape))
        return func(*args, **kwargs)


def test_one_small_copy_follows_a_batch_to_the_device(drawn, monkeypatch):
    """Which pictures change, and how, is one copy, not four for each part with a wait for each."""
    monkeypatch.setattr(distort, "AT_ONCE", 32)
    device = torch.device("meta")
    moved = Batch([drawn]).to(device, stay=(distort.DONE,))
    with Copies() as copies:
        pixels = distort.distorted(moved, PREPROCESSING)["pixel_values"]
    assert pixels.shape == (PICTURES, 3, SIDE, SIDE)
    assert copies.shapes == [(int(drawn[distort.DONE].sum()),)]
