"""cercafoto beside rclip, on this machine, in one run: whole processes, medians.

    python -m tests.bench.versus FOLDER [--photos 200] [--sizes 1000 100000 1000000] [--runs 5]

FOLDER keeps what `tests.bench.peer` sets up (rclip in its own environment, models with random
weights) and the made-up photos and archives between runs. One table: what, ours, the peer's, the
ratio, its target, and whether it is met.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from cercafoto import Settings
from cercafoto.encoder import usable_cores
from cercafoto.models.folder import ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH
from tests.bench import archives, peer
from tests.bench.processes import Measured, here, median, watched

WORDS = "un gatto sul divano"
SIDE = (4000, 3000)


@dataclass(frozen=True)
class Row:
    """target: of ours divided by the peer's; "most" when it must not pass it, else "least"."""

    what: str
    ours: float
    peer: float
    target: float
    most: bool = True
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        return self.ratio <= self.target if self.most else self.ratio >= self.target


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["index", "search"], default=None)
    chosen = parser.parse_args()
    folder = chosen.folder.absolute()
    rclip = peer.prepare(folder)
    rows: list[Row] = []
    if chosen.only != "search":
        rows += indexing(folder, rclip, chosen.photos, chosen.runs)
    if chosen.only != "index":
        rows += searching(folder, rclip, chosen.sizes, chosen.runs)
    show(rows)


def indexing(folder: Path, rclip: Path, number: int, runs: int) -> Iterator[Row]:
    """A first index of JPEGs of twelve megapixels, photos a second."""
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
        data.mkdir()
        for name in (peer.SUBFOLDER, "tokenizer"):
            (data / name).symlink_to(folder / "data" / name)
        return peer_process(rclip, data, photos, "a cat", "-f")

    base = median(theirs, runs)
    rate = number / base.seconds
    for model, least in (("vitb32", 5.0), ("vitb32-int8", 5.0), ("mini", 8.0)):
        measured = median(ours(model), runs)
        yield Row(
            f"index of {number} JPEGs of 12 megapixels, {model}",
            number / measured.seconds, rate, least, most=False, unit="photos/s",
        )  # fmt: skip
        if model == "mini":
            limit = number / decode_limit(photos)
            yield Row(
                "the same, beside reading, decoding and resizing alone",
                number / measured.seconds, limit, 0.8, most=False, unit="photos/s",
            )  # fmt: skip


def searching(folder: Path, rclip: Path, sizes: Sequence[int], runs: int) -> Iterator[Row]:
    """A cold search, nothing scanned, by the number of photos."""
    targets = {1_000: (0.4, 0.6), 100_000: (0.25, 0.25), 1_000_000: (0.08, 0.1)}
    mini = {1_000: 0.35}
    first: Measured | None = None
    for size in sizes:
        data = folder / f"data-{size}"
        photos = folder / "vuota"
        photos.mkdir(exist_ok=True)
        peer_archive(folder, data, photos, size)
        base = median(lambda: peer_process(rclip, data, photos, "a cat", "-n", "-f"), runs)  # noqa: B023
        for model in ("vitb32", "mini"):
            archive = folder / f"archivio-{model}-{size}"
            archives.fill(settings(folder, archive, model), size)
            search = ("cerca", WORDS, "-n", "10", "--percorsi")
            process(folder, *search, archive=archive, model=model)  # the caches are made
            measured = median(
                lambda: process(folder, *search, archive=archive, model=model),  # noqa: B023
                runs,
            )
            of = f"{size:,} photos, {model}"
            time_target, memory_target = targets.get(size, (0.25, 0.25))
            limit = time_target if model == "vitb32" else mini.get(size, time_target)
            yield Row(f"cold search, {of}", measured.seconds, base.seconds, limit)
            if model == "vitb32":
                yield Row(f"  its memory, {of}", measured.memory / 1e6, base.memory / 1e6,
                          memory_target, unit="MB")  # fmt: skip
                if first is None:
                    first = measured
                else:
                    yield Row(f"  beside its own time at {sizes[0]:,}", measured.seconds,
                              first.seconds, 2.0)  # fmt: skip
                yield Row(f"  on the disk, {of}", disk(archive) / 1e6, disk(data) / 1e6, 1.0,
                          unit="MB")  # fmt: skip
                narrow = (*search, "--da", "2019-08-14", "--a", "2019-08-20")
                filtered = median(
                    lambda: process(folder, *narrow, archive=archive, model=model),  # noqa: B023
                    runs,
                )
                yield Row(f"  with a filter that leaves 1 %, {of}", filtered.seconds,
                          measured.seconds, 1.05)  # fmt: skip


# -- processes ---------------------------------------------------------------------------------


def settings(folder: Path, archive: Path, model: str) -> Settings:
    return Settings(archive=archive, models=folder / "models", model=model, offline=True)


def process(folder: Path, *arguments: str, archive: Path, model: str) -> Measured:
    return watched(
        [sys.executable, "-m", "cercafoto", *arguments],
        CERCAFOTO_ARCHIVIO=str(archive),
        CERCAFOTO_MODELLI=str(folder / "models"),
        CERCAFOTO_MODELLO=model,
    )


def peer_process(rclip: Path, data: Path, photos: Path, *arguments: str) -> Measured:
    return watched(
        [str(rclip), *arguments], cwd=photos, RCLIP_DATADIR=str(data), HF_HUB_OFFLINE="1"
    )


# -- what is measured on -----------------------------------------------------------------------


def pictures(folder: Path, number: int) -> None:
    """JPEGs of twelve megapixels, each of its own, with the detail of a photo rather than noise."""
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


def decode_limit(photos: Path) -> float:
    """Seconds for a loop that only reads, decodes with DCT scaling and resizes, on all cores."""
    import io

    side = int(ModelFolder.open(EMBEDDED_PATH).image["size"])

    def one(path: Path) -> None:
        image = Image.open(io.BytesIO(path.read_bytes()))
        image.draft("RGB", (2 * side, 2 * side))
        image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)

    paths = sorted(photos.glob("*.jpg"))
    times = []
    for _ in range(3):
        started = time.perf_counter()
        with ThreadPoolExecutor(usable_cores()) as pool:
            list(pool.map(one, paths))
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def peer_archive(folder: Path, data: Path, photos: Path, size: int) -> None:
    """rclip's database with `size` photos under `photos`, as its own indexing would leave it."""
    database = data / "db.sqlite3"
    if database.exists():
        return
    data.mkdir(exist_ok=True)
    for name in (peer.SUBFOLDER, "tokenizer"):
        if not (data / name).exists():
            (data / name).symlink_to(folder / "data" / name)
    # Its own code makes the tables.
    python = folder / "rclip" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run(
        [python, "-c", f"from rclip.db import DB; DB({str(database)!r}).close()"], check=True
    )
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


def disk(folder: Path) -> float:
    return float(sum(f.lstat().st_size for f in folder.rglob("*") if not f.is_symlink()))


# -- showing -----------------------------------------------------------------------------------


def show(rows: Sequence[Row]) -> None:
    table = Table("What", "Ours", "Peer", "Ratio", "Target", "Met")
    for row in rows:
        digits = 2 if row.unit == "s" else 0 if row.unit == "MB" else 1
        table.add_row(
            row.what,
            f"{row.ours:.{digits}f} {row.unit}",
            f"{row.peer:.{digits}f} {row.unit}",
            f"{row.ratio:.2f}",
            f"{'<=' if row.most else '>='} {row.target:g}",
            "yes" if row.met else "no",
        )
    console = Console(width=130)
    console.print(table)
    console.print(f"{peer.RCLIP}; {here()}")


if __name__ == "__main__":
    main()
