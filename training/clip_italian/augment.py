"""Decode pictures into tensors for the image tower, augmented or not.

Training with augmentation decodes and distorts with torchvision (transforms v2, uint8 tensors), or
decodes and draws what the device distorts (`distort`). Validation, and training without
augmentation, read the picture through `cercafoto.photos.decoding.picture`, exactly as it is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torchvision import io
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional

from cercafoto.photos.decoding.picture import decode
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import distort
from cercafoto.training.clip_italian.batches import Inputs, View
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.distort import GREY
from cercafoto.training.clip_italian.sharp_resize import SharpCrop

JPEG = b"\xff\xd8"


def published(preprocessing: Preprocessing, antialias: bool) -> v2.Compose:
    """Return the augmentation of CLIP-Italian's training script: uint8 [3, H, W] -> float32.

    The result is [3, size, size], normalised. The numbers are those of the lines 243 to 270 of
    run_hybrid_clip.py@9ca42b9 (see `config`).
    antialias: whether to smooth pictures that are made smaller, which the script does not.
    """
    size = preprocessing.size
    # The script pads pictures that are too small to crop. After resizing none is.
    smooth = [v2.Resize(size, InterpolationMode.BICUBIC, antialias=True), v2.RandomCrop(size)]
    return v2.Compose(
        [
            v2.Compose(smooth) if antialias else SharpCrop(size),
            v2.ColorJitter(hue=0.1),
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(
                degrees=15,
                translate=(0.1, 0.1),
                scale=(0.8, 1.2),
                shear=(-15, 15, -15, 15),
                interpolation=InterpolationMode.BILINEAR,
                fill=GREY,
            ),
            v2.RandomPerspective(distortion_scale=0.3, p=0.3, fill=GREY),
            v2.RandomAutocontrast(p=0.3),
            v2.RandomEqualize(p=0.3),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(list(preprocessing.mean), list(preprocessing.std)),
        ]
    )


class Augmented:
    """Augmented decoding to float32 [3, size, size]; a seed gives the same in any process."""

    def __init__(self, preprocessing: Preprocessing, antialias: bool = False) -> None:
        self.side = preprocessing.resize_to
        self.transform = published(preprocessing, antialias)

    def __call__(self, data: bytes, name: str, seed: int) -> Tensor:
        """Decode a picture. Raises ImageError, with `name` in its message."""
        picture = upright(data, self.side, name)
        with _seeded(seed):
            result: Tensor = self.transform(picture)
        return result


class Drawn:
    """Decodes to a picture, resized and cropped, and what `distort` is to do to it.

    From the same seed it draws the same numbers, by torchvision's own transforms.
    """

    def __init__(self, preprocessing: Preprocessing, antialias: bool = False) -> None:
        self.side = preprocessing.resize_to
        self.steps = published(preprocessing, antialias).transforms

    def __call__(self, data: bytes, name: str, seed: int) -> Inputs:
        """Decode a picture. Raises ImageError, with `name` in its message."""
        picture = upright(data, self.side, name)
        crop, *others = self.steps
        with _seeded(seed):
            cropped: Tensor = crop(picture)
            drawn = distort.drawn(others, cropped)
        return {distort.PICTURES: cropped} | drawn


class Plain:
    """Decoding to float32 [3, size, size] as served; the seed changes nothing."""

    def __init__(self, preprocessing: Preprocessing) -> None:
        self.preprocessing = preprocessing

    def __call__(self, data: bytes, name: str, seed: int = 0) -> Tensor:
        """Decode a picture. Raises ImageError, with `name` in its message."""
        picture = decode(data, self.preprocessing.resize_to, name)
        return torch.from_numpy(self.preprocessing(picture.image))


def view_of(run: Run, preprocessing: Preprocessing, device: torch.device) -> View:
    """Return how a run's workers make a photo's pixels, or what the device makes pixels of."""
    if run.data.augment != "published":
        return Plain(preprocessing)
    kind = Drawn if run.distorts_on(device.type) else Augmented
    return kind(preprocessing, run.data.antialias)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let torchvision draw from this seed in the block; afterwards torch's generator is as before.

    Only the CPU's is seeded: torch.manual_seed also seeds GPUs, and takes longer than decoding.
    """
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)


def upright(data: bytes, side: int, name: str) -> Tensor:
    """Return a photo's pixels, uint8 [3, H, W], turned as EXIF says. Raises ImageError, which names
    `name`."""
    if data.startswith(JPEG):
        packed = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        try:
            pixels: Tensor = io.decode_jpeg(
                packed, mode=io.ImageReadMode.RGB, apply_exif_orientation=True
            )
            return pixels
        except RuntimeError:
            pass  # cut short, or of a kind that torchvision does not read: Pillow decides
    picture = decode(data, side, name)
    result: Tensor = functional.pil_to_tensor(picture.image)
    return result
