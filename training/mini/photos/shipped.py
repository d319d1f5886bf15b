"""Read what this package ships about the photos of `mini`, and write the data folder from it.

    photos.tsv.gz               path in the data folder, difference hash of the copy that was used
    texts.jsonl.gz              photos whose texts were written for cercafoto, with these texts
    etichette_imagenet.jsonl.gz, giudizi_valid.tsv.gz, domande_valid.tsv.gz    as in the data folder

`pack.py` makes these files. They hold no photo, and no text that was made from a data set's own
captions.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cercafoto.base.atomic_file import write_atomically
from cercafoto.training.measure.class_texts import CLASSES, TRAIN, VALID
from cercafoto.training.measure.judgments import JUDGMENTS, QUESTIONS

HERE = Path(__file__).parent / "packed"
PHOTOS, TEXTS = "photos.tsv", "texts.jsonl"
ALSO = (CLASSES, JUDGMENTS, QUESTIONS[0])  # packed under their names in the data folder


@dataclass(frozen=True)
class ShippedPhoto:
    """A photo that `mini` was built from or measured on.

    path: relative to the data folder.
    hash: difference hash of the copy that was used.
    """

    path: str
    hash: int

    @property
    def folder(self) -> str:
        """Return the data set's name in the data folder ("flickr", "scene", ...)."""
        return PurePosixPath(self.path).parent.name


def content(name: str) -> bytes:
    """Return the content of one of the packed files, named without `.gz`."""
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


def shipped_photos() -> list[ShippedPhoto]:
    """Return all photos, in the order in which they were trained on, those to measure on last."""
    lines = content(PHOTOS).decode().splitlines()
    return [ShippedPhoto(path, int(bits, 16)) for path, bits in (x.split("\t") for x in lines)]


def shipped_texts() -> dict[str, dict[str, Any]]:
    """Return path of a photo -> its line of `coppie_*.jsonl`, of photos with texts of our own."""
    rows = map(json.loads, content(TEXTS).decode().splitlines())
    return {row["image_path"]: row for row in rows}


def first_sentences() -> dict[str, str]:
    """Return path of a judged photo -> first sentence of its description in the judgments."""
    lines = (line.split("\t") for line in content(JUDGMENTS).decode().splitlines())
    return {path: description.split(". ")[0] for path, _, _, description in lines}


def write_data(out: Path, laid_out: Set[str], captions: Mapping[str, Sequence[str]]) -> int:
    """Write all files of the data folder but photos and detector's labels. Return the number of
    photos to train on.

    laid_out: paths of the photos that are there.
    captions: captions of photos without texts of our own. A photo to train on that has neither is
        left out; one to measure on has its description's first sentence.
    """
    texts, judged = shipped_texts(), first_sentences()
    train: list[dict[str, Any]] = []
    valid: list[dict[str, Any]] = []
    for photo in shipped_photos():
        row = texts.get(photo.path)
        if photo.path not in laid_out:
            continue
        if photo.path in judged:
            valid.append(row or {"image_path": photo.path, "captions": [judged[photo.path]]})
        elif row or photo.path in captions:
            said = list(captions.get(photo.path, ()))
            train.append(row or {"image_path": photo.path, "captions": said})
    for name in (CLASSES, JUDGMENTS):
        write_atomically(out / name, content(name), overwrite=True)
    write_atomically(out / QUESTIONS[0], questions_over(laid_out), overwrite=True)
    write_atomically(out / TRAIN[0], json_lines(train), overwrite=True)
    write_atomically(out / VALID[0], json_lines(valid), overwrite=True)
    return len(train)


def questions_over(photos: Container[str]) -> bytes:
    """Return the file of questions as it would be if only `photos` had been judged: a question that
    none of them answers, but others did, is left out."""
    kept = []
    for line in content(QUESTIONS[0]).decode().splitlines():
        text, answers, doubtful, kind = line.split("\t")
        left = [[p for p in names.split("|") if p in photos] for names in (answers, doubtful)]
        if left[0] or not answers:
            kept.append("\t".join([text, "|".join(left[0]), "|".join(left[1]), kind]) + "\n")
    return "".join(kept).encode()


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
