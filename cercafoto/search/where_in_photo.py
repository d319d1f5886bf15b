"""Find the part of a photo that matches a text (`dove`). The photo need not be in an archive."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.thumbnails import Shrinker, Shrunk
from cercafoto.results import NONE, confidence_word
from cercafoto.search.covering import locate_by_covering
from cercafoto.search.heat_map import Heat, heat_of, heat_picture

# The map is drawn on a copy of the photo with its longer side no longer than this: the map is
# coarse, and a PNG of a whole photo would be many times the photo's size.
LONGEST = 2000


@dataclass(frozen=True)
class PhotoRegion:
    """The part of a photo that matches a text, or the lack of one.

    width, height: pixels of the photo, upright.
    likely: whether it counts as there.
    image: the photo, upright RGB, perhaps smaller.
    """

    photo: Path | PipedPicture
    text: str
    model: str
    fingerprint: str
    covering: bool
    width: int
    height: int
    heat: Heat
    likely: bool
    image: Image.Image

    @property
    def confidence(self) -> float:
        return self.heat.confidence

    @property
    def word(self) -> str:
        return confidence_word(self.confidence)

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom in pixels, or None where no part stands out."""
        return self.heat.box.pixels((self.width, self.height)) if self.heat.box else None

    def map(self, format: str = "PNG") -> bytes:
        """Draw the map over the photo. format: as Pillow calls it."""
        stream = BytesIO()
        heat_picture(self.image, self.heat).save(stream, format, quality=90)
        return stream.getvalue()


def find_in_photo(
    encoder: Encoder, photo: Path | PipedPicture, text: str, covering: bool = False
) -> PhotoRegion:
    """Find the part of a photo that matches `text`.

    covering: by covering parts of the photo up, not by what the model says of its patches.

    Raises UsageError (no words), ImageError, ModelError (a model without patches).
    """
    text = " ".join(text.split())
    if not text:
        raise UsageError(
            "Mancano le parole da cercare nella foto.",
            'Per esempio: cercafoto dove "un gatto" foto.jpg',
        )
    _, image, width, height = _opened(photo)
    heat = (locate_by_covering if covering else heat_of)(encoder, image, text)
    return PhotoRegion(
        photo,
        text,
        encoder.folder.name,
        encoder.fingerprint,
        covering,
        width,
        height,
        heat,
        encoder.calibration.verdict(heat.confidence) != NONE,
        image,
    )


def _opened(photo: Path | PipedPicture) -> Shrunk:
    """Decode a picture no larger than LONGEST. Raises ImageError."""
    with Shrinker(LONGEST, 1) as shrinker:
        if isinstance(photo, PipedPicture):
            return shrinker.shrink(photo.content, photo.name)
        return shrinker(os.fsencode(photo))
