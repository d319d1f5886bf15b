"""Whether a picture is without colour: black and white, or toned in one colour, as sepia is.

In such a picture the colour of a point depends on its brightness alone. So the points are parted
by brightness, and of each part nearly all must have the same little colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

# Points are taken from so many places a side: 9,216, of which a red light at night takes some tens.
SIDE = 96
BANDS = 16  # of brightness
# Of red-minus-brightness and blue-minus-brightness, in 8 bits: how far a point may be from the
# middle one of its band; how far that may be from grey; which share of the points may be farther.
# Measured on 2,400 photos: every plain black and white one is found, two of seven toned ones; wrong
# are two of dusk and snow, which have no colour to the eye either.
MAX_SPREAD, MAX_TINT, MAX_STRAYS = 4, 28, 0.002


def is_monochrome(image: Image.Image) -> bool:
    """Tell whether an RGB picture is without colour. Takes a third of a millisecond."""
    small = image.resize((SIDE, SIDE), Image.Resampling.NEAREST).convert("YCbCr")
    brightness, *colours = small.split()
    strays = 0
    for band in range(BANDS):
        low, high = 256 * band // BANDS, 256 * (band + 1) // BANDS
        within = brightness.point([255 * (low <= value < high) for value in range(256)])
        for colour in colours:
            counts = colour.histogram(within)
            middle = _median(counts)
            if abs(middle - 128) > MAX_TINT:
                strays += sum(counts)
            else:
                strays += sum(counts) - sum(
                    counts[max(0, middle - MAX_SPREAD) : middle + MAX_SPREAD + 1]
                )
        if strays > MAX_STRAYS * SIDE * SIDE:
            return False
    return True


def _median(counts: Sequence[int]) -> int:
    half, passed = sum(counts) / 2, 0
    for value, count in enumerate(counts):
        passed += count
        if passed >= half and count:
            return value
    return 128
