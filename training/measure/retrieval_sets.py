"""Read captioned photos of the published Italian sets from the files that their owners publish.

docs/evaluation.md says where the files are from, how they lie in a folder and what to beware of.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.training.data.tables import opened
from cercafoto.training.measure.datasets import (
    Pairs,
    pairs_of,
    read_annotations,
    read_mscoco,
    read_pairs,
)
from cercafoto.training.training_errors import InputError

XTD10_SOURCE = "https://github.com/adobe-research/Cross-lingual-Test-Dataset-XTD10/tree/main/XTD10"
XM3600_SOURCE = "https://google.github.io/crossmodal-3600/"
MSCOCO_SOURCE = "https://github.com/crux82/mscoco-it"
COCO_SOURCE = "https://cocodataset.org/#download"

HELD_OUT = {
    "captions_ita_devset_unvalidated": "dev, not validated",
    "captions_ita_devset_validated": "dev, validated",
    "captions_ita_testset_unvalidated": "test, not validated",
    "captions_ita_testset_validated": "test, validated",
}


@dataclass(frozen=True)
class RetrievalSet:
    """Captioned photos, and parts of them that are also measured.

    groups: title -> which of the N photos are asked for, among all of them.
    first_apart: whether to measure once more with only the first caption of each photo.
    notes: sentences about the figures.
    """

    title: str
    pairs: Pairs
    groups: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    first_apart: bool = False
    notes: tuple[str, ...] = ()


Reader = Callable[[], RetrievalSet]


def retrieval_readers(data: Path, pairs: Path | None = None) -> dict[str, tuple[str, Reader]]:
    """Return title and reader of each set in `data`, by its key. Readers raise InputError.

    pairs: a file for `read_pairs`, which becomes one more set.
    """
    readers: dict[str, tuple[str, Reader]] = {
        "xtd10": ("XTD10-it", lambda: read_xtd10(data)),
        "xm3600": ("Crossmodal-3600-it", lambda: read_xm3600(data / "xm3600")),
    }
    for stem, part in HELD_OUT.items():
        title = f"MSCOCO-IT, {part}"
        key = stem.replace("captions_ita_", "mscoco-it-").replace("_", "-")
        readers[key] = (title, partial(_read_held_out, data, stem, title))
    if pairs:
        name = pairs.name
        readers["pairs"] = (name, lambda: RetrievalSet(name, read_pairs(pairs)))
    return readers


def read_xtd10(data: Path) -> RetrievalSet:
    """Return XTD10's Italian captions: two files whose lines belong together.

    The photos are in xtd10/images, as CLIP_benchmark unpacks them, or in coco/. Raises InputError.

    data: folder that contains xtd10/.
    """
    folder = data / "xtd10"
    names = _lines(folder / "test_image_names.txt", XTD10_SOURCE)
    captions = _lines(folder / "test_1kcaptions_it.txt", XTD10_SOURCE)
    if len(names) != len(captions):
        raise InputError(f"{folder}: {len(captions)} captions of {len(names)} photos")
    places = (folder / "images", data / "coco" / "train2014", data / "coco" / "val2014")
    found = [_first_file([place / name for place in places]) for name in names]
    photos = _all_there(found, [data / "coco" / _folder(name) / name for name in names])
    pairs = pairs_of(folder, ((p, [c]) for p, c in zip(photos, captions, strict=True)))
    of_train = np.array(["train2014" in path.name for path in pairs.photos])
    groups = {"COCO train2014": of_train, "COCO val2014": ~of_train}
    note = (
        f"XTD10: {of_train.sum()} of its {len(of_train)} photos are of COCO's train2014, which "
        "models trained on MSCOCO-IT have seen"
    )
    try:
        held = _held_out_numbers(data / "mscoco-it")
    except InputError:
        note += "; how many it holds out, its four files in mscoco-it would tell"
    else:
        clean = np.array([_number(path) in held for path in pairs.photos])
        groups["held out by MSCOCO-IT"] = clean
        note += f"; it holds out {clean.sum()}"
    groups = {title: chosen for title, chosen in groups.items() if chosen.any()}
    return RetrievalSet("XTD10-it", pairs, groups, notes=(note,))


def read_xm3600(folder: Path) -> RetrievalSet:
    """Return Crossmodal-3600's Italian captions, one or more for each photo."""
    rows: list[tuple[str, list[str]]] = []
    for number, line in enumerate(_xm3600_lines(folder), 1):
        try:
            row = json.loads(line)
            captions = [str(caption) for caption in row["it"]["caption"]]
            rows.append((str(row["image/key"]), captions))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder / 'captions.jsonl'}, line {number}: {error!r}") from error
        if not captions:
            raise InputError(f"{folder / 'captions.jsonl'}, line {number}: no Italian caption")
    wanted = [folder / "images" / f"{key}.jpg" for key, _ in rows]
    found = [path if path.is_file() else None for path in wanted]
    photos = _all_there(found, wanted, XM3600_SOURCE)
    pairs = pairs_of(folder, ((p, texts) for p, (_, texts) in zip(photos, rows, strict=True)))
    each = len(pairs.captions) / len(pairs.photos)
    note = (
        f"Crossmodal-3600: {len(pairs.captions)} captions of {len(pairs.photos)} photos, "
        f"{each:.2f} each; figures by CLIP_benchmark are of the first only"
    )
    return RetrievalSet("Crossmodal-3600-it", pairs, first_apart=True, notes=(note,))


def _read_held_out(data: Path, stem: str, title: str) -> RetrievalSet:
    captions = _caption_file(data / "mscoco-it", stem)
    try:
        return RetrievalSet(title, read_mscoco(captions, data / "coco" / "val2014"))
    except InputError as error:
        raise InputError(f"{error}; photos are from {COCO_SOURCE}") from error


def _held_out_numbers(folder: Path) -> set[int]:
    """Return the numbers of all photos that MSCOCO-IT leaves out of its training files."""
    files = [_caption_file(folder, stem) for stem in HELD_OUT]
    return {number for file in files for number, _ in read_annotations(file)}


def _caption_file(folder: Path, stem: str) -> Path:
    found = _first_file([folder / f"{stem}.json", folder / f"{stem}.json.gz"])
    if found is None:
        raise InputError(f"{folder / stem}.json.gz is not there; it is from {MSCOCO_SOURCE}")
    return found


def _xm3600_lines(folder: Path) -> list[str]:
    plain, packed = folder / "captions.jsonl", folder / "captions.zip"
    if plain.is_file() or not packed.is_file():
        return _lines(plain, XM3600_SOURCE)
    try:
        with zipfile.ZipFile(packed) as archive:
            text = archive.read("captions.jsonl").decode("utf-8")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{packed}: cannot be read ({error})") from error
    return _split(text)


def _lines(path: Path, source: str) -> list[str]:
    if not path.is_file():
        raise InputError(f"{path} is not there; it is from {source}")
    with opened(path) as text:
        return _split(text.read())


def _split(text: str) -> list[str]:
    # Only the end is trimmed: an empty line in between would shift captions and photos.
    return [line.strip() for line in text.rstrip().split("\n")]


def _all_there(
    found: list[Path | None], wanted: list[Path], source: str = COCO_SOURCE
) -> list[Path]:
    """Return the files found. Raises InputError if one is missing: ranks are among all of them."""
    missing = [want for have, want in zip(found, wanted, strict=True) if have is None]
    if missing:
        raise InputError(
            f"{missing[0]} is not there ({len(missing)} of {len(wanted)} photos are missing); "
            f"photos are from {source}"
        )
    return [path for path in found if path]


def _first_file(candidates: list[Path]) -> Path | None:
    return next((path for path in candidates if path.is_file()), None)


def _folder(name: str) -> str:
    return "train2014" if "train2014" in name else "val2014"


def _number(path: Path) -> int:
    """Return COCO's number of a photo: COCO_train2014_000000061844.jpg -> 61844."""
    return int(path.stem.rsplit("_", 1)[-1])
