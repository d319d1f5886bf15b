"""From the bytes of a picture to upright RGB pixels, metadata, and a model's input.

A photo is opened read-only and read once: its content hash and its pixels come from the same
bytes. The preprocessing here is the only one in the project; training and serving share it.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cercafoto.errors import ImageError
from cercafoto.facts import Facts

# Pillow complains of malformed tags through logging, which would reach the terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Pillow's own guard looks at the size in the header, before a JPEG's DCT scaling; ours looks at
# what would really be decoded, so a 500-megapixel JPEG is read and a gigapixel PNG is refused.
Image.MAX_IMAGE_PIXELS = None
MAX_DECODED_PIXELS = 180_000_000

# Decode at twice the network's input or more: 4.5 times faster than a full decode on a
# 12-megapixel JPEG, and the input that results has cosine 0.99997 with the full one's.
DRAFT_FACTOR = 2

ORIENTATION = 0x0112
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Preprocessing:
    """How a model wants its pictures, as `model.json` says under "image".

    size: side of the square input, pixels. resize: "shortest" (the short side becomes
    `resize_to`, then a centred crop of `size`) or "exact" (squeezed to a square of `size`).
    mean, std: per channel, on values in 0..1.
    """

    size: int
    resize: str
    resize_to: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessing:
        """Raises ValueError or KeyError where the description is not one that we can apply."""
        if data["resize"] not in {"shortest", "exact"}:
            raise ValueError(f"unknown resize {data['resize']!r}")
        if data["interpolation"] not in _RESAMPLING:
            raise ValueError(f"unknown interpolation {data['interpolation']!r}")
        red, green, blue = data["mean"]
        std_red, std_green, std_blue = data["std"]
        return cls(
            size=int(data["size"]),
            resize=data["resize"],
            resize_to=int(data["resize_to"]),
            interpolation=data["interpolation"],
            mean=(float(red), float(green), float(blue)),
            std=(float(std_red), float(std_green), float(std_blue)),
        )

    def crop(self, image: Image.Image) -> Image.Image:
        """Resize and crop an RGB picture to `size` x `size`."""
        width, height = image.size
        resample = _RESAMPLING[self.interpolation]
        if self.resize == "exact":
            target = (self.size, self.size)
        else:
            short = min(width, height)
            target = (
                max(self.size, int(self.resize_to * width / short)),
                max(self.size, int(self.resize_to * height / short)),
            )
        if target != image.size:
            image = image.resize(target, resample)
        left = (image.width - self.size) // 2
        top = (image.height - self.size) // 2
        if (image.width, image.height) != (self.size, self.size):
            image = image.crop((left, top, left + self.size, top + self.size))
        return image

    def __call__(self, image: Image.Image) -> NDArray[np.float32]:
        """An upright RGB picture -> float32 [3, size, size], normalised."""
        pixels = np.asarray(self.crop(image), dtype=np.float32)
        mean = np.array(self.mean, dtype=np.float32) * 255.0
        scale = 1.0 / (np.array(self.std, dtype=np.float32) * 255.0)
        return np.ascontiguousarray(((pixels - mean) * scale).transpose(2, 0, 1))


@dataclass(frozen=True)
class Photo:
    """One picture, read. width and height are those of the full picture, upright, in pixels;
    facts: what the file says of itself, None where the caller knew that already. size and
    mtime_ns are those of the very bytes that were read. pixels is None where the caller knew the
    content already."""

    digest: bytes
    size: int
    mtime_ns: int
    width: int = 0
    height: int = 0
    orientation: int = 1
    facts: Facts | None = None
    pixels: NDArray[np.float32] | None = None


def read_photo(
    path: bytes | str | Path,
    preprocessing: Preprocessing,
    known: Callable[[bytes], bool] = lambda digest: False,
    described: Callable[[bytes], bool] = lambda digest: False,
) -> Photo:
    """Read a file once: SHA-256 of its content (32 bytes), metadata, and float32
    [3, size, size] pixels. A content that is `known` is not decoded; when it is `described` too,
    its metadata is not read either.

    Raises ImageError, with the path in its message, for a file that is not a picture, is cut
    short or damaged, is too large to decode safely, changes while it is read, or cannot be read.
    """
    name = printable(path)
    try:
        # No context manager over Path here: a path may hold bytes that are not UTF-8.
        with open(path, "rb") as stream:
            status = os.fstat(stream.fileno())
            data = stream.read()
            after = os.fstat(stream.fileno())
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or "memoria insufficiente"
        raise ImageError(f"{name}: non si può leggere ({reason}).") from error
    if (len(data), after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        raise ImageError(f"{name}: il file è cambiato mentre veniva letto.")
    digest = hashlib.sha256(data).digest()
    if known(digest):
        facts = None if described(digest) else describe(data)
        return Photo(digest, status.st_size, status.st_mtime_ns, facts=facts)
    image, found = decode(data, preprocessing.resize_to, name)
    return Photo(digest, status.st_size, status.st_mtime_ns, pixels=preprocessing(image), **found)


def describe(data: bytes) -> Facts:
    """The metadata of a picture whose pixels are not needed; none where it cannot be read."""
    from cercafoto import metadata  # late: a search reads no metadata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data))
            if image.format == "PNG" and image.width * image.height <= MAX_DECODED_PIXELS:
                image.load()  # what a PNG says of itself may come after its pixels
            return metadata.read(image, data)
    except MemoryError:
        raise
    except Exception:
        return Facts()


def open_upright(path: Path, side: int) -> Image.Image:
    """The picture in `path`, upright RGB, its short side at least `side` pixels where it has
    them (a JPEG is decoded no larger than needed). Raises ImageError as `read_photo` does."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: non si può leggere ({error.strerror}).") from error
    return decode(data, side, str(path))[0]


def decode(data: bytes, side: int, name: str) -> tuple[Image.Image, dict[str, Any]]:
    """Bytes -> upright RGB picture, and width, height, orientation, facts.

    Raises ImageError; `name` is the path that its message gives.
    """
    from cercafoto import metadata  # late: a search reads no metadata

    if not data:
        raise ImageError(f"{name}: il file è vuoto.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # malformed metadata is common and harmless here
            image = Image.open(io.BytesIO(data))
            width, height = image.size
            exif = image.getexif()
            orientation = _orientation(exif)
            image.draft("RGB", (side * DRAFT_FACTOR, side * DRAFT_FACTOR))
            if image.width * image.height > MAX_DECODED_PIXELS:
                raise ImageError(f"{name}: troppo grande da decodificare ({width}x{height} pixel).")
            image.load()
            facts = metadata.read(image, data)
            # Some decoders (TIFF's) turn the picture themselves and then say so: what is left
            # to turn is what EXIF says after loading.
            sideways = _orientation(image.getexif()) in SIDEWAYS
            upright = ImageOps.exif_transpose(to_rgb(image))
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: non è un'immagine che si possa leggere.") from error
    except ImageError:
        raise
    except Exception as error:
        # Decoders raise nearly anything on malformed input (OSError, SyntaxError, ValueError,
        # struct.error, IndexError...); each costs this picture and no other.
        raise ImageError(f"{name}: immagine danneggiata o incompleta ({error}).") from error
    if sideways:
        width, height = height, width
    return upright, {
        "width": width,
        "height": height,
        "orientation": orientation,
        "facts": facts,
    }


def to_rgb(image: Image.Image) -> Image.Image:
    """Any Pillow mode -> RGB: transparency over white, 16 bits and floats scaled to 8."""
    if image.mode == "RGB":
        return image
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        values = np.asarray(image, dtype=np.float32)
        top = 65535.0 if image.mode != "F" or values.max(initial=0.0) > 255.0 else 255.0
        if image.mode == "F" and values.max(initial=0.0) <= 1.0:
            top = 1.0
        grey = np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)
        converted = Image.fromarray(grey).convert("RGB")
    elif image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        converted = Image.new("RGB", rgba.size, (255, 255, 255))
        converted.paste(rgba, mask=rgba.getchannel("A"))
    else:
        converted = image.convert("RGB")
    if ORIENTATION in (exif := image.getexif()):
        converted.info.setdefault("exif", exif.tobytes())
    return converted


def _orientation(exif: Image.Exif) -> int:
    value = exif.get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def printable(path: bytes | str | Path) -> str:
    """A path as it can be shown on one line: what is not valid text, and control characters,
    become escapes."""
    text = os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
