"""Small stand-ins for the published sources of pairs, in a folder laid out as in docs/data.md."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.imagenet import WNIDS, add, jpeg, make_devkit, make_validation

PHOTOS = 40  # of each source
DEAD = 5  # every fifth URL of Conceptual Captions is
THINGS = ("gatto", "cane", "tavolo", "razzo", "mare")
TRUTH = (2, 1, 3, 2, 1, 3)
STAMPS = "stamps-of-debian"  # stands for /usr/share/tuxpaint/stamps


def lay_out(folder: Path) -> None:
    """Write the files that a person downloads by hand; URLs are those of `photo_of`."""
    _wit(folder / "wit")
    _mscoco(folder / "mscoco-it", folder / "coco")
    _zipped(folder / "coco")
    _conceptual(folder / "cc")
    _foto_del_giorno(folder / "foto" / "pagine")
    _local(folder / "data")
    _stamps(folder / STAMPS)
    _shards(folder / "other")
    imagenet = folder / "imagenet"
    imagenet.mkdir()
    make_validation(imagenet / "ILSVRC2012_img_val.tar", TRUTH)
    make_devkit(imagenet / "ILSVRC2012_devkit_t12.tar.gz", TRUTH)


def photo_of(url: str) -> bytes | None:
    """Return the network's answer for a URL; None for a dead URL."""
    number = int(url.rsplit("/", 1)[1].partition(",")[0])
    if "://cc." in url and number % DEAD == 0:
        return None
    return _colour(number + (100 if "://cc." in url else 0))


def labels() -> str:
    """Return `imagenet_labels_IT.tsv` of the branch imagenet_templates."""
    rows = [f"{wnid}\tun {thing}" for wnid, thing in zip(WNIDS, THINGS, strict=False)]
    return "\n".join(["set_id\tquery_short_translated", *rows]) + "\n"


def _colour(number: int) -> bytes:
    return jpeg((number * 7 % 256, number * 31 % 256, number * 59 % 256))


def _wit(folder: Path) -> None:
    folder.mkdir()
    for part in range(2):
        rows = ["language\tpage_url\timage_url\tcaption_reference_description"]
        for number in range(part, PHOTOS, 2):
            caption = "Dora Riparia" if number == 7 else f"Un {THINGS[number % 5]} nel {number}"
            # Wikimedia's file names have commas in them.
            rows.append(f"it\tx\thttps://upload.wikimedia.org/{number},_Roma\t{caption}")
            rows.append(f"fr\tx\thttps://upload.wikimedia.org/{number},_Roma\tUn chat")
        name = f"wit_v1.train.all-{part:05d}-of-00010.tsv.gz"
        (folder / name).write_bytes(gzip.compress("\n".join(rows).encode()))


def _mscoco(captions: Path, photos: Path) -> None:
    captions.mkdir()
    for split in ("train2014", "val2014"):
        (photos / split).mkdir(parents=True)

    def file(name: str, numbers: range, split: str) -> None:
        names = {n: f"COCO_{split}_{n:012d}.jpg" for n in numbers}
        for number, photo in names.items():
            (photos / split / photo).write_bytes(_colour(number))
        content = {
            "images": [{"id": n, "file_name": photo} for n, photo in names.items()],
            "annotations": [
                {"image_id": n, "id": 10 * n + k, "caption": f"Un {THINGS[n % 5]} {k}"}
                for n in names
                for k in range(5)
            ],
        }
        data = gzip.compress(json.dumps(content).encode())
        (captions / f"captions_ita_{name}.json.gz").write_bytes(data)

    file("trainingset_train2014", range(200, 200 + PHOTOS), "train2014")
    file("trainingset_val2014", range(300, 303), "val2014")
    file("devset_unvalidated", range(310, 318), "val2014")
    file("devset_validated", range(320, 322), "val2014")
    file("testset_unvalidated", range(330, 332), "val2014")
    file("testset_validated", range(340, 342), "val2014")


def _zipped(folder: Path) -> None:
    """Zip the photos of each split as COCO publishes them."""
    for split in ("train2014", "val2014"):
        with zipfile.ZipFile(folder / f"{split}.zip", "w") as archive:
            for photo in sorted((folder / split).iterdir()):
                archive.write(photo, f"{split}/{photo.name}")
        shutil.rmtree(folder / split)


def _conceptual(folder: Path) -> None:
    folder.mkdir()
    rows = [f'a "{n}" on a table\thttps://cc.example.org/{n}' for n in range(PHOTOS)]
    (folder / "Train_GCC-training.tsv").write_text("\n".join(rows) + "\n", "utf-8")


def _foto_del_giorno(folder: Path) -> None:
    for number in range(PHOTOS // 4):
        page = folder / f"pagina{number}.html"
        photo = folder / f"pagina{number}_files" / "foto.jpg"
        photo.parent.mkdir(parents=True)
        photo.write_bytes(_colour(400 + number))
        page.write_text(
            f'<html><figure><img src="{photo.parent.name}/foto.jpg">'
            f"<figcaption>Nevica a {number} gradi (AP)</figcaption></figure></html>",
            "utf-8",
        )


def _local(folder: Path) -> None:
    for name, first in (("train", 500), ("valid", 600)):
        rows = []
        for number in range(first, first + PHOTOS // 2):
            path = folder / "foto" / ("flickr_tutte" if number % 9 == 0 else "scene")
            path.mkdir(parents=True, exist_ok=True)
            photo = path / f"{number}.jpg"
            photo.write_bytes(_colour(number))
            thing = THINGS[number % 5]
            path_in_file = photo.relative_to(folder).as_posix()
            rows.append(
                {"image_path": path_in_file, "captions": [f"un {thing}"], "parole": [thing]}
            )
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"coppie_{name}.jsonl").write_text(lines, "utf-8")


def _stamps(folder: Path) -> None:
    for number in range(PHOTOS):
        text = folder / "animali" / f"{number}.txt"
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(f"A frog.\nit.utf8=Una rana numero {number}.\n", "utf-8")
        text.with_suffix(".png").write_bytes(_colour(700 + number))


def _shards(folder: Path) -> None:
    folder.mkdir()
    write_shard(
        folder / "altre-00000.tar", ((f"{n:06d}", n, {"caption": "Un mare"}) for n in range(4))
    )


def write_shard(path: Path, samples: Iterator[tuple[str, int, dict[str, str]]]) -> None:
    """Write a WebDataset shard of key, number of the photo and content of its .json."""
    with tarfile.open(path, "w") as tar:
        for key, number, facts in samples:
            add(tar, f"{key}.jpg", _colour(800 + number))
            add(tar, f"{key}.json", json.dumps(facts).encode())
