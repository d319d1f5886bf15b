"""Compare the thumbnail or preview that a photo file carries with the photo itself: the cosine of
their embeddings by `mini`, and the processor time of decoding each. For comparison, also the cosine
of the photo when we shrink it to the size of the preview.

    python -m tests.bench.embedded_previews FOLDER

Of a HEIC every thumbnail counts, of a JPEG the large previews in its index of pictures (MPF).
"""

from __future__ import annotations

import io
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageFile

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.registry import Registry
from cercafoto.photos.decoding import heif, picture
from cercafoto.photos.decoding.source import orientation_of, upright
from cercafoto.photos.decoding.to_rgb import to_rgb
from cercafoto.settings import Settings

pillow_heif.options.THUMBNAILS = True  # `heif` has turned them off


def previews(data: bytes) -> Iterator[tuple[str, Callable[[], Image.Image]]]:
    """Yield (kind, function that decodes it) of each preview in a file, turned upright."""
    image = Image.open(io.BytesIO(data), formats=["JPEG", "HEIF"])
    if image.format == "HEIF":
        turn = heif.pending_orientation(image, io.BytesIO(data))
        photo = pillow_heif.open_heif(io.BytesIO(data))
        photo = photo[photo.primary_index]
        for at in range(len(photo.info["thumbnails"])):
            yield "HEIC", lambda at=at: upright(photo.get_thumbnail(at).to_pillow(), turn)  # type: ignore[misc]
    elif image.format == "MPO":
        turn = orientation_of(image)
        for frame in range(1, image.n_frames):  # type: ignore[attr-defined]
            kind = image.mpinfo[0xB002][frame]["Attribute"]["MPType"]  # type: ignore[attr-defined]
            if kind.startswith("Large Thumbnail"):
                yield "MPF", lambda frame=frame: _frame(data, frame, turn)  # type: ignore[misc]


def _frame(data: bytes, frame: int, turn: int) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.seek(frame)
    assert isinstance(image, ImageFile.ImageFile)
    return upright(image.convert("RGB"), turn)


def main(folder: Path) -> None:
    encoder = Encoder(Registry(Settings.resolve()).embedded(), threads=1)
    side = encoder.preprocessing.resize_to
    rows = []
    for path in sorted(folder.rglob("*")):
        try:
            data = path.read_bytes() if path.is_file() else b""
            for kind, preview in previews(data):
                start = time.process_time()
                full = picture.decode(data, side, path.name).image
                middle = time.process_time()
                small = to_rgb(preview(), 2 * side)
                seconds = middle - start, time.process_time() - middle
                shrunk = full.resize(small.size, Image.Resampling.LANCZOS)
                first, *others = encoder.embed_images([full, small, shrunk])
                cosine, ours = (float(first @ other) for other in others)
                shape = full.width / full.height / (small.width / small.height)
                if alike := abs(math.log(shape)) < 0.01:
                    rows.append((kind, min(small.size), cosine, ours, *seconds))
                print(
                    f"{path.name[:40]:40} {kind} {small.width} x {small.height}, cosine "
                    f"{cosine:.3f}, shrunk {ours:.3f}, "
                    f"{1000 * seconds[0]:.0f} and {1000 * seconds[1]:.0f} ms"
                    + ("" if alike else ", of another shape: not counted")
                )
        except Exception as error:
            print(f"{path.name[:40]:40} {type(error).__name__}")
    for kind in ("HEIC", "MPF"):
        for name, least in (("any size", 0), (f"{side} pixels and more", side)):
            some = np.array([row[2:] for row in rows if row[0] == kind and row[1] >= least])
            if len(some):
                cosine, ours, full, preview = some.mean(axis=0)
                print(
                    f"{kind}, {name}: {len(some)} previews, mean cosine {cosine:.3f}, lowest "
                    f"{some[:, 0].min():.3f}, shrunk {ours:.3f}; "
                    f"{1000 * full:.0f} and {1000 * preview:.0f} ms"
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
