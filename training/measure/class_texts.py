"""Read photos and the texts about them: captions, search words, the names of their class."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from cercafoto.training.training_errors import InputError

# Names in the data folder of `mini`: photos to learn from, photos to measure on, class names. Only
# the first file of photos must be there.
TRAIN = ("coppie_train.jsonl", "coppie_altre.jsonl")
VALID = ("coppie_valid.jsonl", "coppie_altre_valid.jsonl")
CLASSES = "etichette_imagenet.jsonl"
# Photos of these files that show what a photo of VALID shows, taken a moment before or after.
_LEFT_OUT = Path(__file__).with_name("left_out.txt").read_text(encoding="utf-8")
LEFT_OUT = frozenset(_LEFT_OUT.split("\n")) - {""}


@dataclass
class Photo:
    """A photo and its texts.

    path: relative to the data folder.
    source: the photo's data set ("flickr", "scene", ...).
    words: search words.
    label: index of the photo's ImageNet class, None if it has no class.
    """

    path: str
    source: str
    captions: list[str]
    words: list[str] = field(default_factory=list)
    label: int | None = None


@dataclass(frozen=True)
class ClassTexts:
    """Italian words for one ImageNet class.

    wnid: WordNet id of the class.
    context: words for where such things are seen.
    """

    wnid: str
    names: tuple[str, ...]
    hypernyms: tuple[str, ...]
    context: tuple[str, ...]


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines. Raises InputError, naming a wrong line."""
    rows = []
    # Not splitlines(): a caption may hold U+2028, which JSON leaves as it is.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise InputError(f"{path}, line {number}: {error}") from error
    return rows


def read_classes(path: Path) -> list[ClassTexts]:
    """Return the classes of `etichette_imagenet.jsonl`, in the order of their wnids."""
    rows = sorted(read_json_lines(path), key=lambda row: row["i"])
    return [
        ClassTexts(r["wnid"], tuple(r["nomi"]), tuple(r["iperonimi"]), tuple(r["contesto"]))
        for r in rows
    ]


def read_photos(path: Path, classes: Sequence[ClassTexts]) -> list[Photo]:
    """Return the photos of a file `coppie_*.jsonl`, which has a photo on each line."""
    index = {c.wnid: i for i, c in enumerate(classes)}
    return [
        Photo(
            r["image_path"],
            r.get("data_set") or PurePosixPath(r["image_path"]).parent.name,
            list(r["captions"]),
            list(r.get("parole", [])),
            index.get(r.get("wnid", "")),
        )
        for r in read_json_lines(path)
    ]


def photos_of(data: Path, names: Sequence[str], classes: Sequence[ClassTexts]) -> list[Photo]:
    """Return the photos of the files TRAIN or VALID of a data folder, as far as the files are
    there, without those LEFT_OUT."""
    there = [data / name for name in names if name == names[0] or (data / name).exists()]
    photos = [photo for path in there for photo in read_photos(path, classes)]
    return [photo for photo in photos if photo.path not in LEFT_OUT]


def texts_about(photo: Photo, classes: Sequence[ClassTexts]) -> list[str]:
    """Return the texts about a photo: captions, search words, names and hypernyms of its class."""
    texts = [*photo.captions, *photo.words]
    if photo.label is not None:
        texts += [*classes[photo.label].names, *classes[photo.label].hypernyms]
    return texts
