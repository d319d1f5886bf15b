"""Lay out the first set of photos of `mini` from the files of the data sets that they are of.

A photo is found by its name, and known by the hash of the copy that was used.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from PIL import Image

from cercafoto.base.atomic_file import replacing
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.mini.photos.photo_hash import NEAR, bits_apart, difference_hash
from cercafoto.training.mini.photos.shipped import ShippedPhoto
from cercafoto.training.training_errors import InputError

SIDE = 320  # short side of a copy in pixels
SQUARE = 224  # both sides of a copy that is squashed to a square: those named .webp
FORMATS = {".jpg": "JPEG", ".webp": "WEBP"}
QUALITY = 82
CROPPED = "_MEG_size"  # ending of COCO's photos as the data set AVS shows them: their middle, 4 : 3

NEW, KEPT = "laid out", "there already"
MISSING, DIFFERS, NO_PICTURE = "missing", "another picture", "not a picture"
DONE = frozenset([NEW, KEPT])

_PREFIX = re.compile(r"(COCO_(train|val|test)20\d\d|vivqa)_(?=\d+$)")
_WNID = re.compile(r"(n\d{8})(_.*)?")


def key_of(stem: str) -> str:
    """Return what the names of a photo have in common: in its data set, and in our data folder.

    MS-COCO and OpenViVQA go by number, ImageNet by class, the others by the whole name.

    stem: a file's name without its extension.
    """
    stem = _PREFIX.sub("", stem.removesuffix(CROPPED))
    if stem.isdecimal():
        return str(int(stem))
    found = _WNID.fullmatch(stem)
    return found[1] if found else stem


def files_by_key(folders: Sequence[Path], wanted: Iterable[str]) -> dict[str, list[Path]]:
    """Return each wanted key -> the files below the folders that have it. Raises InputError for a
    folder that cannot be read."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error

    found: dict[str, list[Path]] = {key: [] for key in wanted}
    for folder in folders:
        for here, below, names in os.walk(folder, onerror=refuse):
            below.sort()
            for name in sorted(names):
                key = key_of(Path(name).stem)
                if key in found:
                    found[key].append(Path(here, name))
    return found


@dataclass(frozen=True)
class LaidOut:
    """What became of a photo.

    path: relative to the data folder.
    outcome: NEW, KEPT, MISSING, DIFFERS or NO_PICTURE.
    file: the file that it was made from, or that came nearest; None if there is no such file.
    apart: in how many bits the hash of `file` differs; None if it was not compared.
    """

    path: str
    outcome: str
    file: str | None = None
    apart: int | None = None

    @property
    def folder(self) -> str:
        """Return the folder that it lies in: "flickr", "scene", ..., "altre" for the second set."""
        return PurePosixPath(self.path).parent.name


def check_apart(folders: Sequence[Path], out: Path) -> None:
    """Raise InputError if `out` lies in one of the folders, or one in `out`, or one is none."""
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder}: not a folder")
        apart = folder.resolve(), out.resolve()
        if apart[0].is_relative_to(apart[1]) or apart[1].is_relative_to(apart[0]):
            raise InputError(f"{out}: must lie apart from {folder}, which is only read")


def lay_out(
    photos: Sequence[ShippedPhoto], folders: Sequence[Path], out: Path
) -> Iterator[LaidOut]:
    """Lay out photos below `out`, and yield what became of each, in their order. A photo that is
    there already, and is the right one, is kept.

    folders: unpacked data sets, which are only read.
    Raises InputError if one cannot be read.
    """
    found = files_by_key(folders, {key_of(Path(photo.path).stem) for photo in photos})
    for parent in {(out / photo.path).parent for photo in photos}:
        parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(usable_cores()) as pool:
        yield from pool.map(lambda photo: _lay_out_one(photo, found, out), photos)


def table(laid_out: Iterable[LaidOut]) -> str:
    """Return the number of photos of each outcome, by folder and in all, as a text table."""
    columns = (NEW, KEPT, MISSING, DIFFERS, NO_PICTURE)
    counts = Counter((each.folder, each.outcome) for each in laid_out)
    rows = [(f, [counts[f, c] for c in columns]) for f in sorted({f for f, _ in counts})]
    rows.append(("all", [sum(n) for n in zip(*(n for _, n in rows), strict=True)]))
    lines = ["".join([f"{'':14}", *(f"{name:>17}" for name in columns)])]
    lines += ["".join([f"{folder:14}", *(f"{n:17,}" for n in row)]) for folder, row in rows]
    return "\n".join(lines)


def _lay_out_one(photo: ShippedPhoto, found: Mapping[str, Sequence[Path]], out: Path) -> LaidOut:
    target = out / photo.path
    if target.exists():
        try:
            apart = bits_apart(photo.hash, difference_hash(open_upright(target, SIDE)))
            if apart <= NEAR:
                return LaidOut(photo.path, KEPT, str(target), apart)
        except ImageError:
            pass  # cut short: laid out again
    nearest, best = LaidOut(photo.path, MISSING), None
    for file in found[key_of(target.stem)]:
        try:
            copy = _copy_of(file, target)
        except ImageError:
            if best is None:
                nearest = LaidOut(photo.path, NO_PICTURE, str(file))
            continue
        apart = bits_apart(photo.hash, difference_hash(copy))
        if nearest.apart is None or apart < nearest.apart:
            nearest, best = LaidOut(photo.path, DIFFERS, str(file), apart), copy
    if best is None or nearest.apart is None or nearest.apart > NEAR:
        return nearest
    with replacing(target) as partial:
        best.save(partial, FORMATS[target.suffix], quality=QUALITY)
    return replace(nearest, outcome=NEW)


def _copy_of(file: Path, target: Path) -> Image.Image:
    """Return the picture in a file as it is laid out at `target`. Raises ImageError."""
    image = open_upright(file, SIDE)
    if target.stem.endswith(CROPPED) and not file.stem.endswith(CROPPED):
        image = _middle(image, 4 / 3)
    if target.suffix == ".webp":
        return image.resize((SQUARE, SQUARE), Image.Resampling.LANCZOS)
    return shrunk(image)


def shrunk(image: Image.Image) -> Image.Image:
    """Return the picture with a short side of SIDE pixels, unchanged if it has no more."""
    scale = SIDE / min(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _middle(image: Image.Image, ratio: float) -> Image.Image:
    """Return the largest rectangle of this ratio, width by height, in the middle of the picture."""
    width = min(image.width, round(image.height * ratio))
    height = min(image.height, round(image.width / ratio))
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))
