"""A RAW file of an invented camera: a DNG with a red and a blue half."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tests.support.tiff_file import (
    ASCII,
    BITS,
    BYTE,
    CFA,
    COMPRESSION,
    HEIGHT,
    LONG,
    ORIENTATION,
    PHOTOMETRIC,
    RATIONAL,
    SAMPLES,
    SHORT,
    SIGNED_RATIONAL,
    WIDTH,
    Tags,
    tiff,
)

SIZE = (240, 160)


def dng(
    orientation: int = 1, preview: tuple[int, int] | None = None, says: int | None = None
) -> bytes:
    """Return a DNG whose sensor pixels are red on the left, blue on the right.

    preview: size of the preview, which is green to differ from a development.
    says: the orientation in the preview's own EXIF."""
    width, height = SIZE
    mosaic = np.zeros((height, width), np.uint16)
    mosaic[0::2, 0 : width // 2 : 2] = 50_000  # the red cells of RGGB
    mosaic[1::2, width // 2 + 1 :: 2] = 50_000  # the blue ones
    sensor: Tags = {
        254: (LONG, [0]),
        WIDTH: (LONG, [width]),
        HEIGHT: (LONG, [height]),
        BITS: (SHORT, [16]),
        COMPRESSION: (SHORT, [1]),
        PHOTOMETRIC: (SHORT, [CFA]),
        SAMPLES: (SHORT, [1]),
        33421: (SHORT, [2, 2]),
        33422: (BYTE, [0, 1, 1, 2]),
        50717: (LONG, [65535]),
    }
    camera: Tags = {
        271: (ASCII, b"Prova\0"),
        272: (ASCII, b"Prova 1\0"),
        ORIENTATION: (SHORT, [orientation]),
        50706: (BYTE, [1, 4, 0, 0]),
        50708: (ASCII, b"Prova 1\0"),
        50721: (SIGNED_RATIONAL, [(int(i in (0, 4, 8)), 1) for i in range(9)]),
        50728: (RATIONAL, [(1, 1), (1, 1), (1, 1)]),
        50778: (SHORT, [21]),
    }
    if preview is None:
        return tiff(sensor | camera, mosaic.tobytes())
    stream = io.BytesIO()
    exif = Image.Exif()
    if says is not None:
        exif[ORIENTATION] = says
    Image.new("RGB", preview, (10, 250, 10)).save(stream, "JPEG", exif=exif)
    small: Tags = {
        254: (LONG, [1]),
        WIDTH: (LONG, [preview[0]]),
        HEIGHT: (LONG, [preview[1]]),
        BITS: (SHORT, [8, 8, 8]),
        COMPRESSION: (SHORT, [7]),
        PHOTOMETRIC: (SHORT, [6]),
        SAMPLES: (SHORT, [3]),
    }
    return tiff(small | camera, stream.getvalue(), (sensor, mosaic.tobytes()))
