"""A hash of 64 bits by which a picture is known again after it was shrunk and compressed."""

from __future__ import annotations

import numpy as np
from PIL import Image

ACROSS, DOWN = 9, 8
# Most bits that may differ. Of 1,405 originals none differs from our copy in more than 4; of 106
# million pairs of different photos 577 differ in 6 or fewer (docs/mini-data.md).
NEAR = 6


def difference_hash(image: Image.Image) -> int:
    """Return whether each of 8 x 8 areas of the picture is darker than the next to the right, a bit
    an area. The aspect ratio does not count."""
    size = (ACROSS, DOWN)
    grey = np.asarray(image.convert("L").resize(size, Image.Resampling.BILINEAR), np.int16)
    bits = np.packbits(grey[:, 1:] > grey[:, :-1])
    return int.from_bytes(bits.tobytes(), "big")


def bits_apart(first: int, second: int) -> int:
    """Return in how many bits two hashes differ."""
    return (first ^ second).bit_count()
