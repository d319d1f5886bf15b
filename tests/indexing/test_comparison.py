"""Comparing a folder at a time gives the same result as comparing photo by photo."""

from __future__ import annotations

import os
import random
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import EXCLUDED, MISSING, OK, PROBLEM, READ_AGAIN, KnownFile
from cercafoto.errors import ImageError, PassingImageError
from cercafoto.indexing.comparison import (
    BACK,
    CHANGED,
    DESCRIBED,
    NEW,
    RECOMPUTED,
    RECOVERED,
    UNCHANGED,
    Comparison,
)
from cercafoto.indexing.folder_choices import WalkFactory
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.photos.scan import Walk

NAMES = ("a.jpg", "b.JPG", "c.png", "d.heic", "è.jpg", "f.jpg.xmp", "a.xmp", "g.mov", "h.txt")
PLACES = ("", "mare", "mare/2019", "mare.jpg", "monti", "monti/.nascosta", "à")
MODEL = 1


def one_by_one(catalog: Catalog, folder: bytes, walk: WalkFactory, retry: bool) -> Comparison:
    """Compare each existing file with all known ones: slow, and obviously right."""
    undescribed = catalog.known.photos_without_facts()
    lacking = {
        content
        for (content,) in catalog.rows("SELECT id FROM contents")
        if not catalog.rows("SELECT 1 FROM vectors WHERE content_id = ?", content)
    }
    result = Comparison(catalog, lacking, undescribed, walk, retry)
    columns = ", ".join("id" if name == "photo_id" else name for name in KnownFile._fields)
    rows = map(KnownFile._make, catalog.rows(f"SELECT {columns} FROM photos ORDER BY path"))
    known = {row.path: row for row in rows if row.path.startswith(os.path.join(folder, b""))}
    passed = walk(folder)
    for file in passed:
        before = known.pop(file.path, None)
        if before is None:
            result.to_read.append((file, NEW))
            continue
        same = (before.size, before.mtime_ns) == (file.size, file.mtime_ns)
        if before.state == PROBLEM:
            if same and not retry:
                result.problems.append((file.path, before.problem or ""))
                continue
            if before.mtime_ns == READ_AGAIN and not retry:
                result.retried.add((file.path, before.problem or ""))
            result.to_read.append((file, RECOVERED))
        elif not same:
            result.to_read.append((file, CHANGED))
            if before.content_id is not None:
                result.old_content[file.path] = before.content_id
        elif before.content_id is None or before.content_id in lacking:
            result.to_read.append((file, RECOMPUTED if before.state == OK else BACK))
        elif before.photo_id in undescribed:
            result.to_read.append((file, DESCRIBED if before.state == OK else BACK))
        else:
            if (before.sidecar_size, before.sidecar_mtime_ns) != beside(file):
                result.sidecar_changed.append((before.photo_id, file))
            if before.state == OK:
                result.counts[UNCHANGED] += 1
            else:
                result.counts[BACK] += 1
                result.returned.append(before.photo_id)
    if not passed.unreadable:
        result.left_aside[folder] = passed.left_aside
    result._classify_absent(list(known.values()), passed)
    return result


def beside(file: FoundFile) -> tuple[int | None, int | None]:
    return (file.sidecar.size, file.sidecar.mtime_ns) if file.sidecar else (None, None)


def told(comparison: Comparison) -> dict[str, object]:
    """Return everything that a comparison found, with files in the order of reading."""
    found = {
        field.name: getattr(comparison, field.name)
        for field in fields(Comparison)
        if field.name not in ("catalog", "walk", "started")
    }
    found["excluded"] = sorted(comparison.excluded)
    return found


def touch(path: Path, rng: random.Random) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        return
    path.write_bytes(bytes(rng.randrange(1, 9)))
    os.utime(path, ns=(0, rng.randrange(1, 9) * 10**9 + rng.randrange(3)))


def tree(root: Path, rng: random.Random) -> None:
    for place in PLACES:
        for name in NAMES:
            if rng.random() < 0.7:
                touch(root / place / name, rng)


def remember(catalog: Catalog, root: Path, rng: random.Random) -> None:
    """Write the existing files to the catalogue as an index would, some in rare states."""
    batch = []
    for number, file in enumerate(Walk(os.fsencode(root))):
        odd = rng.random()
        problem = PassingImageError if odd < 0.02 else ImageError
        row = ReadFile(file, problem=problem("rotta"))
        if odd > 0.06:
            vector = None if odd < 0.1 else np.ones(2, np.float32)
            row = ReadFile(
                file, number.to_bytes(32, "big"), Facts(), embedding=vector,
                sidecar_metadata=file.sidecar and Facts(),
                monochrome=None if odd < 0.5 else False,
            )  # fmt: skip
        batch.append(row)
    with catalog.transaction():
        catalog.intake.write(batch, MODEL)
        for state in (MISSING, EXCLUDED):
            catalog.intake.set_state(
                [i for i in range(1, len(batch) + 1) if rng.random() < 0.05], state
            )
        for photo in range(1, len(batch) + 1):
            if rng.random() < 0.05:
                catalog.connection.execute(
                    "UPDATE photos SET facts_version = 0 WHERE id = ?", (photo,)
                )


def change(root: Path, rng: random.Random) -> None:
    """Change a tree of files at random, as people and programs do."""
    for _ in range(rng.choice((0, 1, 5, 40))):
        path = root / rng.choice(PLACES) / rng.choice(NAMES)
        match rng.randrange(6):
            case 0 if path.is_file():
                path.unlink()
            case 1 if path.is_file():
                path.rename(path.with_name("spostata.jpg"))
            case 2:
                (path.parent / ".cercafotoignore").parent.mkdir(parents=True, exist_ok=True)
                (path.parent / ".cercafotoignore").write_text(rng.choice(("*.png", "2019/", "a.*")))
            case 3 if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(root / rng.choice(PLACES) / rng.choice(NAMES))
            case _:
                touch(path, rng)


@pytest.mark.parametrize("seed", range(15))
def test_by_folders_and_one_by_one_are_the_same(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    root = tmp_path / "foto"
    root.mkdir()
    tree(root, rng)
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            catalog.models.add_model("impronta", "prova", "1", 2)
            catalog.folders.add_root(os.fsencode(root))
            catalog.folders.follow_links(os.fsencode(root), rng.random() < 0.5)
        if rng.random() < 0.9:
            remember(catalog, root, rng)
        change(root, rng)
        folder = os.fsencode(rng.choice((root, root, root / "mare", root / "non c'è")))
        walk, retry = WalkFactory(catalog), rng.random() < 0.2
        ours = Comparison.of(catalog, MODEL, [folder], walk, retry)
        assert told(ours) == told(one_by_one(catalog, folder, walk, retry))


@pytest.mark.parametrize("more", [0, 1])
def test_a_photo_changed_by_a_nanosecond_or_a_byte_is_seen(tmp_path: Path, more: int) -> None:
    root = tmp_path / "foto"
    for number in range(50):
        touch(root / f"{number % 5}" / f"{number}.jpg", random.Random(number))
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            catalog.models.add_model("impronta", "prova", "1", 2)
            catalog.folders.add_root(os.fsencode(root))
        everything = [
            ReadFile(f, bytes(31) + bytes([n]), Facts(), embedding=np.ones(2, np.float32))
            for n, f in enumerate(Walk(os.fsencode(root)))
        ]  # fmt: skip
        with catalog.transaction():
            catalog.intake.write(everything, MODEL)
        before = Comparison.of(catalog, MODEL, [os.fsencode(root)], Walk, False)
        assert not before.is_work
        assert before.counts[UNCHANGED] == 50
        path = root / "3" / "33.jpg"
        time = path.stat().st_mtime_ns
        path.write_bytes(path.read_bytes() + b"x" * more)
        os.utime(path, ns=(0, time + 1 - more))
        after = Comparison.of(catalog, MODEL, [os.fsencode(root)], Walk, False)
        assert [(os.fsdecode(f.path), why) for f, why in after.to_read] == [(str(path), CHANGED)]
        assert after.counts[UNCHANGED] == 49
        assert not after.missing
