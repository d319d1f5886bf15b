"""Resize, crop and normalise pictures for a model, the same way in training and in serving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

# Pillow's names in lower case.
INTERPOLATIONS = frozenset(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])

WHOLE = "whole"


class Preprocessing(NamedTuple):
    """How a model wants its pictures, as `model.json` says under "image".

    size: side of the model's square input in pixels.
    resize: "shortest": the short side becomes `resize_to`, then the centre `size` x `size` is cut
        out. "exact": the picture is squeezed to `size` x `size`. WHOLE, for uses other than a
        model: the picture is shrunk to fit into `size` x `size` and not cropped.
    mean, std: mean and standard deviation of each channel, for values in 0..1.
    """

    size: int
    resize: str
    resize_to: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessing:
        """Return the preprocessing in `data`, the value of "image" in `model.json`.

        Raises KeyError if a value is missing, ValueError if a value is not supported.
        """
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
        """Return an RGB picture, resized and cropped to `size` x `size`; for WHOLE only shrunk.

        full: width and height of the picture in its file, if `image` was decoded smaller.
        """
        from PIL.Image import Resampling  # late: a search by words needs no Pillow

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
        """Return the model's input: [N, 3, size, size]. pictures: RGB bytes of cropped pictures."""
        import numpy as np  # late: decoding processes do not need it

        shape = (len(pictures), self.size, self.size, 3)
        pixels = np.frombuffer(b"".join(pictures), np.uint8).reshape(shape)
        result = np.empty((len(pictures), 3, self.size, self.size), np.float32)
        # A channel at a time: this passes over the memory twice instead of six times.
        for channel, (mean, std) in enumerate(zip(self.mean, self.std, strict=True)):
            plane = result[:, channel]
            np.subtract(pixels[..., channel], np.float32(mean * 255.0), out=plane)
            plane *= np.float32(1.0 / (std * 255.0))
        return result

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """Return an upright RGB picture cropped and normalised: float32 [3, size, size]."""
        result: NDArray[np.float32] = self.normalised([self.crop(image).tobytes()])[0]
        return result


def fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return `size` (width, height) shrunk to fit into a square of `side`; it is never enlarged."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
