"""Read what models are measured on: pairs, MSCOCO-IT's captions, classes and labels."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Ints
from cercafoto.training.data import pairs as data_pairs
from cercafoto.training.data.sources import mscoco
from cercafoto.training.data.tables import opened
from cercafoto.training.training_errors import InputError

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

# COCO's file names: those of 2014 include the split, later ones do not.
COCO_NAMES = ("COCO_val2014_{:012d}.jpg", "COCO_train2014_{:012d}.jpg", "{:012d}.jpg")


@dataclass(frozen=True)
class Pairs:
    """Captions, and the one photo that each describes.

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
    """Return pairs of JSON lines with "image_path" (relative to the file) and "captions".

    Two lines with the same photo are about one photo. Raises InputError.
    """
    pairs = data_pairs.read_pairs(path)
    return pairs_of(path, ((path.parent / pair.image_path, pair.captions) for pair in pairs))


def read_mscoco(captions: Path, images: Path) -> Pairs:
    """Return the pairs of a caption file of crux82/mscoco-it (JSON as COCO's own, perhaps gzipped).

    images: folder of COCO's val2014 photos.
    Raises InputError, also if a photo is missing: without it the ranks of others would change.
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
    """Return (number of the photo, caption) of a caption file of crux82/mscoco-it, in its order.

    Raises InputError.
    """
    return [(photo, text) for photo, _, text in mscoco.read_captions(captions).captions]


def read_classes(photos: Path, labels: Path) -> Classes:
    """Return the photos of the classes that have a label.

    photos: folder with <wnid>/*.jpg, like ImageNet's, or with <wnid>.jpg.
    labels: file for `read_labels`.

    Raises InputError.
    """
    names = read_labels(labels)
    order = sorted(names)
    paths, gold = class_photos(photos, order)
    if not paths:
        raise InputError(f"{photos}: no photos of the classes in {labels.name}")
    unlabelled = sum(1 for p in photos.iterdir() if p.is_dir() and p.name not in names)
    return Classes([names[w] for w in order], paths, gold, unlabelled)


def class_photos(folder: Path, wnids: Sequence[str]) -> tuple[list[Path], Ints]:
    """Return the photos of each class in turn, <wnid>/* and <wnid>.jpg, and the class of each."""
    paths: list[Path] = []
    gold: list[int] = []
    for number, wnid in enumerate(wnids):
        beside = (folder / f"{wnid}{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
        inside = (
            p for p in sorted((folder / wnid).glob("*")) if p.suffix.lower() in PHOTO_SUFFIXES
        )
        own = [*inside, *(path for path in beside if path.is_file())]
        paths += own
        gold += [number] * len(own)
    return paths, np.array(gold, np.int64)


def read_labels(path: Path) -> dict[str, str]:
    """Return the Italian label of each wnid. Raises InputError.

    A TSV has it in the column query_short_translated (by set_id); JSON lines have it first in
    "nomi" (by "wnid").
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
    """Return the templates of a file, one a line, {} for the label; other lines are comments.

    Raises InputError if there are no templates.
    """
    templates = [line.strip() for line in _lines(path) if "{}" in line]
    if not templates:
        raise InputError(f"{path}: no line has {{}}, the place of the label")
    return templates


def pairs_of(source: Path, rows: Iterable[tuple[Path, Sequence[str]]]) -> Pairs:
    """Return photos and captions as `Pairs`; a photo that comes twice is one photo.

    source: the file that an InputError names if there is no caption.
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


def _lines(path: Path) -> list[str]:
    with opened(path) as lines:
        return [line for line in lines if line.strip()]
