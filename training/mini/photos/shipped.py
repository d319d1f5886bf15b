"""Read what this package ships about the photos of `mini`, and write the data folder from it.

    photos.tsv.gz        first set: path in the data folder, difference hash of the copy used
    texts.jsonl.gz       photos of it whose texts were written for cercafoto, with these texts
    altre_foto.tsv.gz    second set: path in the data folder, repository, commit, file, digest
    coppie_altre.jsonl.gz, coppie_altre_valid.jsonl.gz, domande_altre_valid.tsv.gz,
    domande_valid.tsv.gz, etichette_imagenet.jsonl.gz, giudizi_valid.tsv.gz    as in the data folder

`pack.py` makes these files. They hold no photo, and no text that was made from a data set's own
captions.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import write_atomically
from cercafoto.training.measure.class_texts import CLASSES, TRAIN, VALID
from cercafoto.training.measure.judgments import JUDGMENTS, QUESTIONS

HERE = Path(__file__).parent / "packed"
PHOTOS, TEXTS, PLACES = "photos.tsv", "texts.jsonl", "altre_foto.tsv"
# Packed under their names in the data folder.
ALSO = (CLASSES, JUDGMENTS, *QUESTIONS, TRAIN[1], VALID[1])


@dataclass(frozen=True)
class ShippedPhoto:
    """A photo of the first set that `mini` was built from or measured on.

    path: relative to the data folder.
    hash: difference hash of the copy that was used.
    """

    path: str
    hash: int


@dataclass(frozen=True)
class RepositoryPhoto:
    """A photo of the second set, which lies in a public repository.

    path: relative to the data folder.
    repository: "owner/name".
    file: path in the repository, at `commit`.
    digest: SHA-256 of the file, its first hexadecimal digits.
    """

    path: str
    repository: str
    commit: str
    file: str
    digest: str


def content(name: str) -> bytes:
    """Return the content of one of the packed files, named without `.gz`."""
    return gzip.decompress((HERE / f"{name}.gz").read_bytes())


def shipped_photos() -> list[ShippedPhoto]:
    """Return the first set, in the order in which it was trained on, photos to measure on last."""
    return [ShippedPhoto(path, int(bits, 16)) for path, bits in _rows(PHOTOS)]


def repository_photos() -> list[RepositoryPhoto]:
    """Return the second set, by repository."""
    return [RepositoryPhoto(*row) for row in _rows(PLACES)]


def shipped_texts() -> dict[str, dict[str, Any]]:
    """Return path of a photo of the first set -> its line of `coppie_*.jsonl`, of those with texts
    of our own."""
    return {row["image_path"]: row for row in _objects(TEXTS)}


def first_sentences() -> dict[str, str]:
    """Return path of a judged photo -> first sentence of its description in the judgments."""
    return {path: description.split(". ")[0] for path, _, _, description in _rows(JUDGMENTS)}


def write_data(out: Path, laid_out: Set[str], captions: Mapping[str, Sequence[str]]) -> int:
    """Write all files of the data folder but photos and detector's labels. Return the number of
    photos to train on.

    laid_out: paths of the photos that are there. The second set has no files if none of it is.
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
    _write_set(out, 0, laid_out, train, valid)
    others, other_valid = (
        [row for row in _objects(name) if row["image_path"] in laid_out]
        for name in (TRAIN[1], VALID[1])
    )
    if others or other_valid:
        _write_set(out, 1, laid_out, others, other_valid)
    return len(train) + len(others)


def _write_set(
    out: Path,
    number: int,
    laid_out: Set[str],
    train: Iterable[Mapping[str, Any]],
    valid: Iterable[Mapping[str, Any]],
) -> None:
    questions = questions_over(laid_out, QUESTIONS[number])
    write_atomically(out / QUESTIONS[number], questions, overwrite=True)
    write_atomically(out / TRAIN[number], json_lines(train), overwrite=True)
    write_atomically(out / VALID[number], json_lines(valid), overwrite=True)


def questions_over(photos: Container[str], name: str) -> bytes:
    """Return a file of QUESTIONS as it would be if only `photos` had been judged: a question that
    none of them answers, but others did, is left out."""
    kept = []
    for text, answers, doubtful, kind in _rows(name):
        left = [[p for p in names.split("|") if p in photos] for names in (answers, doubtful)]
        if left[0] or not answers:
            kept.append("\t".join([text, "|".join(left[0]), "|".join(left[1]), kind]) + "\n")
    return "".join(kept).encode()


def _lines(name: str) -> list[str]:
    # Not splitlines(): a caption may hold U+2028, which JSON leaves as it is.
    return [line for line in content(name).decode().split("\n") if line]


def _rows(name: str) -> list[list[str]]:
    """Return the columns of each line of a packed table."""
    return [line.split("\t") for line in _lines(name)]


def _objects(name: str) -> list[dict[str, Any]]:
    """Return the objects of a packed file of JSON lines."""
    return [json.loads(line) for line in _lines(name)]


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
