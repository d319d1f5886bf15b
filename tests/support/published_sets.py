"""Small stand-ins for the published Italian sets, with the same byte layout and pictures made here.

Copied from the real files (November 2026): XTD10's names end lines with LF and its captions with
CRLF, the last without any; MSCOCO-IT's validated files write most numbers of photos as strings and
a few as numbers; Crossmodal-3600 has every language on a line, three times over; Babel-ImageNet's
prompts have blanks around their place.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.tiny_model import COLOURS

# Words that the tiny model knows.
WORDS = ("rosso", "verde", "blu", "giallo", "azzurro", "viola", "bianco")
TSV_HEAD = (
    "set_id\tsyn_set\tfirst_syn\tquery_long\tquery_short\tquery_short_translated"
    "\tquery_long_translated\tclass_id"
)


@dataclass
class Captioned:
    """A stand-in's photos, and the captions of each."""

    photos: list[Path] = field(default_factory=list)
    captions: list[list[str]] = field(default_factory=list)


class Painter:
    """Makes one-colour pictures of random colours, and captions that all differ in meaning."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.said: set[tuple[float, ...]] = set()

    def photo(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        colour = tuple(int(c) for c in self.random.integers(0, 256, 3))
        # PNG keeps the exact colour whatever the suffix; JPEG would not.
        Image.new("RGB", (40, 30), colour).save(path, "PNG")
        return path

    def caption(self) -> str:
        while True:
            words = [WORDS[at] for at in self.random.integers(0, len(WORDS), 5)]
            colour = np.sum([COLOURS[word] for word in words], axis=0)
            direction = tuple(np.round(colour / np.linalg.norm(colour), 3))
            if direction not in self.said:
                self.said.add(direction)
                return " ".join(words)


def make_xtd10(data: Path, painter: Painter, train: int = 8, val: int = 4) -> Captioned:
    """Write XTD10's two files, and its photos where COCO's archives unpack them."""
    made = Captioned()
    numbers = [("train2014", 61844 + 3 * n) for n in range(train)]
    numbers += [("val2014", 42 + n) for n in range(val)]
    for split, number in numbers:
        name = f"COCO_{split}_{number:012d}.jpg"
        made.photos.append(painter.photo(data / "coco" / split / name))
        made.captions.append([painter.caption()])
    folder = data / "xtd10"
    folder.mkdir(parents=True)
    names = "".join(f"{photo.name}\n" for photo in made.photos)
    (folder / "test_image_names.txt").write_bytes(names.encode())
    captions = "\r\n".join(texts[0] for texts in made.captions)
    (folder / "test_1kcaptions_it.txt").write_bytes(captions.encode())
    return made


def make_xm3600(folder: Path, painter: Painter, photos: int = 9, packed: bool = False) -> Captioned:
    """Write Crossmodal-3600's captions, one to three a photo, and its photos."""
    made = Captioned()
    lines = []
    for number in range(photos):
        key = f"{number:016x}"
        made.photos.append(painter.photo(folder / "images" / f"{key}.jpg"))
        made.captions.append([painter.caption() for _ in range(1 + number % 3)])
        lines.append(
            json.dumps(
                {
                    "en": _language(["A red picture"]),
                    "it": _language(made.captions[-1]),
                    "image/key": key,
                    "image/locale": "it",
                },
                ensure_ascii=False,
            )
        )
    text = "\n".join(lines) + "\n"
    if packed:
        with zipfile.ZipFile(folder / "captions.zip", "w") as archive:
            archive.writestr("captions.jsonl", text)
    else:
        (folder / "captions.jsonl").write_text(text, "utf-8")
    return made


def _language(captions: list[str]) -> dict[str, list[str]]:
    lower = [caption.lower() for caption in captions]
    return {
        "caption": captions, "caption/tokenized": captions, "caption/tokenized/lowercase": lower,
    }  # fmt: skip


def make_mscoco(data: Path, painter: Painter) -> dict[str, Captioned]:
    """Write MSCOCO-IT's four held-out files; the first photo of the first is in XTD10 too."""
    sets: dict[str, Captioned] = {}
    number = 42
    for split in ("devset", "testset"):
        for kind in ("unvalidated", "validated"):
            made = sets[f"mscoco-it-{split}-{kind}"] = Captioned()
            annotations, images = [], []
            for _ in range(5):
                name = f"COCO_val2014_{number:012d}.jpg"
                path = data / "coco" / "val2014" / name
                made.photos.append(path if path.exists() else painter.photo(path))
                made.captions.append([painter.caption() for _ in range(2)])
                images.append({"license": 4, "file_name": name, "id": number})
                for at, caption in enumerate(made.captions[-1]):
                    as_text = kind == "validated" and at == 0
                    annotations.append(
                        {
                            "image_id": str(number) if as_text else number,
                            "id": str(10 * number + at) if as_text else 10 * number + at,
                            "caption": caption,
                        }
                    )
                number += 1000
            content = {
                "info": {}, "images": images, "licenses": [], "type": "captions",
                "annotations": annotations,
            }  # fmt: skip
            path = data / "mscoco-it" / f"captions_ita_{split}_{kind}.json.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(json.dumps(content).encode()))
    return sets


@dataclass
class ImageNet:
    """A stand-in for ImageNet.

    photos: file and class number of each photo.
    labels: DeepL's labels of all classes.
    babel: class -> Babel-ImageNet's label."""

    photos: list[tuple[Path, int]]
    labels: list[str]
    babel: dict[int, str]


def make_imagenet(data: Path, painter: Painter, classes: int = 1000) -> ImageNet:
    """Write folders of all classes, with three photos in each of eight; labels, templates,
    Babel-ImageNet."""
    wnids = [f"n{1440764 + 37 * n:08d}" for n in range(classes)]
    shown = [0, 2, 7, 30, 401, 402, 800, 999]
    photos = []
    for number, wnid in enumerate(wnids):
        (data / "imagenet" / "val" / wnid).mkdir(parents=True)
        for at in range(3 if number in shown else 0):
            name = f"ILSVRC2012_val_{3 * number + at:08d}.JPEG"
            photos.append((painter.photo(data / "imagenet" / "val" / wnid / name), number))
    labels = [f"una cosa numero {number}" for number in range(classes)]
    for number, word in zip(shown, (*WORDS, "nero"), strict=True):
        labels[number] = word
    rows = [
        f"{wnid}\tx, y\tx\ta photo of a x\ta x\t{label}\tuna foto di {label}\t{number + 1}"
        for number, (wnid, label) in enumerate(zip(wnids, labels, strict=True))
    ]
    text = "\n".join([TSV_HEAD, *rows]) + "\n"
    (data / "imagenet" / "imagenet_labels_IT.tsv").write_text(text, "utf-8")
    templates = "una foto di {}\n{} verde\n"
    (data / "imagenet" / "italian_templates_IT.txt").write_text(templates, "utf-8")
    # Two classes share a label; class 401 has none, so its photos are left out.
    babel = {0: "Rosso", 2: "verde", 7: "Rosso", 30: "giallo", 402: "viola", 800: "blu"}
    folder = data / "babel-imagenet"
    folder.mkdir(parents=True)
    content = {"DE": [[1], ["Goldfisch"]], "IT": [list(babel), list(babel.values())]}
    (folder / "babel_imagenet.json").write_text(json.dumps(content), "utf-8")
    prompts = {"IT": ["una cattiva foto di un  {} .", " {}  il giocattolo. "]}
    (folder / "nllb_dist13b_prompts.json").write_text(json.dumps(prompts), "utf-8")
    return ImageNet(photos, labels, babel)
