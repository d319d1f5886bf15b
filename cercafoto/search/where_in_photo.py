"""Where in one photo that shows which is asked for: `dove`. The photo need not be in an archive."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from cercafoto.base.os_reasons import in_italian
from cercafoto.errors import ArchiveError, ImageError, UsageError
from cercafoto.library import Library
from cercafoto.models.choice import preferred
from cercafoto.models.confidence import NONE, verdict, word
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.registry import AUTO, Registry, unknown
from cercafoto.photos.decoding.picture import decode
from cercafoto.search.covering import locate_by_covering
from cercafoto.search.heat_map import Heat, heat_picture, locate
from cercafoto.settings import Settings

# The map is drawn on a copy of the photo with its longer side no longer than this: the map is
# coarse, and a PNG of a whole photo would be many times the photo's size.
LONGEST = 2000


@dataclass(frozen=True)
class Sight:
    """width, height: pixels of the photo, upright. box: left, top, right, bottom in these, or None
    where no part stands out. word: the confidence in a word; likely: whether it counts as there."""

    photo: Path
    text: str
    model: str
    fingerprint: str
    covering: bool
    width: int
    height: int
    heat: Heat
    word: str
    likely: bool
    image: Image.Image

    @property
    def confidence(self) -> float:
        return self.heat.confidence

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        return self.heat.box.pixels((self.width, self.height)) if self.heat.box else None

    def map(self) -> bytes:
        """The map over the photo, PNG."""
        stream = BytesIO()
        heat_picture(self.image, self.heat).save(stream, "PNG")
        return stream.getvalue()


def look(settings: Settings, photo: Path, text: str, covering: bool = False) -> Sight:
    """covering: by covering parts of the photo up, not by what the model says of its patches.

    Raises UsageError (no words, no such model), ImageError, ModelError (a model without patches).
    """
    text = " ".join(text.split())
    if not text:
        raise UsageError(
            "Mancano le parole da cercare nella foto.",
            'Per esempio: cercafoto dove "un gatto" foto.jpg',
        )
    try:
        content = photo.read_bytes()
    except OSError as error:
        raise ImageError(f"{photo}: non si può leggere ({in_italian(error)}).") from error
    picture = decode(content, LONGEST, str(photo))
    image = picture.image
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    encoder = encoder_for(settings)
    heat = (locate_by_covering if covering else locate)(encoder, image, text)
    calibration = encoder.folder.calibration
    return Sight(
        photo,
        text,
        encoder.folder.name,
        encoder.fingerprint,
        covering,
        picture.width,
        picture.height,
        heat,
        word(heat.confidence, calibration),
        verdict(heat.confidence, calibration) != NONE,
        image,
    )


def encoder_for(settings: Settings) -> Encoder:
    """The model asked for; else that of the archive, where there is one; else the one that an
    archive would be made with. Nothing is downloaded."""
    if settings.model == AUTO:
        with suppress(ArchiveError):  # there is none yet, or it is empty
            return Library(settings).encoder
    name = preferred(settings)
    found = Registry(settings).find(name)
    if found is None:
        raise unknown(name)
    return Encoder(found)
