"""What a refresh of an unchanged tree costs: python -m tests.bench.refresh [PHOTOS], 100,000 unless
told. Tiny files on the disk, their rows made up in the catalogue; nothing is read or written. Times
are the processor's, for a refresh has one thread, and others may be using the machine.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.indexing.comparison import Comparison
from cercafoto.models.registry import Registry
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.photos.scan import Walk
from tests.bench import archives

RUNS = 5


def main(photos: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        settings = Settings(work / "archive", work / "models", "mini", offline=True)
        root = work / "foto"
        make(root, photos)
        pretend(settings, root)
        Library(settings).index()  # the caches are made
        before = settings.catalog.read_bytes()
        walks, looks, wholes = [], [], []
        for _ in range(RUNS):
            walks.append(timed(lambda: sum(1 for _ in Walk(os.fsencode(root)))))
            with Catalog.open(settings.catalog) as catalog:
                look = partial(Comparison.of, catalog, 1, [os.fsencode(root)], Walk, False)
                looks.append(timed(look))
                assert not look().is_work
            wholes.append(timed(lambda: Library(settings).index()))
        assert settings.catalog.read_bytes() == before
    walk, comparison, whole = (statistics.median(times) for times in (walks, looks, wholes))
    each = 1e6 / photos
    print(f"{photos} photos, medians of {RUNS}")
    print(f"walk alone              {walk:6.2f} s  {walk * each:6.1f} us a photo")
    print(f"walk and comparison     {comparison:6.2f} s  {comparison * each:6.1f} us a photo")
    print(f"whole refresh           {whole:6.2f} s  {whole * each:6.1f} us a photo")
    print(f"the refresh after the walk: {(whole - walk) * each:.1f} us a photo")


def timed(work: object) -> float:
    started = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - started


def make(root: Path, photos: int) -> None:
    for number in range(photos):
        path = root / f"{number // 1000:03}" / f"IMG_{number:06}.jpg"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(number.to_bytes(4, "little"))


def pretend(settings: Settings, root: Path) -> None:
    """Write rows as an index would."""
    model = Registry(settings).embedded()
    vector = np.zeros(model.dimension, np.float32)
    vector[0] = 1
    with Catalog.create(settings.catalog) as catalog:
        with catalog.transaction():
            model_id = archives.begin(catalog, model, os.fsencode(root))
            batch = []
            for found in Walk(os.fsencode(root)):
                digest = hashlib.sha256(found.path).digest()
                batch.append(
                    ReadFile(
                        FoundFile(found.path, found.size, found.mtime_ns),
                        content_digest=digest,
                        width=4000,
                        height=3000,
                        metadata=Facts(format="JPEG"),
                        embedding=vector,
                    )
                )
            catalog.intake.write(batch, model_id)
            archives.see_things(catalog, range(1, len(batch) + 1))
        catalog.refresh_statistics()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
