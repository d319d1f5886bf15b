"""Read and write pairs of photos and captions: one JSON object a line.

{"image_path": "...", "captions": ["...", ...], "source": "wit"}

An `image_path` is relative to the folder of the file that it stands in. It names a file, or a
member of a tar shard: "shards/train-00003.tar::000123.jpg".
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.training.training_errors import InputError

MEMBER_MARK = "::"
SHARD_SUFFIX = ".tar"


@dataclass(frozen=True)
class Pair:
    """A photo and its captions.

    source: the name of its data set.
    """

    image_path: str
    captions: tuple[str, ...]
    source: str


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a file, in its order; a pair without "source" gets the file's stem.

    Raises InputError, naming the file and the line, for a line that is not such an object, has
    no caption or an empty one; and for a file that cannot be read or holds no pair.
    """
    pairs = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    pairs.append(parsed(line, f"{path}, line {number}", path.stem))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not pairs:
        raise InputError(f"{path}: no pairs")
    return pairs


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Write pairs as JSON lines; the file takes its name only when it is complete."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as out:
        for pair in pairs:
            row = {
                "image_path": pair.image_path,
                "captions": list(pair.captions),
                "source": pair.source,
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def split_member(image_path: str) -> tuple[str, str | None]:
    """Return the file and the member of a path: "a/b.tar::c.jpg" -> ("a/b.tar", "c.jpg").

    A plain file has no member: (itself, None).
    """
    shard, mark, member = image_path.partition(SHARD_SUFFIX + MEMBER_MARK)
    return (shard + SHARD_SUFFIX, member) if mark else (image_path, None)


def relocated(pairs: Iterable[Pair], old: Path, new: Path) -> list[Pair]:
    """Return pairs with paths relative to the folder `new` instead of `old`."""
    here, there = old.resolve(), new.resolve()
    return [replace(pair, image_path=_between(pair.image_path, here, there)) for pair in pairs]


def moved(image_path: str, old: Path, new: Path) -> str:
    """Return a path relative to the folder `new` instead of `old`."""
    return _between(image_path, old.resolve(), new.resolve())


def _between(image_path: str, old: Path, new: Path) -> str:
    """Return what `moved` does, for resolved folders: from a link, "new/.." leads elsewhere."""
    file, member = split_member(image_path)
    folder, name = posixpath.split(file)
    path = file if posixpath.isabs(file) else posixpath.join(_folder(folder, old, new), name)
    return path if member is None else f"{path}{MEMBER_MARK}{member}"


@lru_cache(maxsize=10_000)  # a million photos lie in few folders
def _folder(folder: str, old: Path, new: Path) -> str:
    way = Path(os.path.relpath(old / folder, new)).as_posix()
    return "" if way == "." else way


def parsed(line: str | bytes, where: str, source: str) -> Pair:
    """Return the pair that a line of a file holds. Raises InputError, naming `where`.

    source: the source of a pair that states none.
    """
    try:
        row: Any = json.loads(line)
        path, captions = row["image_path"], row["captions"]
        source = row.get("source") or source
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: not an object with image_path and captions ({error})") from None
    if not isinstance(path, str) or not path or not isinstance(source, str):
        raise InputError(f"{where}: image_path and source must be text")
    if not isinstance(captions, list) or not captions:
        raise InputError(f"{where}: captions must be a list with one caption or more")
    if not all(isinstance(caption, str) and caption.strip() for caption in captions):
        raise InputError(f"{where}: a caption is empty or not text")
    return Pair(path, tuple(captions), source)
