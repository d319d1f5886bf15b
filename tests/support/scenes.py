"""Detailed pictures drawn from a seed, and copies as people and programs make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance, ImageOps


def scene(seed: int, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Draw a picture of soft blobs on grey; each seed gives another picture."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(20, 236, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def compressed(image: Image.Image, quality: int = 85) -> Image.Image:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    stream.seek(0)
    return Image.open(stream).convert("RGB")


def half(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def trimmed(image: Image.Image, part: float, chance: np.random.Generator) -> Image.Image:
    """Return the image without `part` of its width and height, cut off at random sides."""
    width, height = int(image.width * (1 - part)), int(image.height * (1 - part))
    x = int(chance.integers(0, image.width - width + 1))
    y = int(chance.integers(0, image.height - height + 1))
    return image.crop((x, y, x + width, y + height))


def moved(image: Image.Image, part: float, chance: np.random.Generator) -> Image.Image:
    """Return the image with one piece, `part` of its width and height, also drawn beside itself: as
    in the next shot of a series, after a subject moved."""
    image = image.copy()
    width, height = int(image.width * part), int(image.height * part)
    x = int(chance.integers(0, image.width - 2 * width + 1))
    y = int(chance.integers(0, image.height - height + 1))
    piece, aside = (x, x + width) if chance.random() < 0.5 else (x + width, x)
    image.paste(image.crop((piece, y, piece + width, y + height)), (aside, y))
    return image


Change = Callable[[Image.Image, np.random.Generator], Image.Image]

COPIES: dict[str, Change] = {
    "JPEG quality 40": lambda i, c: compressed(i, 40),
    "half size": lambda i, c: compressed(half(i)),
    "5 % trimmed": lambda i, c: compressed(trimmed(i, 0.05, c)),
    "brightness +15 %": lambda i, c: compressed(ImageEnhance.Brightness(i).enhance(1.15)),
    "grey": lambda i, c: compressed(ImageOps.grayscale(i).convert("RGB")),
    "mirrored": lambda i, c: compressed(ImageOps.mirror(i)),
    "3 % trimmed, half, +10 %, q50": lambda i, c: compressed(
        ImageEnhance.Brightness(half(trimmed(i, 0.03, c))).enhance(1.1), 50
    ),
}
MOMENTS: dict[str, Change] = {
    f"a piece of {part:.0%} x {part:.0%} moved": lambda i, c, part=part: compressed(
        moved(i, part, c), 90
    )
    for part in (0.30, 0.20, 0.12)
}


def all_of(
    changes: dict[str, Change], image: Image.Image, seed: int
) -> Iterator[tuple[str, Image.Image]]:
    for name, change in changes.items():
        yield name, change(image, np.random.default_rng(seed))
