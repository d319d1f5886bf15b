"""Make vectors of the example photos of a query."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.question.query import Query
from cercafoto.question.weights import named_moment

if TYPE_CHECKING:
    from cercafoto.photos.decoding.decoder_processes import Decoders
    from cercafoto.photos.read_file import ReadFile


class Example(NamedTuple):
    """An example photo, or an example video.

    vectors: one for a photo or for a moment of a video, one for each frame of a video: [P, D].
    content: its content id; None if it is not in the archive.
    """

    vectors: Floats
    weight: float
    content: int | None


def embed_examples(archive: Archive, query: Query) -> list[Example]:
    """Return a query's examples with their vectors; [] if it has none. Raises ImageError."""
    if not query.like:
        return []
    # Imported here: few questions have example photos.
    from cercafoto.photos.decoding.decoder_processes import Decoders
    from cercafoto.photos.read_file import MOST_FRAMES

    shape = archive.encoder.preprocessing
    with Decoders(shape, 1, most_frames=MOST_FRAMES) as decoders:
        return [_example(archive, decoders, *each) for each in query.like]


def _example(
    archive: Archive, decoders: Decoders, picture: Path | PipedPicture, weight: float
) -> Example:
    """Return an example. The frames of a video in the archive are not decoded again, nor is a file
    that was an example before and has not changed. Raises ImageError."""

    def embedded(read: ReadFile) -> tuple[Floats, bytes]:
        return archive.encoder.embed_pictures(read.images), read.content_digest

    if isinstance(picture, PipedPicture):
        vectors, digest = embedded(decoders.decode(picture.content, picture.name))
    else:
        path, at = named_moment(picture)
        frames = archive.frames_of(path, at)
        _, vectors = archive.embeddings.of(list(frames))
        if len(vectors):
            return Example(vectors, weight, next(iter(frames.values())).video)
        stamp = None
        with suppress(OSError):  # the decoder tells the person what is wrong
            stamp = stamp_of(path.stat())
        name = os.fsencode(path)
        vectors, digest = archive.examples.get_or_make(
            (name, stamp, at), lambda: embedded(decoders.look_at(name, at))
        )
    return Example(vectors, weight, archive.photos.content_of(digest))
