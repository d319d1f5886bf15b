"""cercafoto beside rclip, on this machine, in one run: whole processes, medians."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

from cercafoto import Settings
from cercafoto.base.own_process import usable_cores
from cercafoto.labels.label_file import default_labels
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH
from cercafoto.photos.scan import Walk
from tests.bench import archives, peer, refresh
from tests.bench.table import Row
from tests.bench.timed_processes import Measured, median, watched

WORDS = "un gatto sul divano"
SIDE = (4000, 3000)
HEICS = 12
WEEK = ("--da", "2019-08-14", "--a", "2019-08-20")  # one in a hundred of `archives`
# Targets relative to the peer; figures without an entry have none.
RATES = {"vitb32": 2.5, "vitb32-int8": 3.5, "mini": 5.0}
TIMES = {
    (1_000, "vitb32"): 0.3,
    (1_000, "vitb32-fp32"): 0.3,
    (1_000, "vitb32-int8"): 0.25,
    (1_000, "mini"): 0.22,
    (1_000_000, "vitb32"): 0.05,
    (1_000_000, "mini"): 0.05,
}
MEMORY = {
    (1_000, "vitb32"): 0.4,  # the precision that preparation takes of itself
    (1_000, "vitb32-int8"): 0.4,
    (1_000, "mini"): 0.4,
    (1_000_000, "vitb32"): 0.1,
    (1_000_000, "mini"): 0.1,
}
DISK = {1_000_000: 0.9}


def indexing(folder: Path, rclip: Path, number: int, runs: int) -> Iterator[Row]:
    """Yield the photos per second of a first index of JPEGs of twelve megapixels."""
    photos = folder / f"foto-{number}"
    pictures(photos, number)

    def ours(model: str) -> Callable[[], Measured]:
        archive = folder / "archivio-nuovo"

        def run() -> Measured:
            shutil.rmtree(archive, ignore_errors=True)
            return process(folder, "index", str(photos), "-q", archive=archive, model=model)

        return run

    def theirs() -> Measured:
        data = folder / "data-nuovo"
        shutil.rmtree(data, ignore_errors=True)
        peer.data_folder(folder, data)
        return peer_process(rclip, data, photos, "a cat", "-f")

    base = median(theirs, runs)
    rate = number / base.seconds
    for model, least in RATES.items():
        measured = median(ours(model), runs)
        yield Row(
            f"index of {number} JPEGs of 12 megapixels, {model}",
            number / measured.seconds, rate, least, most=False, unit="photos/s",
        )  # fmt: skip
        if model == "mini":
            limit = median(lambda: decode_limit(photos), runs)
            yield Row(
                "the same, beside reading, decoding and resizing alone",
                number / measured.seconds, number / limit.seconds, 0.8,
                most=False, unit="photos/s",
            )  # fmt: skip
            yield _indexing_heic(folder, photos, measured.seconds / number, runs)


def _indexing_heic(folder: Path, jpegs: Path, each: float, runs: int) -> Row:
    """Return the row of an index of HEICs made from some of the JPEGs, without thumbnails. each:
    seconds for one JPEG."""
    photos = folder / "foto-heic"
    photos.mkdir(exist_ok=True)
    pillow_heif.register_heif_opener()
    for path in sorted(jpegs.glob("*.jpg"))[:HEICS]:
        target = photos / f"{path.stem}.heic"
        if not target.exists():
            with Image.open(path) as picture:
                picture.save(target, quality=80, enc_params={"preset": "ultrafast"})
    archive = folder / "archivio-heic"

    def run() -> Measured:
        shutil.rmtree(archive, ignore_errors=True)
        return process(folder, "index", str(photos), "-q", archive=archive, model="mini")

    measured = median(run, runs)
    return Row(
        f"index of {HEICS} HEICs of 12 megapixels, mini, beside JPEGs",
        HEICS / measured.seconds, 1 / each, most=False, unit="photos/s",
    )  # fmt: skip


def refreshing(folder: Path, rclip: Path, number: int, runs: int) -> Iterator[Row]:
    """Yield the time of a refresh of an unchanged tree. The peer refreshes before each search, so
    its figure is the time this adds to a search; ours is the whole process."""
    photos = folder / f"alberi-{number}"
    if not photos.exists():
        refresh.make(photos, number)
    data = folder / f"data-alberi-{number}"
    peer_archive(folder, rclip, data, Path("/"), 0)
    _pretend_peer(data / "db.sqlite3", photos)
    with_look = median(lambda: peer_process(rclip, data, photos, "a cat", "-f"), runs)
    without = median(lambda: peer_process(rclip, data, photos, "a cat", "-n", "-f"), runs)
    archive = folder / f"archivio-alberi-{number}"
    made_up = settings(folder, archive, "mini")
    if not archives.is_there(made_up):
        refresh.pretend(made_up, photos)

    def ours() -> Measured:
        return process(folder, "index", "-q", archive=archive, model="mini")

    ours()  # the caches are made
    before = (archive / "catalogo.sqlite3").read_bytes()
    measured = median(ours, runs)
    if (archive / "catalogo.sqlite3").read_bytes() != before:
        raise AssertionError("a refresh with nothing to do wrote to the catalogue")
    yield Row(
        f"refresh of {number:,} unchanged photos",
        measured.seconds, with_look.seconds - without.seconds, 0.5,
    )  # fmt: skip
    start = median(lambda: process(folder, "--version", archive=archive, model="mini"), runs)
    walks = []
    for _ in range(runs):
        began = time.perf_counter()
        for _found in Walk(os.fsencode(photos)):
            pass
        walks.append(time.perf_counter() - began)
    after = measured.seconds - start.seconds - statistics.median(walks)
    yield Row(
        "  each, start and walk apart, beside 15 us",
        1e6 * after / number, 15.0, 1.0, unit="us",
    )  # fmt: skip


def searching(folder: Path, rclip: Path, sizes: Sequence[int], runs: int) -> Iterator[Row]:
    """Yield the time of a cold search without a scan, by the number of photos."""
    first: Measured | None = None
    for size in sizes:
        data = folder / f"data-{size}"
        photos = folder / "vuota"
        photos.mkdir(exist_ok=True)
        peer_archive(folder, rclip, data, photos, size)
        base = median(lambda: peer_process(rclip, data, photos, "a cat", "-n", "-f"), runs)  # noqa: B023
        # The precision changes the text tower and so the archive; one size is enough.
        others = ("vitb32-fp32", "vitb32-int8") if size == min(sizes) else ()
        models = ("vitb32", *others, "mini")
        for model in models:
            archive = folder / f"archivio-{model}-{size}"
            archives.fill(settings(folder, archive, model), size)
            measured = median(_search(folder, archive, model), runs)
            of = f"{size:,} photos, {model}"
            target = TIMES.get((size, model))
            yield Row(f"cold search, {of}", measured.seconds, base.seconds, target)
            yield Row(
                f"  its memory, {of}",
                measured.memory / 1e6, base.memory / 1e6, MEMORY.get((size, model)), unit="MB",
            )  # fmt: skip
            if model != "vitb32":
                continue
            first = first or measured
            if first is not measured:
                yield Row(
                    f"  beside its own time at {sizes[0]:,}", measured.seconds, first.seconds, 2.0
                )
                yield Row(
                    f"  with a filter that leaves 1 %, beside none, {of}",
                    median(_search(folder, archive, model, *WEEK), runs).seconds,
                    measured.seconds, 1.0,
                )  # fmt: skip
            yield Row(
                f"  on the disk, {of}",
                disk(archive) / 1e6, disk(data) / 1e6, DISK.get(size), unit="MB",
            )  # fmt: skip


def tagging(folder: Path, size: int, runs: int) -> Iterator[Row]:
    """Yield the time of a hundred known labels over an archive that has been searched."""
    archive = folder / f"archivio-mini-{size}"
    archives.fill(settings(folder, archive, "mini"), size)
    names = folder / "cento.txt"
    names.write_text("\n".join(label.name for label in default_labels()[:100]), encoding="utf-8")
    measured = median(
        lambda: process(folder, "tag", "--labels", str(names), archive=archive, model="mini"), runs
    )
    yield Row(f"tag, 100 labels over {size:,} photos, beside 3 s", measured.seconds, 3.0, 1.0)


def growth(rows: Sequence[Row], sizes: Sequence[int]) -> list[str]:
    """Return how a cold search with vitb32 grows with the photos: the exponent of a fitted power
    law (least squares on logarithms), and the cost of each further photo."""
    told = []
    for who in ("ours", "rclip"):
        seconds = [
            row.ours if who == "ours" else row.base
            for size in sizes
            for row in rows
            if row.what == f"cold search, {size:,} photos, vitb32"
        ]
        if len(seconds) < 2 or len(seconds) != len(sizes):
            return []
        exponent = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
        each = 1e6 * (seconds[-1] - seconds[0]) / (sizes[-1] - sizes[0])
        told.append(f"{who}: photos^{exponent:.2f}, {each:.2f} us for each photo more")
    return [f"A cold search from {sizes[0]:,} to {sizes[-1]:,} photos: {'; '.join(told)}."]


# -- processes ---------------------------------------------------------------------------------


def settings(folder: Path, archive: Path, model: str) -> Settings:
    return Settings(archive=archive, models=folder / "models", model=model, offline=True)


def process(folder: Path, *arguments: str, archive: Path, model: str) -> Measured:
    return watched(
        [str(peer.programs(folder / "cercafoto") / "cercafoto"), *arguments],
        {
            "CERCAFOTO_ARCHIVIO": str(archive),
            "CERCAFOTO_MODELLI": str(folder / "models"),
            "CERCAFOTO_MODELLO": model,
        },
    )


def _search(folder: Path, archive: Path, model: str, *narrowed: str) -> Callable[[], Measured]:
    command = ("cerca", WORDS, "-n", "10", "--percorsi", *narrowed)
    return lambda: process(folder, *command, archive=archive, model=model)


def decode_limit(photos: Path) -> Measured:
    """Measure a program that only reads, decodes and resizes photos for `mini`."""
    side = int(ModelFolder.open(EMBEDDED_PATH).image["size"])
    return watched([sys.executable, "-m", "tests.bench.decode_limit", str(photos), str(side)])


def peer_process(rclip: Path, data: Path, photos: Path, *arguments: str) -> Measured:
    environment = {"RCLIP_DATADIR": str(data), "HF_HUB_OFFLINE": "1"}
    return watched([str(rclip), *arguments], environment, cwd=photos)


# -- what is measured on -----------------------------------------------------------------------


def pictures(folder: Path, number: int) -> None:
    """Write different JPEGs of twelve megapixels, with the detail of a photo rather than noise."""
    if len(list(folder.glob("*.jpg"))) == number:
        return
    folder.mkdir(parents=True, exist_ok=True)

    def make(at: int) -> None:
        rng = np.random.default_rng(at)
        picture = Image.new("RGB", SIDE)
        for side, opacity in ((6, 1.0), (40, 0.5), (300, 0.3), (1500, 0.15)):
            noise = rng.integers(0, 256, (side * 3 // 4, side, 3), dtype=np.uint8)
            layer = Image.fromarray(noise).resize(SIDE, Image.Resampling.BICUBIC)
            picture = Image.blend(picture, layer, opacity)
        picture.save(folder / f"IMG_{at:04}.jpg", quality=90)

    with ThreadPoolExecutor(usable_cores()) as pool:
        list(pool.map(make, range(number)))


def peer_archive(folder: Path, rclip: Path, data: Path, photos: Path, size: int) -> None:
    """Write an rclip database of `size` photos under `photos`, as its own indexing would."""
    database = data / "db.sqlite3"
    if database.exists():
        return
    peer.data_folder(folder, data)
    # Its own code makes the tables.
    code = f"from rclip.db import DB; DB({str(database)!r}).close()"
    subprocess.run([peer.python_of(rclip), "-c", code], check=True)
    connection = sqlite3.connect(database)
    with connection:
        for vectors, first in archives.chunks(size, 512):
            connection.executemany(
                "INSERT INTO images(filepath, modified_at, size, vector, hash) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    (str(photos / archives.name(first + at)), 1.5e9, 3_000_000, row.tobytes(),
                     f"{first + at:032x}")
                    for at, row in enumerate(vectors)
                ),
            )  # fmt: skip
    connection.close()


def _pretend_peer(database: Path, photos: Path) -> None:
    """Write rows for existing files, as the peer's own indexing would."""
    vector = np.full(512, 512**-0.5, np.float32).tobytes()
    connection = sqlite3.connect(database)
    with connection:
        for path in sorted(photos.rglob("*.jpg")):
            status = path.stat()
            connection.execute(
                "INSERT OR IGNORE INTO images(filepath, modified_at, size, vector, hash) "
                "VALUES (?, ?, ?, ?, ?)",
                (str(path), status.st_mtime, status.st_size, vector, path.name),
            )
    connection.close()


def disk(folder: Path) -> float:
    return float(sum(f.lstat().st_size for f in folder.rglob("*") if not f.is_symlink()))
