"""Look at photos that were not looked at yet, and store how sharp and how exposed they are.

Photos are decoded once more for it, with SIDE pixels: `index` decodes them only as large as its
model wants, which shows no blur, and the pictures of the other senses have other sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image

from cercafoto.base.photo_quality import SHARP
from cercafoto.looking.sense import Look, Request
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile
from cercafoto.quality.measure import SIDE, Measured, measure


class QualitySeer:
    """Sees how photos came out, and writes it into the catalogue. A `Looker`."""

    picture = Preprocessing(SIDE, WHOLE, SIDE // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)
    at_once, engine = 1, ""

    def __init__(self, request: Request) -> None:
        self.catalog = request.catalog

    def ready_made(self, look: Look) -> Sequence[bytes]:
        return ()  # small copies were compressed once more, which blurs

    def see(self, look: Look, photo: ReadFile) -> Measured:
        size = fitting((photo.width, photo.height), SIDE)
        return measure(Image.frombytes("RGB", size, photo.image or b""))

    def write(self, found: Sequence[tuple[Look, Measured]]) -> int:
        with self.catalog.transaction():
            for look, measured in found:
                self.catalog.quality.write(look.content, *measured)
        return sum(
            measured.exposure is not None or measured.clarity not in (None, SHARP)
            for _, measured in found
        )


@contextmanager
def opened(request: Request) -> Iterator[QualitySeer]:
    yield QualitySeer(request)


def not_looked_at(request: Request, looks: Sequence[Look]) -> list[Look]:
    """Return the looks at photos that were not looked at."""
    known = set() if request.again else request.catalog.quality.contents()
    return [
        look
        for look in looks
        if look.content not in known and look.start is None and not is_video(look.paths[0])
    ]
