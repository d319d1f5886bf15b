"""A small ImageNet 2012, in the layout of the original archives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

WNIDS = ("n01440764", "n01443537", "n01484850")
DEVKIT = "ILSVRC2012_devkit_t12"


def jpeg(colour: tuple[int, int, int], side: int = 48) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(content, "JPEG")
    return content.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def make_train(path: Path, wnids: Sequence[str] = WNIDS, photos: int = 2) -> Path:
    """Write a tar of tars, one for each class."""
    with tarfile.open(path, "w") as outer:
        for number, wnid in enumerate(wnids):
            content = io.BytesIO()
            with tarfile.open(fileobj=content, mode="w") as inner:
                for photo in range(photos):
                    add(inner, f"{wnid}_{photo}.JPEG", jpeg((number * 80, photo * 60, 0)))
            add(outer, f"{wnid}.tar", content.getvalue())
    return path


def make_validation(path: Path, truth: Sequence[int]) -> Path:
    """Write a flat tar with one photo for each number; its colour shows the number."""
    with tarfile.open(path, "w") as tar:
        for place, number in enumerate(truth, 1):
            name = f"ILSVRC2012_val_{place:08d}.JPEG"
            add(tar, name, jpeg((number * 60 % 256, place * 20 % 256, 90)))
    return path


def make_devkit(path: Path, truth: Sequence[int], wnids: Sequence[str] = WNIDS) -> Path:
    """Write the kit: class numbers of the validation photos, and the table of synsets, including an
    inner one."""
    import numpy as np
    from scipy.io import savemat

    kinds = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("num_children", "O")]
    rows = [(n, wnid, "a name, another", 0) for n, wnid in enumerate(wnids, 1)]
    rows.append((1001, "n00001740", "entity", len(wnids)))
    table = io.BytesIO()
    savemat(table, {"synsets": np.array(rows, dtype=kinds).reshape(-1, 1)})
    with tarfile.open(path, "w:gz") as kit:
        add(kit, f"{DEVKIT}/readme.txt", b"")
        add(kit, f"{DEVKIT}/data/meta.mat", table.getvalue())
        numbers = "".join(f"{n}\n" for n in truth).encode()
        add(kit, f"{DEVKIT}/data/ILSVRC2012_validation_ground_truth.txt", numbers)
    return path
