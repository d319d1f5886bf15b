"""One table: what was measured, against a baseline measured in the same run, and the ratio.

Absolute times depend on the machine and on what else it does; the ratios are what to quote. Times
are medians of whole processes. Photos: the folder given on the command line, or the demo's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from cercafoto import Library, Settings
from cercafoto.catalog import Catalog
from cercafoto.encoder import Encoder, usable_cores
from cercafoto.images import open_upright
from cercafoto.models.registry import Registry
from cercafoto.photo_file import read_photo
from cercafoto.scan import Walk
from cercafoto.vectors import Vectors
from tests.bench.kept import Kept
from tests.bench.processes import here
from tests.demo import collect

RUNS = 7
VECTORS = 4000


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    baseline: str
    ratio: str


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        photos = Path(sys.argv[1]) if len(sys.argv) > 1 else collect(work / "foto")
        settings = Settings(archive=work / "archive", models=work / "models", model="mini")
        os.environ |= {
            "CERCAFOTO_ARCHIVIO": str(settings.archive),
            "CERCAFOTO_MODELLO": "mini",
        }
        rows = [
            indexing(settings, photos),
            *cold_commands(),
            text_query(settings),
            *graph(work, settings, photos),
        ]
    table = Table("What", "Ours", "Baseline", "Ratio")
    for row in rows:
        table.add_row(row.what, row.ours, row.baseline, row.ratio)
    console = Console(width=120)
    console.print(table)
    console.print(here())


def indexing(settings: Settings, photos: Path) -> Row:
    """A first index, against a loop that only reads, decodes and resizes on all cores."""
    preprocessing = Encoder(Registry(settings).embedded()).preprocessing
    paths = [found.path for found in Walk(os.fsencode(photos))]

    def decode_all() -> None:
        with ThreadPoolExecutor(usable_cores()) as pool:
            list(pool.map(lambda path: read_photo(path, preprocessing), paths))

    decode = timed(decode_all, runs=3)
    started = time.perf_counter()
    report = Library(settings).index([photos])
    took = time.perf_counter() - started
    return Row(
        f"first index of {report.embedded} photos, photos/s",
        f"{report.embedded / took:.0f}",
        f"{len(paths) / decode:.0f} (decode alone)",
        f"{decode / took:.2f}",
    )


def cold_commands() -> Iterator[Row]:
    """New processes, against Python with only the imports that a search cannot do without."""
    nothing = timed(process("-c", "pass"))
    imports = timed(process("-c", "import numpy, onnxruntime, tokenizers, sqlite3"))
    for what, arguments, name, base in (
        ("cercafoto --help", ["--help"], "python -c pass", nothing),
        ("cercafoto cerca, new process", ["cerca", "un gatto"], "its imports alone", imports),
    ):
        ours = timed(process("-m", "cercafoto", *arguments))
        yield Row(
            f"{what}, ms", f"{ours * 1e3:.0f}", f"{base * 1e3:.0f} ({name})", f"{ours / base:.2f}"
        )


def text_query(settings: Settings) -> Row:
    """One sentence through the text tower after loading, against ten."""
    encoder = Library(settings).encoder
    sentences = [f"un cane numero {i} sulla spiaggia al tramonto" for i in range(10)]
    encoder.embed_texts(sentences)
    one = timed(lambda: encoder.embed_texts(sentences[:1]))
    ten = timed(lambda: encoder.embed_texts(sentences)) / 10
    return Row(
        "one query through the text tower, ms",
        f"{one * 1e3:.1f}",
        f"{ten * 1e3:.1f} (each of ten at once)",
        f"{one / ten:.2f}",
    )


def graph(work: Path, settings: Settings, photos: Path) -> Iterator[Row]:
    """hnswlib against the exact pass, on embeddings of random crops of the real photos."""
    encoder = Library(settings).encoder
    vectors = crops(encoder, photos)
    with Catalog.open(settings.catalog) as catalog:
        purges = catalog.purges
    loaded = Vectors.load(work / "graph", Kept(vectors, purges), 1, encoder.dimension)
    loaded.graph()
    queries = vectors[:: max(1, len(vectors) // 200)]
    same = sum(
        len({*loaded.nearest(q, 10)[0].tolist()} & {*loaded.exact(q, 10)[0].tolist()})
        for q in queries
    )
    recall = same / (10 * len(queries))
    yield Row(f"graph, recall@10 on {len(vectors)} real embeddings", f"{recall:.4f}", "1 (exact)",
              f"{recall:.4f}")  # fmt: skip
    query = queries[0]
    fast, slow = timed(lambda: loaded.nearest(query, 10)), timed(lambda: loaded.exact(query, 10))
    yield Row(
        "graph, one query, ms",
        f"{fast * 1e3:.2f}",
        f"{slow * 1e3:.2f} (exact)",
        f"{fast / slow:.2f}",
    )


def crops(encoder: Encoder, photos: Path) -> np.ndarray:
    """Unit vectors [VECTORS, D] of random crops: real content, and near neighbours in it."""
    rng = np.random.default_rng(0)
    paths = [Path(os.fsdecode(found.path)) for found in Walk(os.fsencode(photos))]
    pictures = [open_upright(path, 320) for path in paths[:VECTORS]]

    def crop(picture: Image.Image) -> Image.Image:
        scale = rng.uniform(0.3, 1.0)
        width, height = (max(32, int(side * scale)) for side in picture.size)
        left = int(rng.integers(0, max(1, picture.width - width + 1)))
        top = int(rng.integers(0, max(1, picture.height - height + 1)))
        return picture.crop((left, top, left + width, top + height))

    parts = []
    for at in range(0, VECTORS, 64):
        batch = [crop(pictures[(at + i) % len(pictures)]) for i in range(min(64, VECTORS - at))]
        parts.append(encoder.embed_images(batch))
    return np.concatenate(parts)


def process(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def timed(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of `runs` calls, after one that warms the caches."""
    call()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
