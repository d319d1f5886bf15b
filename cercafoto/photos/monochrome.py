"""Find out whether a picture is monochrome: black and white, or in one colour such as sepia.

In such a picture a pixel's colour depends only on its brightness. So the pixels are grouped by
brightness, and within each group almost all must have nearly the same, weak colour.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from PIL import Image

# The picture is sampled at 96 x 96 pixels; a red light at night covers some tens of them.
SIDE = 96
BANDS = 16  # groups of brightness
# In 8-bit Cb and Cr: how far a pixel may be from the median of its group, how far the median may be
# from grey, and what share of pixels may exceed this. Measured on 2,400 photos: all plain black and
# white photos are found, and two of seven toned ones. Two colour photos are called monochrome, of
# dusk and of snow, which look colourless to the eye too.
MAX_SPREAD, MAX_TINT, MAX_STRAYS = 4, 28, 0.002


def is_monochrome(image: Image.Image) -> bool:
    """Whether an RGB picture is monochrome. Takes a third of a millisecond."""
    small = image.resize((SIDE, SIDE), Image.Resampling.NEAREST).convert("YCbCr")
    brightness, *colours = small.split()
    strays = 0
    for band in range(BANDS):
        low, high = 256 * band // BANDS, 256 * (band + 1) // BANDS
        within = brightness.point([255 * (low <= value < high) for value in range(256)])
        for colour in colours:
            counts = colour.histogram(within)
            middle = bisect_left(list(accumulate(counts)), sum(counts) / 2)  # the median
            if abs(middle - 128) > MAX_TINT:
                strays += sum(counts)
            else:
                strays += sum(counts) - sum(
                    counts[max(0, middle - MAX_SPREAD) : middle + MAX_SPREAD + 1]
                )
        if strays > MAX_STRAYS * SIDE * SIDE:
            return False
    return True
