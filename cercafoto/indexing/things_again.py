"""See the things in photos that were indexed before: by an older version, or another edition.

Pixels come from small copies (`photos.thumbnails`) if these are large enough, otherwise from the
photos.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from cercafoto.looking.sense import Look, Request, Todo
from cercafoto.models.encode.things_encoder import ThingsEncoder, things_encoder
from cercafoto.photos.preprocessing import fitting
from cercafoto.photos.read_file import ReadFile
from cercafoto.photos.thumbnails import LARGE, SMALL, Thumbnails


class ThingSeer:
    """Sees things, and writes them into the catalogue. A `Looker`."""

    engine = ""

    def __init__(self, request: Request, encoder: ThingsEncoder) -> None:
        self.catalog, self.encoder = request.catalog, encoder
        self.picture, self.at_once = encoder.preprocessing, encoder.batch
        self.copies = Thumbnails(request.archive.settings.thumbnails)

    def ready_made(self, look: Look) -> Iterator[bytes]:
        """Yield the small copies with as many pixels as the encoder takes."""
        for side in (LARGE, SMALL):
            if min(fitting(look.size, side)) >= min(*look.size, self.picture.size):
                with suppress(OSError):
                    yield self.copies.path(look.digest, side).read_bytes()

    def see(self, look: Look, photo: ReadFile) -> bytes:
        return photo.image or b""  # `write` sees a batch at once, which is faster

    def write(self, found: Sequence[tuple[Look, bytes]]) -> int:
        _, things = self.encoder.see([image for _, image in found])
        with self.catalog.transaction():
            for (look, _), shown in zip(found, things, strict=True):
                self.catalog.things.write(look.content, shown)
        return len(found)


@contextmanager
def opened(request: Request) -> Iterator[ThingSeer]:
    """Open the encoder for a with block. Call only if there is one."""
    encoder = things_encoder()
    assert encoder is not None
    yield ThingSeer(request, encoder)


def unseen(request: Request, looks: Sequence[Look]) -> Todo:
    """Return the looks whose things were not seen, with their sizes."""
    sizes = {row.content_id: (row.width, row.height) for row in request.catalog.things.unseen()}
    return Todo(
        [look._replace(size=sizes[look.content]) for look in looks if look.content in sizes]
    )
