"""Who reads and embeds the files of an indexing run: this process, or others.

An indexing run decides what is to be read and writes what comes of it; in between it only knows
`Workers`. `LocalWorkers` are this process and its decoders; `cluster.workers.RayWorkers` are those
of other machines.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.base.arrays import Floats
    from cercafoto.indexing.read_ahead import Read
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.photos.opening import PhotoFolders
    from cercafoto.photos.scan import FoundFile

# A file, why it was read, what was read, and the picture, where it was decoded: what `embed` of the
# same workers takes.
Landed = tuple["FoundFile", str, "Read", bytes | None]


class Workers(Protocol):
    """What reads and embeds.

    batch: pictures that it likes to embed, and have written, at once.
    card: the device that embeds, "" for processors.
    """

    @property
    def batch(self) -> int: ...

    @property
    def card(self) -> str: ...

    def read(self, todo: Sequence[tuple[FoundFile, str]]) -> Generator[Landed, None, None]:
        """Read every file of a work list, in its order. Close the iterator to stop early: that ends
        what was started for it. Raises CercafotoError when that cannot be started, or is gone."""

    def embed(self, pictures: Sequence[bytes]) -> Floats:
        """Make unit vectors of pictures: float32 [N, D]."""


@dataclass
class LocalWorkers:
    """This process embeds, processes of its own decode.

    folders: what opens the files.
    copy: the longer side of the small copies that are wanted too, in pixels.
    """

    encoder: Encoder
    catalog: Catalog
    model_id: int
    folders: PhotoFolders
    copy: int | None = None

    @property
    def batch(self) -> int:
        return self.encoder.batch

    @property
    def card(self) -> str:
        return self.encoder.card

    def read(self, todo: Sequence[tuple[FoundFile, str]]) -> Generator[Landed, None, None]:
        from cercafoto.indexing.read_ahead import read_ahead  # late: most runs have nothing to read
        from cercafoto.photos.decoding.photo import Photo

        ahead = read_ahead(todo, self.catalog, self.model_id, self.encoder, self.folders, self.copy)
        with closing(ahead) as files:
            for file, kind, read in files:
                photo, _ = read
                yield file, kind, read, photo.pixels if isinstance(photo, Photo) else None

    def embed(self, pictures: Sequence[bytes]) -> Floats:
        return self.encoder.embed_pictures(pictures)
