"""Small stand-ins of both sets of photos of `mini`: data sets, repositories, the data folder."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from cercafoto.training.measure.class_texts import CLASSES, TRAIN, VALID
from cercafoto.training.measure.judgments import JUDGMENTS, QUESTIONS
from cercafoto.training.mini.photos.shipped import PLACES, json_lines

# First set: name in the data folder -> name in a published data set, and the size of its photo.
PUBLISHED = {
    "imagenet/n01440764.jpg": ("train/n01440764/n01440764_10026.JPEG", (500, 375)),
    "flickr_tutte/99_ab.webp": ("Flicker8k_Dataset/99_ab.jpg", (500, 333)),
    "coco_altre/000000000042.webp": ("val2014/COCO_val2014_000000000042.jpg", (640, 480)),
    "coco_altre/000000000151_MEG_size.webp": ("train2017/000000000151.jpg", (640, 360)),
    "strade/vivqa_000000000042.webp": ("OpenViVQA/00000000042.jpg", (700, 900)),
    "scene/ADE_val_00000002.jpg": ("ADE/ADE_val_00000002.jpg", (683, 512)),
    "flickr/12_cd.jpg": ("Flicker8k_Dataset/12_cd.jpg", (375, 500)),
}
VALIDATED = ("scene/ADE_val_00000002.jpg", "flickr/12_cd.jpg")

# Second set: name in the data folder -> repository, file in it, size, EXIF orientation.
IN_REPOSITORIES = {
    "s00001.jpg": ("owner/places", "img/on its side.jpg", (640, 400), 6),
    "s00002.jpg": ("owner/places", "img/b.png", (300, 200), 1),
    "s00003.jpg": ("other/animals", "c.jpg", (700, 900), 1),
    "s00004.jpg": ("other/animals", "d.jpg", (400, 500), 1),
}
OTHERS_VALIDATED = ("s00002.jpg", "s00003.jpg")


def picture(number: int, size: tuple[int, int]) -> Image.Image:
    """Return a smooth picture, another one for each number."""
    coarse = np.random.default_rng(number).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def lay_out_first_set(data: Path, sets: Path) -> None:
    """Write the data sets below `sets`, and their photos, texts and judgments below `data`."""
    rows = []
    for number, (ours, (theirs, size)) in enumerate(PUBLISHED.items()):
        original = picture(number, size)
        (sets / theirs).parent.mkdir(parents=True, exist_ok=True)
        original.save(sets / theirs, quality=92)
        if "_MEG_size" in ours:
            original = original.crop((80, 0, 560, 360))
        side = (224, 224) if ours.endswith(".webp") else (size[0] * 2 // 3, size[1] * 2 // 3)
        (data / "foto" / ours).parent.mkdir(parents=True, exist_ok=True)
        original.resize(side, Image.Resampling.BICUBIC).save(data / "foto" / ours, quality=70)
        rows.append({"image_path": f"foto/{ours}", "captions": [f"la foto {number}"]})
    valid = [row for row in rows if str(row["image_path"]).removeprefix("foto/") in VALIDATED]
    train = [row for row in rows if row not in valid]
    (data / TRAIN[0]).write_bytes(json_lines(train))
    (data / VALID[0]).write_bytes(json_lines(valid))
    (data / JUDGMENTS).write_text(
        "".join(f"foto/{name}\tgatto\tcane\tUn gatto grigio. Sta fermo.\n" for name in VALIDATED)
    )
    (data / QUESTIONS[0]).write_text(
        f"gatto\tfoto/{VALIDATED[0]}\t\tanimale\nrazzo\t\tfoto/{VALIDATED[0]}\tassente\n"
        f"foto\tfoto/{VALIDATED[0]}|foto/{VALIDATED[1]}\t\toggetto\n"
    )
    (data / CLASSES).write_text(
        json.dumps({"i": 0, "wnid": "n0", "nomi": ["tinca"], "iperonimi": [], "contesto": []})
    )


def lay_out_second_set(data: Path, clones: Path) -> None:
    """Write the repositories, each as `clones`/OWNER+NAME, and texts and places below `data`."""
    rows, places = [], []
    for repository in dict.fromkeys(each[0] for each in IN_REPOSITORIES.values()):
        photos = {k: v for k, v in IN_REPOSITORIES.items() if v[0] == repository}
        files = {file: _file(name) for name, (_, file, _, _) in photos.items()}
        commit = commit_files(clones / repository.replace("/", "+"), files)
        for name, (_, file, _, _) in photos.items():
            digest = hashlib.sha256(files[file]).hexdigest()
            places.append("\t".join([name[:-4], repository, commit, file, digest, "a set"]))
            rows.append(
                {
                    "image_path": f"altre/{name}",
                    "captions": [f"un'altra foto {name}"],
                    "parole": ["foto"],
                    "data_set": "a set",
                }
            )
    valid = [row for row in rows if str(row["image_path"])[6:] in OTHERS_VALIDATED]
    (data / TRAIN[1]).write_bytes(json_lines(row for row in rows if row not in valid))
    (data / VALID[1]).write_bytes(json_lines(valid))
    (data / PLACES).write_text("\n".join(places) + "\n")
    first, second = (f"altre/{name}" for name in OTHERS_VALIDATED)
    (data / QUESTIONS[1]).write_text(
        f"cane\t{first}\t{second}\tanimale\ngatto\t{second}\t\tanimale\nrazzo\t\t\tassente\n"
    )


def second_set_picture(name: str) -> Image.Image:
    """Return the upright picture of a photo of the second set."""
    _, _, size, orientation = IN_REPOSITORIES[name]
    with Image.open(io.BytesIO(_file(name))) as image:
        assert image.size == size
        rgb = image.convert("RGB")
    return rgb.transpose(Image.Transpose.ROTATE_270) if orientation == 6 else rgb


def commit_files(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write files into a repository, which is made if need be, commit them, and return the id of
    the commit."""
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Photos")
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, whatever this machine's settings are, and return what it prints."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    person = ["-c", "user.name=Nessuno", "-c", "user.email=nessuno@example.org"]
    exact = ["-c", "core.autocrlf=false", "-c", "protocol.file.allow=always"]
    ran = subprocess.run(
        ["git", "-C", str(folder), *person, *exact, *words],
        env={**alone, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def _file(name: str) -> bytes:
    """Return the file of a photo of the second set, as it lies in its repository."""
    _, file, size, orientation = IN_REPOSITORIES[name]
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = io.BytesIO()
    form = "PNG" if file.endswith(".png") else "JPEG"
    picture(100 + int(name[1:6]), size).save(content, form, quality=92, exif=exif)
    return content.getvalue()
