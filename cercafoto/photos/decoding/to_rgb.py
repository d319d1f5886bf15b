"""Convert pixels of any mode to 8-bit sRGB.

Transparent pixels become white, 16 bits and floats are scaled to 8 bits, and the colour profile is
applied. A picture much larger than needed is shrunk band by band first, so that memory never holds
a second full-size copy.
"""

from __future__ import annotations

import math
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageCms

WHITE = (255, 255, 255)
BAND = 4_000_000  # pixels converted at a time
LARGEST_PROFILE = 4 * 1024 * 1024  # bytes; real ones are 0.5 to 2,000 KB


def to_rgb(image: Image.Image, side: int | None = None) -> Image.Image:
    """Return a loaded picture of any mode as sRGB.

    side: shrink the picture so that its short side keeps at least this many pixels; None to keep
        the size.
    """
    factor = max(1, min(image.size) // side) if side else 1
    scale = _scale(image)
    small = _plain(image, scale) if factor == 1 else _shrunk(image, scale, factor)
    return _as_screens_show(small, image.info.get("icc_profile"))


def _shrunk(image: Image.Image, scale: float, factor: int) -> Image.Image:
    """Return the picture at about 1/factor of its size: each new pixel is the mean of its area."""
    width, height = image.width // factor, image.height // factor
    step = image.height / height  # source rows per result row, perhaps not a whole number
    rows = max(1, int(BAND / (image.width * step)))
    small = None
    for top in range(0, height, rows):
        count = min(rows, height - top)
        first, last = top * step, (top + count) * step
        start, end = int(first), min(image.height, math.ceil(last))
        band = _plain(image.crop((0, start, image.width, end)), scale)
        box = (0.0, first - start, float(image.width), min(last, end) - start)
        band = band.resize((width, count), Image.Resampling.BOX, box)
        small = small or Image.new(band.mode, (width, height))
        small.paste(band, (0, top))
    assert small is not None
    return small


def _scale(image: Image.Image) -> float:
    """Return the factor that brings the values of a picture to 0..255; 1 for pictures of 8 bits."""
    if image.mode not in {"I", "F"} and not image.mode.startswith("I;16"):
        return 1.0
    if image.mode != "F":
        return 255.0 / 65535.0
    top = float(image.getextrema()[1])  # type: ignore[arg-type]
    return 255.0 if top <= 1.0 else 1.0 if top <= 255.0 else 255.0 / 65535.0


def _plain(image: Image.Image, scale: float) -> Image.Image:
    """Return the picture as L, RGB, CMYK or LAB, in eight bits, transparent pixels on white."""
    if image.mode in {"L", "RGB", "CMYK", "LAB"} and "transparency" not in image.info:
        return image
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        import numpy as np  # late: hardly any photo needs it

        values = np.nan_to_num(np.asarray(image, dtype=np.float32))
        return Image.fromarray(np.clip(values * scale, 0, 255).astype(np.uint8))
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, WHITE)
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image.convert("L" if image.mode == "1" else "RGB")


def _as_screens_show(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture as sRGB. profile: ICC profile, ignored if broken or of another mode."""
    if profile and len(profile) <= LARGEST_PROFILE:
        try:
            transform = _transform(profile, image.mode)
            return image if transform is None else _applied(image, transform)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    if image.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return _applied(image, ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB"))
    return image if image.mode == "RGB" else image.convert("RGB")  # convert always copies


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    result = ImageCms.applyTransform(image, transform)
    assert result is not None  # it is None only with inPlace=True
    return result


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from a profile to sRGB, None if the profile is sRGB.

    Cached, since cameras write few different profiles.
    """
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    if mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
        return None
    return ImageCms.buildTransform(source, _srgb(), mode, "RGB")


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
