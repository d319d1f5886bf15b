"""Memory that decoding a picture will take, estimated from its header alone.

The figures were measured on pictures of 12 and 40 megapixels and rounded up; they bound what is
decoded at the same time, and refuse what would not fit by itself.
"""

from __future__ import annotations

from PIL import Image, ImageFile

# The most that one picture may take, and all that are decoded at the same time together. Beside
# it there are the model and the processes themselves, some 600 MB.
MOST_BYTES = 640_000_000

# What the RAW developer takes per pixel of the sensor, at half size: 2 for what was read, 2 for
# four channels of a quarter of the pixels, the rest for the result. Not measured.
RAW_BYTES = 6
# What the JPEG XL decoder takes per pixel.
JXL_BYTES = 14

# Bytes per pixel beside the decoded picture: the decoder's own buffers.
_BESIDE = {"WEBP": 12, "HEIF": 8, "AVIF": 10, "JPEG2000": 16, "GIF": 4}
_COEFFICIENT = 2  # bytes
_ROWS_PER_STRIP = 278


def of(image: ImageFile.ImageFile, full: tuple[int, int], file_size: int) -> int:
    """Estimate the bytes for an opened picture that is not loaded yet.

    full: its size before any `draft`.
    """
    pixels = image.width * image.height
    if image.format == "JPEG2000" and isinstance(image.reduce, int):
        pixels >>= 2 * image.reduce  # so often both sides are halved
    total = pixels * _depth(image.mode)
    if image.format in {"JPEG", "MPO"}:
        return total + (_coefficients(image, full) if "progressive" in image.info else 0)
    if image.format == "TIFF" and image.info.get("compression") != "raw":
        rows = image.tag_v2.get(_ROWS_PER_STRIP, image.height)  # type: ignore[attr-defined]
        rows = min(rows, image.height) if isinstance(rows, int) else image.height
        total += file_size + _depth(image.mode) * image.width * rows
    return total + pixels * _BESIDE.get(image.format or "", 0)


def _depth(mode: str) -> int:
    """Return the bytes that Pillow keeps per pixel."""
    if mode.startswith("I;16"):
        return 2
    return 1 if mode in {"1", "L", "P"} else 4


def _coefficients(image: Image.Image, full: tuple[int, int]) -> int:
    """Estimate the bytes of a progressive JPEG, decoded from all coefficients at full size."""
    layers = [(across, down) for _, across, down, _ in getattr(image, "layer", [])]
    if not layers:
        return 3 * _COEFFICIENT * full[0] * full[1]
    most = max(across for across, _ in layers) * max(down for _, down in layers)
    share = sum(across * down for across, down in layers) / most
    return int(full[0] * full[1] * share * _COEFFICIENT)
