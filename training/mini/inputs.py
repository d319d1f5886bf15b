"""Open all that a build of `mini` reads, before its first hour."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from cercafoto.base.own_process import usable_cores
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.training.measure.class_texts import (
    CLASSES,
    TRAIN,
    VALID,
    Photo,
    photos_of,
    read_classes,
)
from cercafoto.training.measure.judgments import (
    JUDGMENTS,
    QUESTIONS,
    judged_sets,
    read_judgments,
    read_questions,
)
from cercafoto.training.mini.things.detected import DETECTED, read_detected
from cercafoto.training.training_errors import InputError

FILES = (TRAIN[0], VALID[0], CLASSES, JUDGMENTS, QUESTIONS[0])
SIDE = 224
NAMED = 3  # bad photos that the error names


def check_inputs(data: Path, things: bool) -> None:
    """Read every file of a data folder, and decode every photo that they name.

    things: whether the head for things is trained too, which needs the detector's labels.
    Raises InputError naming the files that are missing, a wrong line, or photos that cannot be
    read.
    """
    files = [*FILES, *([DETECTED] if things else [])]
    if missing := [name for name in files if not (data / name).is_file()]:
        hint = " (without it: --without-things)" if missing == [DETECTED] else ""
        raise InputError(f"{data}: no {', '.join(missing)}{hint}; see docs/mini-data.md")
    classes = read_classes(data / CLASSES)
    sets = judged_sets(data)
    try:
        train = photos_of(data, TRAIN, classes)
        _check_texts(train, data / TRAIN[0])
        valid = [photos_of(data, [name], classes) for name, _ in sets]
        for photos, (name, _) in zip(valid, sets, strict=True):
            _check_texts(photos, data / name)
        seen = [each.photo for each in read_detected(data)] if things else []
    except (KeyError, TypeError) as error:
        raise InputError(f"{data}: a line of {', '.join(files)} lacks {error}") from error
    judged = [[photo.path for photo in each] for each in valid]
    read_judgments(data / JUDGMENTS).over(judged[0])
    for paths, (_, asked) in zip(judged, sets, strict=True):
        read_questions(data / asked, paths)
    to_learn = (photo.path for photo in train)
    check_photos(data, dict.fromkeys([*chain(*judged), *to_learn, *seen]))


def _check_texts(photos: list[Photo], path: Path) -> None:
    if not photos:
        raise InputError(f"{path}: no photos in it")
    for photo in photos:
        if not photo.captions:
            raise InputError(f"{path}: no caption of {photo.path}")


def check_photos(data: Path, paths: Iterable[str]) -> None:
    """Decode photos of a data folder. Raises InputError naming some of those that cannot be."""

    def reason(path: str) -> str | None:
        try:
            open_upright(data / path, SIDE)
        except ImageError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(usable_cores()) as pool:
        bad = list(filter(None, pool.map(reason, paths)))
    if bad:
        more = f"\nand {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
        raise InputError("\n".join(bad[:NAMED]) + more)
