"""Parts of a command by themselves, against a baseline measured in the same run: what importing
costs, one sentence through the text tower, the graph beside the exact pass.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.embeddings.vector_store import VectorStore
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.scan import Walk
from tests.bench.kept import Kept
from tests.bench.table import Row
from tests.demo import collect

if TYPE_CHECKING:
    from cercafoto.archive.local.vectors import Vectors

RUNS = 7
VECTORS = 4000


def rows(work: Path) -> Iterator[Row]:
    """work: an empty folder."""
    photos = collect(work / "foto")
    settings = Settings(work / "archivio", work / "modelli", "mini", offline=True)
    Library(settings).index([photos])
    yield from cold_commands(settings)
    yield text_query(settings)
    yield from graph(work, settings, photos)


def cold_commands(settings: Settings) -> Iterator[Row]:
    """Measure new processes against Python with only the imports that a search needs."""
    archive = {"CERCAFOTO_ARCHIVIO": str(settings.archive), "CERCAFOTO_MODELLO": "mini"}
    nothing = timed(process("-c", "pass"))
    imports = timed(process("-c", "import numpy, onnxruntime, tokenizers, sqlite3"))
    for what, arguments, base, name in (
        ("cercafoto --help", ["--help"], nothing, "Python alone"),
        ("cerca, 55 photos, mini", ["cerca", "un gatto"], imports, "its imports alone"),
    ):
        ours = timed(process("-m", "cercafoto", *arguments, **archive))
        yield Row(f"{what}, beside {name}", 1e3 * ours, 1e3 * base, unit="ms")


def text_query(settings: Settings) -> Row:
    """Measure one sentence through the loaded text tower against ten."""
    encoder = LocalArchive(settings).encoder
    sentences = [f"un cane numero {i} sulla spiaggia al tramonto" for i in range(10)]
    encoder.embed_texts(sentences)
    one = timed(lambda: encoder.embed_texts(sentences[:1]))
    ten = timed(lambda: encoder.embed_texts(sentences)) / 10
    return Row(
        "a sentence through mini's tower, beside one of ten", 1e3 * one, 1e3 * ten, unit="ms"
    )


def graph(work: Path, settings: Settings, photos: Path) -> Iterator[Row]:
    """Measure hnswlib against the exact pass, on embeddings of random crops of real photos."""
    encoder = LocalArchive(settings).encoder
    vectors = crops(encoder, photos)
    with Catalog.open(settings.catalog) as catalog:
        purges = catalog.models.purges
    loaded = VectorStore.load(
        work / "graph", cast("Vectors", Kept(vectors, purges)), 1, encoder.dimension
    )
    loaded.graph()
    queries = vectors[:: max(1, len(vectors) // 200)]
    same = sum(
        len({*loaded.nearest(q, 10).tolist()} & {*loaded.exact(q, 10)[0].tolist()}) for q in queries
    )
    recall = same / (10 * len(queries))
    yield Row(f"recall@10 of the graph, {len(vectors)} real embeddings", recall, 1.0, unit="")
    query = queries[0]
    fast, slow = timed(lambda: loaded.nearest(query, 10)), timed(lambda: loaded.exact(query, 10))
    yield Row("a look through the graph, beside the exact pass", 1e3 * fast, 1e3 * slow, unit="ms")


def crops(encoder: Encoder, photos: Path) -> np.ndarray:
    """Return unit vectors [VECTORS, D] of random crops: real content with near neighbours."""
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


def process(*arguments: str, **environment: str) -> Callable[[], object]:
    return lambda: subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def timed(call: Callable[[], object], runs: int = RUNS) -> float:
    """Return the median seconds of `runs` calls, after one that warms the caches."""
    call()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
