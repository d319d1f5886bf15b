"""Make pairs of MSCOCO-IT: COCO 2014 photos with captions translated into Italian.

Files mscoco-it/*.json.gz of https://github.com/crux82/mscoco-it, in COCO's own format:
{"images": [{"id", "file_name", ...}], "annotations": [{"image_id", "id", "caption"}]}.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.tables import opened
from cercafoto.training.data.tally import MISSING, NO_CAPTION, Tally
from cercafoto.training.training_errors import InputError

SOURCE = "mscoco-it"
HELD_OUT = "held out for evaluation"
SPLITS = ("train2014", "val2014")
MOST_CAPTIONS = 5


def build(
    annotations: Sequence[Path], photos: Path, held_out: Sequence[Path], most: int = MOST_CAPTIONS
) -> tuple[list[Pair], Tally]:
    """Return a pair for each photo, in the order of COCO's ids, with its first `most` captions.

    Paths are relative to `photos`, where the files lie, or its folders train2014 and val2014.
    "read" counts photos.
    held_out: files of the same format (the development and test sets): their photos are left
    out whatever `annotations` says.
    """
    names: dict[int, str] = {}
    captions: dict[int, dict[int, str]] = defaultdict(dict)
    for path in annotations:
        content = read_captions(path)
        names.update(content.names)
        for image, identifier, caption in content.captions:
            captions[image][identifier] = caption
    forbidden = {image for path in held_out for image in read_captions(path).photos}
    tally = Tally(SOURCE)
    pairs = []
    for image in sorted(names.keys() | captions.keys()):
        tally.read += 1
        texts = distinct(text for _, text in sorted(captions[image].items()))[:most]
        if image in forbidden:
            tally.leave_out(HELD_OUT)
        elif not texts:
            tally.leave_out(NO_CAPTION)
        elif (file := _file(photos, image, names.get(image))) is None:
            tally.leave_out(MISSING)
        else:
            pairs.append(Pair(file, texts, SOURCE))
    return pairs, tally


class CaptionFile:
    """What a caption file holds.

    names: image id -> file name.
    captions: (image id, caption id, text).
    """

    def __init__(self, data: Any) -> None:
        self.names = {int(image["id"]): str(image["file_name"]) for image in data.get("images", [])}
        self.captions = [
            (int(row["image_id"]), int(row["id"]), str(row["caption"]))
            for row in data["annotations"]
        ]

    @property
    def photos(self) -> set[int]:
        return self.names.keys() | {image for image, _, _ in self.captions}


def read_captions(path: Path) -> CaptionFile:
    """Read a caption file, plain or .gz, some of whose numbers are strings. Raises InputError."""
    with opened(path) as text:
        try:
            return CaptionFile(json.load(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: not COCO captions ({error!r})") from error


def _file(photos: Path, image: int, name: str | None) -> str | None:
    """Return a photo's path relative to `photos`; without `name`, COCO 2014's own name is tried."""
    guessed: Iterable[str] = (f"COCO_{split}_{image:012d}.jpg" for split in SPLITS)
    for candidate in [name] if name else guessed:
        for folder in ("", *SPLITS):
            if (photos / folder / candidate).is_file():
                return (Path(folder) / candidate).as_posix()
    return None
