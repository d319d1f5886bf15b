"""Read photos of known classes with Italian labels: ImageNet with DeepL's, and Babel-ImageNet.

docs/evaluation.md says where the files are from and how they lie in a folder. Without the file of
templates only the label is asked. Babel-ImageNet's files are
{"IT": [[0, 1, ...], ["Tinche", ...]], ...} and {"IT": ["una foto di un  {} .", ...]}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Ints
from cercafoto.training.measure.datasets import class_photos, read_labels, read_templates
from cercafoto.training.training_errors import InputError

IMAGENET_SOURCE = "https://image-net.org/ (ILSVRC2012_img_val.tar)"
LABELS_SOURCE = "https://github.com/clip-italian/clip-italian (branch imagenet_templates)"
BABEL_SOURCE = "https://github.com/gregor-ge/Babel-ImageNet/tree/main/data"
CLASSES = 1000  # of ImageNet; Babel-ImageNet refers to a class by its place among them
ALONE = ["{}"]

_WNID = re.compile(r"n\d{8}")


@dataclass(frozen=True)
class ClassSet:
    """Photos, and labels of C classes.

    gold [N]: class of each photo.
    labels: one for each class.
    classes [C]: the number of each label's class, ascending; photos of other classes are left out.
    prompts: title -> templates, averaged.
    """

    title: str
    photos: list[Path]
    gold: Ints
    labels: list[str]
    classes: Ints
    prompts: Mapping[str, Sequence[str]]
    notes: tuple[str, ...] = ()

    @property
    def shared(self) -> int:
        """How many classes have a label that another class has too."""
        return sum(self.labels.count(label) > 1 for label in self.labels)


Reader = Callable[[], ClassSet]


def class_readers(data: Path) -> dict[str, tuple[str, Reader]]:
    """Return title and reader of each set in `data`, by its key. Readers raise InputError."""

    @cache  # both sets have the same photos, which are embedded once
    def photos() -> tuple[list[Path], Ints, list[str]]:
        return _imagenet(data / "imagenet" / "val")

    return {
        "imagenet": ("ImageNet, DeepL's labels", lambda: _read_imagenet(data, *photos())),
        "babel-imagenet": ("Babel-ImageNet-it", lambda: _read_babel(data, *photos()[:2])),
    }


def _imagenet(folder: Path) -> tuple[list[Path], Ints, list[str]]:
    """Return ImageNet's photos, the class of each, and the 1,000 WordNet ids, which are the names
    of their folders."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not there; photos are from {IMAGENET_SOURCE}")
    wnids = sorted(p.name for p in folder.iterdir() if p.is_dir() and _WNID.fullmatch(p.name))
    if len(wnids) != CLASSES:
        raise InputError(
            f"{folder} has {len(wnids)} folders of classes and not {CLASSES}; without all of them "
            "the numbers of classes mean others"
        )
    photos, gold = class_photos(folder, wnids)
    if not photos:
        raise InputError(f"{folder} has no photos; they are from {IMAGENET_SOURCE}")
    return photos, gold, wnids


def _read_imagenet(data: Path, photos: list[Path], gold: Ints, wnids: list[str]) -> ClassSet:
    folder = data / "imagenet"
    files = sorted(folder.glob("imagenet_labels_IT*.tsv"))
    if not files:
        raise InputError(f"{folder / 'imagenet_labels_IT.tsv'} is not there; {LABELS_SOURCE}")
    labels = read_labels(files[0])
    if missing := [wnid for wnid in wnids if wnid not in labels]:
        raise InputError(f"{files[0]}: no label for {len(missing)} classes, first {missing[0]}")
    prompts: dict[str, Sequence[str]] = {"label": ALONE}
    if (path := folder / "italian_templates_IT.txt").is_file():
        templates = read_templates(path)
        prompts[f"{len(templates)} templates"] = templates
    names = [labels[wnid] for wnid in wnids]
    title = "ImageNet, DeepL's labels"
    return ClassSet(title, photos, gold, names, np.arange(CLASSES), prompts)


def _read_babel(data: Path, photos: list[Path], gold: Ints) -> ClassSet:
    folder = data / "babel-imagenet"
    plain, larger = folder / "babel_imagenet.json", folder / "babel_imagenet-298.json"
    path = plain if plain.is_file() or not larger.is_file() else larger
    content = _italian(path)
    try:
        numbers, names = content
        classes = np.array(numbers, np.int64)
        labels = [str(name) for name in names]
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: not Babel-ImageNet's labels ({error!r})") from error
    fits = classes.ndim == 1 and len(classes) == len(labels) > 0
    if not fits or (np.diff(classes) <= 0).any() or classes[0] < 0 or classes[-1] >= CLASSES:
        raise InputError(f"{path}: numbers of classes and labels do not fit together")
    prompts: dict[str, Sequence[str]] = {"label": ALONE}
    if (beside := folder / "nllb_dist13b_prompts.json").is_file():
        templates = [str(template) for template in _italian(beside)]
        if not all("{}" in template for template in templates):
            raise InputError(f"{beside}: a prompt without {{}}, the place of the label")
        prompts[f"{len(templates)} templates"] = templates
    note = f"Babel-ImageNet: {len(labels)} of ImageNet's {CLASSES} classes have an Italian label"
    return ClassSet("Babel-ImageNet-it", photos, gold, labels, classes, prompts, (note,))


def _italian(path: Path) -> Any:
    if not path.is_file():
        raise InputError(f"{path} is not there; it is from {BABEL_SOURCE}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))["IT"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read, or has nothing Italian ({error!r})") from error
