"""Tell which photos to measure on look like a photo to learn from, by their difference hashes.

python -m cercafoto.training.mini.photos.overlap DATA

Prints how far the nearest training photo of each is, as it is or mirrored, and the pairs that may
be the same photo. Whether they are, a person must see.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from cercafoto.base.arrays import Floats
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.measure.class_texts import TRAIN, VALID, photos_of, read_photos
from cercafoto.training.mini.photos.lay_out import SIDE
from cercafoto.training.mini.photos.photo_hash import NEAR, difference_hash

Hashes = NDArray[np.uint64]
BITS = 64


def hashes(data: Path, paths: Sequence[str]) -> Hashes:
    """Return the hash of each photo, and that of its mirror image: [N, 2]. Raises ImageError."""
    result = np.empty((len(paths), 2), np.uint64)
    for row, path in zip(result, paths, strict=True):
        image = open_upright(data / path, SIDE)
        row[:] = difference_hash(image), difference_hash(ImageOps.mirror(image))
    return result


def distances(valid: Hashes, train: Hashes) -> NDArray[np.uint8]:
    """Return in how many bits each hash of `valid` differs from each of `train`: [V, T]. One of the
    two photos may be mirrored, if it is nearer so."""
    ours, others = _signs(valid), _signs(train)
    alike = [ours[:, i] @ others[:, j].T for i, j in ((0, 0), (0, 1), (1, 0))]
    nearest: Floats = np.maximum.reduce(alike)
    return ((BITS - nearest) / 2).astype(np.uint8)


def _signs(hashes: Hashes) -> Floats:
    """Return each bit as 1 or -1, so that a product counts equal bits less different ones."""
    bits = np.unpackbits(hashes[..., None].view(np.uint8), axis=-1)
    return 1 - 2 * bits.astype(np.float32)


def report(data: Path) -> str:
    """Return the table of least distances, and the pairs at most NEAR bits apart."""
    there = (data / name for name in TRAIN if (data / name).exists())
    # Not `photos_of`, which leaves out the pairs that are known already.
    train = [photo.path for path in there for photo in read_photos(path, [])]
    valid = [photo.path for photo in photos_of(data, VALID, [])]
    apart = distances(hashes(data, valid), hashes(data, train))
    least = Counter(apart.min(axis=1).tolist())
    near = [(int(apart[i, j]), valid[i], train[j]) for i, j in np.argwhere(apart <= NEAR)]
    lines = [f"{len(valid):,} photos to measure on, {len(train):,} to learn from"]
    lines += [f"nearest {bits:2} bits apart: {least[bits]:,}" for bits in sorted(least)]
    lines += [f"{bits}\t{path}\t{other}" for bits, path, other in sorted(near)]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="data folder")
    print(report(parser.parse_args(arguments).data))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
