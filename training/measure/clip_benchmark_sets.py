"""Read the usual zero-shot sets, by CLIP_benchmark's loaders, with Italian labels.

    pip install requests
    pip install --no-deps clip-benchmark
    DIR/clip_benchmark/cifar10/, DIR/clip_benchmark/food101/, ...

Each folder is the one that CLIP_benchmark calls the root of the set. Nothing is downloaded here.
For sets made of ImageNet's classes, CLIP_benchmark has DeepL's Italian labels; for the other sets,
`italian_classes.tsv` has a label for each English name that the loader gives. The templates are
CLIP_benchmark's Italian ones, which come from clip-italian.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.measure.class_sets import ALONE, ClassSet
from cercafoto.training.measure.embed import picture_batches
from cercafoto.training.measure.sources import Source
from cercafoto.training.training_errors import InputError

INSTALL = "pip install requests && pip install --no-deps clip-benchmark"
# Sets made of ImageNet's classes, for which CLIP_benchmark has Italian labels.
OF_IMAGENET = {
    "imagenetv2": "ImageNet-V2",
    "imagenet_sketch": "ImageNet-Sketch",
    "imagenet-a": "ImageNet-A",
    "imagenet-r": "ImageNet-R",
}
TITLES = {
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "stl10": "STL-10",
    "food101": "Food-101",
    "pets": "Oxford-IIIT Pet",
    "flowers": "Oxford Flowers-102",
    "eurosat": "EuroSAT",
    "dtd": "DTD",
    "fer2013": "FER2013",
    **OF_IMAGENET,
}
IMAGENET_V2 = 10_000  # photos; the loader downloads them if it finds another number


@dataclass(frozen=True)
class Loaded:
    """Photos of a torchvision dataset whose items are (picture, class)."""

    dataset: Any

    def embed(self, source: Source) -> tuple[Floats, Ints]:
        gold = np.zeros(len(self.dataset), np.int64)

        def picture(index: int) -> Any:
            image, gold[index] = self.dataset[index]
            return image.convert("RGB")

        try:
            batches = picture_batches(len(gold), picture, source.preprocessing)
            vectors = np.concatenate([source.embed_pixels(pixels) for pixels in batches])
        except (OSError, ValueError) as error:  # what Pillow raises for a damaged file
            raise InputError(f"{self.dataset.root}: a photo cannot be read ({error})") from error
        return vectors, gold


def loaded_readers(data: Path) -> dict[str, tuple[str, Callable[[], ClassSet]]]:
    """Return title and reader of each set in `data`, by its key. Readers raise InputError."""
    folder = data / "clip_benchmark"
    return {
        name: (title, partial(_read, name, title, folder / name)) for name, title in TITLES.items()
    }


def italian_classes() -> dict[str, dict[str, str]]:
    """Return this package's Italian label of each English name, by set and name."""
    text = files(__package__).joinpath("italian_classes.tsv").read_text(encoding="utf-8")
    sets: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            own = sets.setdefault(line.strip("[]"), {})
        elif line.strip() and not line.startswith("#"):
            english, italian = line.split("\t")
            own[english] = italian
    return sets


def _read(name: str, title: str, root: Path) -> ClassSet:
    if importlib.util.find_spec("clip_benchmark") is None:
        raise InputError(f"CLIP_benchmark is not installed: {INSTALL}")
    # The loaders download missing sets: they are not called without these folders.
    if not root.is_dir() or not any(root.iterdir()):
        raise InputError(f"{root} is not there; docs/evaluation.md says how to download it")
    if name == "imagenetv2":
        photos = sum(1 for _ in (root / "ImageNetV2-matched-frequency").glob("**/*.jpeg"))
        if photos != IMAGENET_V2:
            raise InputError(f"{root} has {photos} photos and not {IMAGENET_V2}")
    try:
        from clip_benchmark.datasets.builder import build_dataset
    except ImportError as error:
        raise InputError(f"CLIP_benchmark cannot be loaded ({error}): {INSTALL}") from error

    language = "it" if name in OF_IMAGENET else "en"
    try:
        with warnings.catch_warnings(action="ignore"):  # a warning that the set has no splits
            dataset = build_dataset(
                name, root=str(root), split="test", download=False, language=language
            )
    except (ImportError, OSError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(f"{root}: CLIP_benchmark cannot read it ({error})") from error
    labels = [str(label) for label in dataset.classes]
    if language == "en":
        labels = _translated(name, labels)
    if (found := len(getattr(dataset, "class_to_idx", labels))) != len(labels):
        raise InputError(f"{root} has {found} classes and not {len(labels)}")
    templates = _templates()
    prompts = {"label": ALONE, f"{len(templates)} templates": templates}
    return ClassSet(title, Loaded(dataset), labels, np.arange(len(labels)), prompts)


def _translated(name: str, english: list[str]) -> list[str]:
    known = italian_classes()[name]
    if missing := [label for label in english if label not in known]:
        raise InputError(f"{name}: no Italian label for {', '.join(missing[:5])}")
    return [known[label] for label in english]


def _templates() -> list[str]:
    path = files("clip_benchmark.datasets") / "it_zeroshot_classification_templates.json"
    found: list[str] = json.loads(path.read_text(encoding="utf-8"))["imagenet1k"]
    return [template.replace("{c}", "{}") for template in found]
