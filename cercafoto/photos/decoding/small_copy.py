"""A small copy of a picture: no larger than a square, WebP."""

from __future__ import annotations

import io

from PIL import Image

from cercafoto.photos.preprocessing import fitting

QUALITY = 80  # about 25 kB for 480 pixels


def small_copy(image: Image.Image, full: tuple[int, int], side: int) -> bytes | None:
    """Make a copy that fits a square of `side` from a picture that was decoded for another use.

    full: width and height of the picture in its file, upright.

    None where `image` is too small for it.
    """
    size = fitting(full, side)
    if image.width < size[0] or image.height < size[1]:
        return None
    return webp(image.resize(size, Image.Resampling.LANCZOS))


def webp(picture: Image.Image) -> bytes:
    """Encode a picture as WebP."""
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=QUALITY, method=4)
    return stream.getvalue()
