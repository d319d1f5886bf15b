"""Estimate from a picture's header how much memory decoding it will take.

The estimates bound how much is decoded at the same time, and refuse a picture that would not fit.
The figures were measured on pictures of 12 and 40 megapixels and rounded up.
"""

from __future__ import annotations

from PIL import Image, ImageFile

# The most memory for one picture, and for all that are decoded at the same time. The model and the
# processes themselves take some 600 MB more.
MOST_BYTES = 640_000_000

# Bytes per sensor pixel for developing a RAW at half size: 2 for the data read, 2 for four channels
# of a quarter of the pixels, the rest for the result. Not measured.
RAW_BYTES = 6
# Bytes per pixel for decoding JPEG XL.
JXL_BYTES = 14
# Bytes per pixel for decoding a video: six pictures of two bytes. Not measured.
VIDEO_BYTES = 12

# Bytes per pixel for the decoder's own buffers, in addition to the decoded picture.
_BESIDE = {"WEBP": 12, "HEIF": 8, "AVIF": 10, "JPEG2000": 16, "GIF": 4}
_COEFFICIENT = 2  # bytes
_ROWS_PER_STRIP = 278


def of(image: ImageFile.ImageFile, full: tuple[int, int], file_size: int) -> int:
    """Return the estimated bytes of memory for loading an opened picture.

    full: width and height before any `draft`.
    file_size: bytes of the picture's file.
    """
    pixels = image.width * image.height
    if image.format == "JPEG2000" and isinstance(image.reduce, int):
        pixels >>= 2 * image.reduce  # both sides are halved `reduce` times
    total = pixels * _depth(image.mode)
    if image.format in {"JPEG", "MPO"}:
        return total + (_coefficients(image, full) if "progressive" in image.info else 0)
    if image.format == "TIFF" and image.info.get("compression") != "raw":
        rows = image.tag_v2.get(_ROWS_PER_STRIP, image.height)  # type: ignore[attr-defined]
        rows = min(rows, image.height) if isinstance(rows, int) else image.height
        total += file_size + _depth(image.mode) * image.width * rows
    return total + pixels * _BESIDE.get(image.format or "", 0)


def _depth(mode: str) -> int:
    """Return how many bytes Pillow keeps for a pixel of a mode."""
    if mode.startswith("I;16"):
        return 2
    return 1 if mode in {"1", "L", "P"} else 4


def _coefficients(image: Image.Image, full: tuple[int, int]) -> int:
    """Return the estimated bytes of a progressive JPEG's coefficients, kept at the size `full`."""
    layers = [(across, down) for _, across, down, _ in getattr(image, "layer", [])]
    if not layers:
        return 3 * _COEFFICIENT * full[0] * full[1]
    most = max(across for across, _ in layers) * max(down for _, down in layers)
    share = sum(across * down for across, down in layers) / most
    return int(full[0] * full[1] * share * _COEFFICIENT)
