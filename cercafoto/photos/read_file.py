"""A photo file on its way into the archive: found on the disk, then read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats
    from cercafoto.errors import ImageError
    from cercafoto.photos.facts import Facts

# How much a decoder is to read of a content, which the archive may know already.
Extent = Literal["nothing", "metadata", "all"]


class SidecarEntry(NamedTuple):
    """A file of metadata beside a picture.

    size: in bytes.
    """

    path: bytes
    size: int
    mtime_ns: int


class FoundFile(NamedTuple):
    """A picture file.

    size: in bytes.
    mtime_ns: modification time since 1970.
    sidecar: photo.jpg.xmp, or else photo.xmp.

    A tuple, which is made in a third of the time: an update makes one for every photo.
    """

    path: bytes
    size: int
    mtime_ns: int
    sidecar: SidecarEntry | None = None


@dataclass(frozen=True)
class ReadFile:
    """A photo file that was read. A decoder makes this record, an encoder replaces the image by an
    embedding, the catalogue writes it.

    file: with the size and time of the bytes that were read.
    content_digest: SHA-256 of these bytes, b"" if they could not be read.
    metadata: None if the caller knew it already.
    width, height: of the full picture, upright, in pixels; 0 if it was not decoded.
    monochrome: whether the picture has no colour, None if it was not decoded.
    image: the encoder's input, RGB bytes; None if it was not decoded, or is embedded already.
    embedding: float32 [D], None until an encoder has made it.
    small_copy: WebP, None if none was asked for, or if the decoded pixels were too few for it.
    sidecar_metadata: what the sidecar says, None if there is no sidecar.
    problem: why the file could not be read; the message does not name the file.
    """

    file: FoundFile
    content_digest: bytes = b""
    metadata: Facts | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    monochrome: bool | None = None
    image: bytes | None = None
    embedding: Floats | None = None
    small_copy: bytes | None = None
    sidecar_metadata: Facts | None = None
    problem: ImageError | None = None

    @property
    def is_decoded(self) -> bool:
        """Whether there is an image, or the embedding that was made of it."""
        return self.image is not None or self.embedding is not None
