"""Preprocessing of pictures for a model: one, shared by training and serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

# As Pillow calls them, in lower case.
INTERPOLATIONS = frozenset(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])

WHOLE = "whole"


@dataclass(frozen=True)
class Preprocessing:
    """Preprocessing of pictures for a model, as `model.json` says under "image".

    size: side of the square input, pixels.
    resize: "shortest" (the short side becomes `resize_to`, then a centred crop of `size`) or
        "exact" (squeezed to a square of `size`); WHOLE for those who look at all of a picture, as
        no model does (it fits a square of `size`, and is never enlarged).
    mean, std: per channel, on values in 0..1.
    """

    size: int
    resize: str
    resize_to: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessing:
        """Read a description. Raises ValueError or KeyError for one that we cannot apply."""
        if data["resize"] not in {"shortest", "exact"}:
            raise ValueError(f"unknown resize {data['resize']!r}")
        if data["interpolation"] not in INTERPOLATIONS:
            raise ValueError(f"unknown interpolation {data['interpolation']!r}")
        red, green, blue = data["mean"]
        std_red, std_green, std_blue = data["std"]
        return cls(
            size=int(data["size"]),
            resize=data["resize"],
            resize_to=int(data["resize_to"]),
            interpolation=data["interpolation"],
            mean=(float(red), float(green), float(blue)),
            std=(float(std_red), float(std_green), float(std_blue)),
        )

    def crop(self, image: Image.Image, full: tuple[int, int] | None = None) -> Image.Image:
        """Resize and crop an RGB picture to `size` x `size`, or as `fitting` says where it is to
        stay whole.

        full: width and height of the picture in its file, where `image` was decoded smaller.
        """
        from PIL.Image import Resampling  # late: a search by words sees no picture

        width, height = image.size
        resample = Resampling[self.interpolation.upper()]
        if self.resize == WHOLE:
            target = fitting(full or image.size, self.size)
            return image if target == image.size else image.resize(target, resample)
        if self.resize == "exact":
            target = (self.size, self.size)
        else:
            short = min(width, height)
            target = (
                max(self.size, int(self.resize_to * width / short)),
                max(self.size, int(self.resize_to * height / short)),
            )
        if target != image.size:
            image = image.resize(target, resample)
        left = (image.width - self.size) // 2
        top = (image.height - self.size) // 2
        if (image.width, image.height) != (self.size, self.size):
            image = image.crop((left, top, left + self.size, top + self.size))
        return image

    def normalised(self, pictures: Sequence[bytes]) -> NDArray[np.float32]:
        """Normalise cropped pictures, RGB bytes each: float32 [N, 3, size, size]."""
        import numpy as np  # late: the processes that decode never come here

        shape = (len(pictures), self.size, self.size, 3)
        pixels = np.frombuffer(b"".join(pictures), np.uint8).reshape(shape)
        result = np.empty((len(pictures), 3, self.size, self.size), np.float32)
        # A channel at a time: the whole at once would be gone through six times and not two.
        for channel, (mean, std) in enumerate(zip(self.mean, self.std, strict=True)):
            plane = result[:, channel]
            np.subtract(pixels[..., channel], np.float32(mean * 255.0), out=plane)
            plane *= np.float32(1.0 / (std * 255.0))
        return result

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """Crop and normalise an upright RGB picture: float32 [3, size, size]."""
        result: NDArray[np.float32] = self.normalised([self.crop(image).tobytes()])[0]
        return result


def fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the width and height of a picture that is to fit a square; it is never enlarged."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
