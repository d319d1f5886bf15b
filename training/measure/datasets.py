"""Read what models are measured on: pairs, the captions of MSCOCO-IT, classes and labels."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Ints
from cercafoto.training.training_errors import InputError

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

# COCO's file names: those of 2014 include the split, later ones do not.
COCO_NAMES = ("COCO_val2014_{:012d}.jpg", "COCO_train2014_{:012d}.jpg", "{:012d}.jpg")


@dataclass(frozen=True)
class Pairs:
    """Q captions, and for each the one photo that it describes.

    photos: N files, each once.
    gold [Q]: index of each caption's photo.
    """

    photos: list[Path]
    captions: list[str]
    gold: Ints


@dataclass(frozen=True)
class Classes:
    """Photos of known classes.

    names: Italian label of each of the C classes, in the order of their WordNet ids.
    photos: N files.
    gold [N]: class of each photo.
    unlabelled: number of folders left out because their class has no label.
    """

    names: list[str]
    photos: list[Path]
    gold: Ints
    unlabelled: int


def read_pairs(path: Path) -> Pairs:
    """Read JSON lines with "image_path" (relative to the file) and "captions".

    Two lines with the same photo are about one photo. Raises InputError.
    """
    rows: list[tuple[Path, list[str]]] = []
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
            if not isinstance(row["captions"], list):
                raise TypeError("captions is not a list")
            rows.append((path.parent / row["image_path"], [str(c) for c in row["captions"]]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: {error!r}") from error
    return pairs_of(path, rows)


def read_mscoco(captions: Path, images: Path) -> Pairs:
    """Read a caption file of crux82/mscoco-it (JSON as COCO's own, perhaps compressed with gzip).

    images: folder of COCO's val2014 photos.

    Raises InputError, also if a photo is missing: without it the ranks of the others would change.
    """
    captioned = read_annotations(captions)
    files = {number: _coco_file(images, number) for number, _ in captioned}
    missing = [number for number, file in files.items() if file is None]
    if missing:
        first = images / COCO_NAMES[0].format(missing[0])
        raise InputError(f"{first}: not there ({len(missing)} of {len(files)} photos are missing)")
    pairs = ((file, [text]) for number, text in captioned if (file := files[number]))
    return pairs_of(captions, pairs)


def read_annotations(captions: Path) -> list[tuple[int, str]]:
    """Read a caption file of crux82/mscoco-it. Return (number of the photo, caption) in the file's
    order.

    The validated files write some numbers as numbers and most as strings. Raises InputError.
    """
    try:
        data = captions.read_bytes()
        data = gzip.decompress(data) if captions.suffix == ".gz" else data
        rows = json.loads(data)["annotations"]
        return [(int(row["image_id"]), str(row["caption"])) for row in rows]
    except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
        raise InputError(f"{captions}: not a caption file of MSCOCO-IT ({error!r})") from error


def read_classes(photos: Path, labels: Path) -> Classes:
    """Return the photos of labelled classes.

    photos: folder with <wnid>/*.jpg, like ImageNet's, or with <wnid>.jpg.
    labels: file for `read_labels`.

    Raises InputError.
    """
    names = read_labels(labels)
    order = sorted(names)
    paths: list[Path] = []
    gold: list[int] = []
    for index, wnid in enumerate(order):
        inside = sorted((photos / wnid).glob("*")) if (photos / wnid).is_dir() else []
        beside = [photos / f"{wnid}{suffix}" for suffix in sorted(PHOTO_SUFFIXES)]
        for path in [*inside, *(p for p in beside if p.is_file())]:
            if path.suffix.lower() in PHOTO_SUFFIXES:
                paths.append(path)
                gold.append(index)
    if not paths:
        raise InputError(f"{photos}: no photos of the classes in {labels.name}")
    unlabelled = sum(1 for p in photos.iterdir() if p.is_dir() and p.name not in names)
    return Classes([names[w] for w in order], paths, np.array(gold, np.int64), unlabelled)


def read_labels(path: Path) -> dict[str, str]:
    """Return wnid -> Italian label. Raises InputError.

    In a TSV, labels are in the column query_short_translated (wnid in set_id); in JSON lines, the
    label is the first of "nomi" (wnid in "wnid").
    """
    lines = _lines(path)
    names: dict[str, str] = {}
    try:
        if path.suffix == ".tsv":
            for row in csv.DictReader(lines, delimiter="\t"):
                names[row["set_id"]] = row["query_short_translated"].strip()
        else:
            for row in map(json.loads, lines):
                names[row["wnid"]] = row["nomi"][0]
    except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a table of labels ({error!r})") from error
    if not names:
        raise InputError(f"{path}: no labels")
    return names


def read_templates(path: Path) -> list[str]:
    """Return the templates in a file, one per line, with {} where the label goes. Lines without {}
    are comments.

    Raises InputError if there are no templates.
    """
    templates = [line.strip() for line in _lines(path) if "{}" in line]
    if not templates:
        raise InputError(f"{path}: no line has {{}}, the place of the label")
    return templates


def pairs_of(source: Path, rows: Iterable[tuple[Path, Sequence[str]]]) -> Pairs:
    """Return pairs; a photo in several rows is one photo. Raises InputError if there are no
    captions.

    source: file or folder to name in the error.
    rows: a photo and its captions each.
    """
    index: dict[Path, int] = {}
    captions: list[str] = []
    gold: list[int] = []
    for photo, texts in rows:
        at = index.setdefault(photo, len(index))
        captions += texts
        gold += [at] * len(texts)
    if not captions:
        raise InputError(f"{source}: no captions")
    return Pairs(list(index), captions, np.array(gold, np.int64))


def _coco_file(images: Path, number: int) -> Path | None:
    candidates = (images / name.format(number) for name in COCO_NAMES)
    return next((path for path in candidates if path.is_file()), None)


def _lines(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    # Not splitlines(): a caption may hold U+2028, which JSON leaves as it is.
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
