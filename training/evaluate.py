"""Measure a model folder as it is served: ONNX Runtime, `cercafoto.encoder`, real files.

Two protocols, those of the published CLIP-Italian figures: caption -> photo over a set of
pairs, and zero-shot classification of ImageNet photos with Italian labels.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.encoder import Encoder
from cercafoto.images import open_upright
from cercafoto.models.folder import DESCRIPTION, ModelFolder
from cercafoto.models.registry import Registry, unknown
from cercafoto.settings import Settings
from cercafoto.training.metrics import Floats, hits_at, mrr_at, ranks

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
IMAGE_BATCH = 64


class InputError(ValueError):
    """An input that cannot be read; the message names the file and the line."""


@dataclass(frozen=True)
class Report:
    """What was measured: on what, over how many, and the figures in the order to print.

    kinds: the first figures again for each folder that the photos lie in, with its number of
    queries; every query still looks among all the photos."""

    title: str
    queries: int
    photos: int
    figures: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, dict[str, float]] = field(default_factory=dict)

    def table(self) -> str:
        width = max(len(name) for name in self.figures)
        lines = [f"{self.title} ({self.queries} queries, {self.photos} photos)"]
        lines += [f"  {name:<{width}}  {value:8.4f}" for name, value in self.figures.items()]
        for kind, figures in self.kinds.items():
            told = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
            lines.append(f"  {kind:<{width}}  {told}")
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        counts = {"title": self.title, "queries": self.queries, "photos": self.photos}
        return counts | self.figures | ({"kinds": self.kinds} if self.kinds else {})


def open_encoder(name: str) -> Encoder:
    """A model folder by its path, or a model of this machine by its name."""
    if (Path(name) / DESCRIPTION).is_file():
        return Encoder(ModelFolder.open(Path(name)))
    found = Registry(Settings.resolve()).find(name)
    if found is None:
        raise unknown(name)
    return Encoder(found)


def evaluate_pairs(encoder: Encoder, pairs: Path) -> Report:
    """Caption -> photo. `pairs`: JSON lines with "image_path" (relative to the file) and
    "captions"; every caption is a query and its own photo the one right answer."""
    paths, captions, gold = [], [], []
    for number, line in enumerate(_lines(pairs), 1):
        try:
            row = json.loads(line)
            paths.append(pairs.parent / row["image_path"])
            captions += [str(c) for c in row["captions"]]
            gold += [len(paths) - 1] * len(row["captions"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{pairs}, line {number}: {error!r}") from error
    if not captions:
        raise InputError(f"{pairs}: no captions")
    photos = embed_files(encoder, paths)
    rank = ranks(encoder.embed_texts(captions) @ photos.T, np.array(gold, dtype=np.int64))
    figures = {f"R@{k}": hits_at(rank, k) for k in (1, 5, 10)}
    figures |= {f"MRR@{k}": mrr_at(rank, k) for k in (1, 5, 10)}
    figures["median rank"] = float(np.median(rank))
    folder_of = np.array([paths[at].parent.name for at in gold])
    kinds = {
        str(kind): {"queries": int((folder_of == kind).sum())}
        | {f"R@{k}": hits_at(rank[folder_of == kind], k) for k in (1, 5, 10)}
        for kind in np.unique(folder_of)
    }
    return Report("caption -> photo", len(captions), len(paths), figures, kinds)


def evaluate_imagenet(
    encoder: Encoder, photos: Path, labels: Path, templates: Sequence[str] = ("{}",)
) -> Report:
    """Zero-shot accuracy. `photos`: a folder of <wnid>/*.jpg, or of <wnid>.jpg. `labels`: a
    DeepL-style table or JSON lines (see `read_labels`)."""
    names = read_labels(labels)
    order = sorted(names)
    paths, gold = _class_photos(photos, order)
    if not paths:
        raise InputError(f"{photos}: no photos of the classes in {labels.name}")
    prompts = [template.format(names[wnid]) for wnid in order for template in templates]
    texts = encoder.embed_texts(prompts).reshape(len(order), len(templates), -1).mean(axis=1)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    rank = ranks(embed_files(encoder, paths) @ texts.T, np.array(gold, dtype=np.int64))
    figures = {f"accuracy@{k}": hits_at(rank, k) for k in (1, 5, 10, 100)}
    return Report("zero-shot ImageNet", len(paths), len(paths), figures)


def read_labels(path: Path) -> dict[str, str]:
    """wnid -> Italian label: of a TSV the column query_short_translated (by set_id), of JSON
    lines the first of "nomi" (by "wnid")."""
    lines = _lines(path)
    names: dict[str, str] = {}
    try:
        if path.suffix == ".tsv":
            for row in csv.DictReader(lines, delimiter="\t"):
                names[row["set_id"]] = row["query_short_translated"]
        else:
            for row in map(json.loads, lines):
                names[row["wnid"]] = row["nomi"][0]
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise InputError(f"{path}: not a table of labels ({error!r})") from error
    if not names:
        raise InputError(f"{path}: no labels")
    return names


def embed_files(encoder: Encoder, paths: Sequence[Path]) -> Floats:
    """Unit vectors [N, D] of files, decoded a batch at a time."""
    side = encoder.preprocessing.resize_to
    parts = [
        encoder.embed_images([open_upright(p, side) for p in paths[at : at + IMAGE_BATCH]])
        for at in range(0, len(paths), IMAGE_BATCH)
    ]
    return np.concatenate(parts)


def _class_photos(folder: Path, order: Sequence[str]) -> tuple[list[Path], list[int]]:
    paths: list[Path] = []
    gold: list[int] = []
    for index, wnid in enumerate(order):
        inside = sorted((folder / wnid).glob("*")) if (folder / wnid).is_dir() else []
        beside = [folder / f"{wnid}{suffix}" for suffix in sorted(PHOTO_SUFFIXES)]
        for path in [*inside, *(p for p in beside if p.is_file())]:
            if path.suffix.lower() in PHOTO_SUFFIXES:
                paths.append(path)
                gold.append(index)
    return paths, gold


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    return [line for line in text.splitlines() if line.strip()]
