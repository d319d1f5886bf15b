"""Define `Source` and `DecodedImage`, a decoder's input and output, and turn pictures upright."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from PIL import Image

from cercafoto.errors import ImageError
from cercafoto.photos.decoding import file_kind, memory_cost

if TYPE_CHECKING:
    from cercafoto.photos.facts import Facts

ORIENTATION = 0x0112
SWAPS_SIDES = {5, 6, 7, 8}  # EXIF orientations that swap width and height
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

ReserveMemory = Callable[[int], None]  # waits until this many bytes of memory may be used


@dataclass(frozen=True)
class Source:
    """A picture to decode, from a file or from memory.

    stream: the content, seekable, at the beginning.
    size: bytes of the content.
    path: path or name of the file, for its extension; b"" if unknown.
    name: what messages call the picture.
    """

    stream: BinaryIO
    size: int
    path: bytes
    name: str

    @property
    def kind(self) -> str:
        """The kind of the picture file, by `file_kind.kind`."""
        return file_kind.kind(self.stream, os.path.splitext(self.path)[1])


class Still(NamedTuple):
    """A frame of a video, upright RGB.

    start, end: its time in the video, and that of the next frame that differs, in seconds.
    """

    image: Image.Image
    start: float
    end: float


class Wanted(NamedTuple):
    """Which frames of a video to decode.

    most: how many at most, from all of the video.
    at: time in seconds of the only frame to decode; None for all frames that differ.
    """

    most: int = 1
    at: float | None = None


COVER = Wanted()  # the first frame


@dataclass(frozen=True)
class DecodedImage:
    """A decoded picture.

    image: upright RGB, perhaps smaller than the picture in the file.
    width, height: pixels of the full upright picture.
    orientation: the EXIF orientation in the file, 1 to 8.
    facts: the metadata.
    stills: the frames of a video, in order; the first is `image`.
    damaged: whether parts of a video could not be read.
    """

    image: Image.Image
    width: int
    height: int
    orientation: int
    facts: Facts
    stills: tuple[Still, ...] = ()
    damaged: bool = False


def reserve_or_refuse(
    needed: int, size: tuple[int, int], name: str, reserve: ReserveMemory
) -> None:
    """Wait, by calling `reserve`, until `needed` bytes of memory may be used.

    size, name: width and height of the picture and what to call it, for the message.

    Raises ImageError if `needed` is more than decoding may ever use.
    """
    if needed > memory_cost.MOST_BYTES:
        raise ImageError(f"{name}: troppo grande da decodificare ({size[0]}x{size[1]} pixel).")
    reserve(needed)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return a picture turned upright. orientation: EXIF orientation of its pixels, 1 to 8."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of a picture, 1 to 8; 1 if it has none or an invalid one."""
    value = image.getexif().get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
