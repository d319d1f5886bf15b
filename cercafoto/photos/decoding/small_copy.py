"""Make a small WebP copy of a picture, which fits into a square."""

from __future__ import annotations

import io

from PIL import Image

from cercafoto.photos.preprocessing import fitting

QUALITY = 80  # about 25 kB for 480 pixels


def small_copy(image: Image.Image, full: tuple[int, int], side: int) -> bytes | None:
    """Return a WebP copy that fits into a square of `side` pixels; None if `image` is smaller than
    that copy.

    image: the picture, perhaps decoded smaller than its file.
    full: width and height of the upright picture in its file.
    """
    size = fitting(full, side)
    if image.width < size[0] or image.height < size[1]:
        return None
    return webp(image.resize(size, Image.Resampling.LANCZOS))


def webp(picture: Image.Image) -> bytes:
    """Return the bytes of a picture as a WebP file."""
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=QUALITY, method=4)
    return stream.getvalue()
