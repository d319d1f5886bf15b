"""Find the part of a photo, or of a frame of a video, that matches a text (`dove`). The file need
not be in an archive."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from cercafoto.base.json_keys import MODEL, Key, json_keys
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.read_file import MOST_FRAMES
from cercafoto.photos.thumbnails import Shrinker, Shrunk
from cercafoto.results.answer import confidence_word
from cercafoto.search.covering import locate_by_covering
from cercafoto.search.heat_map import Heat, heat_of, heat_picture
from cercafoto.search.phrase import phrase_of
from cercafoto.search.thing_boxes import with_boxes

# The map is drawn on a copy of the photo whose longer side has at most so many pixels: the map is
# coarse, and a PNG of the whole photo would be many times as large as the photo.
LONGEST = 2000
# A box larger than this share of the photo is called "almost the whole photo".
WHOLE_PHOTO = 0.6


@json_keys("x y width height where")
class PlacedBox(NamedTuple):
    """A box on a photo: its left upper corner and its size in pixels, and in Italian where it
    is."""

    x: int
    y: int
    width: int
    height: int
    where: str


@json_keys(
    Key("photo", lambda region: str(region.photo)),
    "text",
    MODEL,
    "method width height",
    Key("start", "at", digits=3, unless=None),
    Key("confidence", digits=4),
    "word",
    Key("doubted", unless=()),
    Key("box", "surest"),
    Key("boxes", "placed"),
)
@dataclass(frozen=True)
class PhotoRegion:
    """Where in a photo a text matches, if anywhere.

    covering: whether the part was found by covering parts of the photo, not by patch vectors.
    width, height: size of the upright photo in pixels.
    image: the photo, upright RGB, perhaps reduced.
    at: of a video, the time in seconds of the frame that was looked at; None for a photo.
    """

    photo: Path | PipedPicture
    text: str
    model: str
    fingerprint: str
    covering: bool
    width: int
    height: int
    heat: Heat
    image: Image.Image
    at: float | None = None

    @property
    def confidence(self) -> float:
        return self.heat.confidence

    @property
    def word(self) -> str:
        return confidence_word(self.confidence)

    @property
    def is_likely(self) -> bool:
        return self.heat.is_likely

    @property
    def doubted(self) -> tuple[str, ...]:
        return self.heat.doubted

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """The surest of `boxes`; None if no part stands out."""
        return next(iter(self.boxes), None)

    @property
    def boxes(self) -> list[tuple[int, int, int, int]]:
        """Left, top, right and bottom in pixels, the surest first; [] if no part stands out."""
        return [box.pixels((self.width, self.height)) for box in self.heat.boxes]

    @property
    def method(self) -> str:
        """How the boxes were found, a word for programs."""
        if self.covering:
            return "occlusion"
        return "things" if self.heat.things else "patches"

    @property
    def placed(self) -> list[PlacedBox]:
        """`boxes`, with where they are."""
        size = (self.width, self.height)
        return [
            PlacedBox(x, y, right - x, bottom - y, where((x, y, right, bottom), size))
            for x, y, right, bottom in self.boxes
        ]

    @property
    def surest(self) -> PlacedBox | None:
        """The first of `placed`; None if no part stands out."""
        return next(iter(self.placed), None)

    def map(self, format: str = "PNG") -> bytes:
        """Return the bytes of an image file that shows the photo with the map and the box over it.

        format: name of the file's format in Pillow.
        """
        stream = BytesIO()
        heat_picture(self.image, self.heat).save(stream, format, quality=90)
        return stream.getvalue()


def where(box: tuple[int, int, int, int], size: tuple[int, int]) -> str:
    """Return where the middle of a box is, in Italian: one of nine places ("in alto a destra"). For
    a box larger than WHOLE_PHOTO of the photo, return "quasi tutta la foto".

    box: left, top, right, bottom in pixels.
    size: width and height of the photo in pixels.
    """
    left, top, right, bottom = box
    width, height = size
    if (right - left) * (bottom - top) > WHOLE_PHOTO * width * height:
        return "quasi tutta la foto"
    across = min(int(3 * (left + right) / 2 / width), 2)
    down = min(int(3 * (top + bottom) / 2 / height), 2)
    side = ("a sinistra", "al centro", "a destra")[across]
    if down == 1:
        return side
    return f"{'in alto' if down == 0 else 'in basso'} {side}"


def find_in_photo(
    encoder: Encoder,
    photo: Path | PipedPicture,
    text: str,
    covering: bool = False,
    at: float | None = None,
) -> PhotoRegion:
    """Return the part of a photo that matches `text`.

    covering: find it by covering parts of the photo, not by the model's vectors of patches.
    at: of a video, the time in seconds of the frame to look at; None for the frame that matches
        `text` best, or for the first one if the video is no file.

    Raises UsageError (no words), ImageError, ModelError (the model gives no vectors of patches).
    """
    text = " ".join(text.split())
    if not text:
        raise UsageError(
            "Mancano le parole da cercare nella foto.",
            'Per esempio: cercafoto dove "un gatto" foto.jpg',
        )
    if at is None and isinstance(photo, Path) and is_video(os.fsencode(photo)):
        at = _best_frame(encoder, photo, text)
    _, image, width, height, at = _opened(photo, at)
    if covering:
        heat = locate_by_covering(encoder, image, text)
    else:
        heat = with_boxes(heat_of(encoder, image, text), image, text)
    return PhotoRegion(
        photo,
        text,
        encoder.folder.name,
        encoder.fingerprint,
        covering,
        width,
        height,
        heat,
        image,
        at,
    )


def _best_frame(encoder: Encoder, video: Path, text: str) -> float | None:
    """Return the time in seconds of the frame of a video that matches `text` best; None if the file
    is a photo. Raises ImageError."""
    with Decoders(encoder.preprocessing, 1, most_frames=MOST_FRAMES) as decoders:
        read = decoders.look_at(os.fsencode(video))
    likely = phrase_of(encoder, text).confidence(encoder, encoder.embed_pictures(read.images))
    return read.moments[int(likely.argmax())].start if read.moments else None


def _opened(photo: Path | PipedPicture, at: float | None) -> Shrunk:
    """Return a photo, or the frame of a video at a time, decoded, its longer side reduced to
    LONGEST pixels. Raises ImageError."""
    with Shrinker(LONGEST, 1) as shrinker:
        if isinstance(photo, PipedPicture):
            return shrinker.shrink(photo.content, photo.name)
        return shrinker(os.fsencode(photo), at)
