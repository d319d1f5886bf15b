"""Lay out the second set of photos of `mini` from clones of the repositories that hold them.

A photo is found by its place in a repository, and known by the digest of the file there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from cercafoto.base.atomic_file import replacing
from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import decode, open_upright
from cercafoto.training.mini.photos.clones import CommittedFiles
from cercafoto.training.mini.photos.lay_out import (
    DIFFERS,
    KEPT,
    MISSING,
    NEW,
    NO_PICTURE,
    SIDE,
    LaidOut,
    shrunk,
)
from cercafoto.training.mini.photos.shipped import RepositoryPhoto

QUALITY = 88
WHOLE = 1_000_000  # a side that no photo has: it is decoded in full size, and shrunk only once


def lay_out_clones(
    photos: Sequence[RepositoryPhoto], clones: Mapping[str, Path], out: Path
) -> Iterator[LaidOut]:
    """Lay out photos below `out`, and yield what became of each, in their order. A photo that is
    there already, and can be decoded, is kept.

    photos: those of a repository must follow one another.
    clones: repository -> git directory of its clone, which is only read.
    Raises InputError for a clone that git cannot read.
    """
    for parent in {(out / photo.path).parent for photo in photos}:
        parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(usable_cores()) as pool:
        for repository, group in groupby(photos, attrgetter("repository")):
            if repository not in clones:
                yield from pool.map(partial(_lay_out_one, _read_nothing, out), group)
                continue
            with CommittedFiles(clones[repository]) as files:
                yield from pool.map(partial(_lay_out_one, files.read, out), group)


def _read_nothing(commit: str, path: str) -> bytes | None:
    return None


def _lay_out_one(
    read: Callable[[str, str], bytes | None], out: Path, photo: RepositoryPhoto
) -> LaidOut:
    target = out / photo.path
    if target.exists():
        try:
            open_upright(target, SIDE)
            return LaidOut(photo.path, KEPT, str(target))
        except ImageError:
            pass  # cut short: laid out again
    content = read(photo.commit, photo.file)
    if content is None:
        return LaidOut(photo.path, MISSING)
    file = f"{photo.repository}:{photo.file}"
    if not hashlib.sha256(content).hexdigest().startswith(photo.digest):
        return LaidOut(photo.path, DIFFERS, file)
    try:
        image = decode(content, WHOLE, file).image
    except ImageError:
        return LaidOut(photo.path, NO_PICTURE, file)
    with replacing(target) as unfinished:
        shrunk(image).save(unfinished, "JPEG", quality=QUALITY)
    return LaidOut(photo.path, NEW, file)
