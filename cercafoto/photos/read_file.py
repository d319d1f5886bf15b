"""Define the records of a photo file on its way into the archive: found on disk, then read."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats
    from cercafoto.errors import ImageError
    from cercafoto.photos.facts import Facts
    from cercafoto.photos.seen_things import SeenThings

# How much a decoder must read of a file whose content the archive may know already.
Extent = Literal["nothing", "metadata", "all"]


# How many frames of a video are kept at most, spread over its length.
MOST_FRAMES = 200


class SidecarEntry(NamedTuple):
    """The files beside a picture that describe it: its XMP sidecar, and the files in which Google
    Takeout and Picasa name people.

    path: the XMP sidecar, b"" if there is none.
    size: bytes of all files. mtime_ns: when the latest was modified, ns since 1970.
    others: the other files.
    """

    path: bytes
    size: int
    mtime_ns: int
    others: tuple[bytes, ...] = ()


class FoundFile(NamedTuple):
    """A picture file that a walk found.

    size: bytes of the file.
    mtime_ns: modification time in ns since 1970.
    sidecar: the file photo.jpg.xmp, or else photo.xmp, with files of Takeout and Picasa; None if
        there are none.

    A tuple and not a dataclass, since a tuple is made in a third of the time: an update makes one
    for every photo.
    """

    path: bytes
    size: int
    mtime_ns: int
    sidecar: SidecarEntry | None = None


def moment_digest(video: bytes, start_ms: int) -> bytes:
    """Return the digest that stands for one frame of a video. video: SHA-256 of its file."""
    return sha256(video + start_ms.to_bytes(8, "big")).digest()


class ReadMoment(NamedTuple):
    """A frame of a video that differs from the frame before.

    start, end: its time in the video, and that of the next such frame, in seconds.
    image, embedding, things: see `ReadFile`.
    """

    start: float
    end: float
    image: bytes | None = None
    embedding: Floats | None = None
    things: SeenThings | None = None


@dataclass(frozen=True)
class ReadFile:
    """A photo file that was read. A decoder makes this record, an encoder replaces `image` by
    `embedding`, and the catalogue stores the result.

    file: the file, with the size and time that it had while it was read.
    content_digest: SHA-256 of the file's content, b"" if the file could not be read.
    metadata: None if the caller knew them already, or if the file could not be read.
    width, height: pixels of the full upright picture; 0 if it was not decoded.
    orientation: the EXIF orientation stored in the file, 1 to 8.
    monochrome: whether the picture has no colour, None if it was not decoded.
    image: the encoder's input as RGB bytes; None if it was not decoded, or is already embedded.
    things_image: the same for the encoder that sees things; None if that takes `image`, or is done.
    embedding: float32 [D], None until an encoder has made it.
    things: what the picture shows; None until an encoder has seen it, or if there is none.
    small_copy: a small WebP copy; None if the caller asked for none, or if too few pixels were
        decoded for it.
    sidecar_metadata: metadata in the sidecar, None if there is no sidecar.
    problem: why the file could not be read, without the file's name; None if it was read.
    moments: the frames of a video, in order, if they were asked for. The first is also `image`, and
        has no image of its own.
    damaged: whether parts of a video could not be read.
    """

    file: FoundFile
    content_digest: bytes = b""
    metadata: Facts | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    monochrome: bool | None = None
    image: bytes | None = None
    things_image: bytes | None = None
    embedding: Floats | None = None
    things: SeenThings | None = None
    small_copy: bytes | None = None
    sidecar_metadata: Facts | None = None
    problem: ImageError | None = None
    moments: tuple[ReadMoment, ...] = ()
    damaged: bool = False

    @property
    def is_decoded(self) -> bool:
        """Whether the picture was decoded: there is an image, or the embedding made from it."""
        return self.image is not None or self.embedding is not None

    @property
    def images(self) -> list[bytes]:
        """The images of this file that are not embedded yet: several of a video."""
        moments = (moment.image for moment in self.moments)
        return [image for image in (self.image, *moments) if image is not None]
