"""How much memory an index of very large pictures takes.

    python -m tests.bench.memory [--count 60] [--folder FOLDER]

Pictures of 100 megapixels (JPEG baseline and progressive, PNG, TIFF) and one of 500 of each kind,
through the real command with `mini`. The pictures are made first, some gigabytes of them, and kept
where --folder says; memory does not depend on how many there are, but on which lie side by side.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.bench.timed_processes import watched

SMALL, LARGE = (11_600, 8_700), (25_900, 19_400)  # pixels: 100 and 500 million
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": (".jpg", {"quality": 85}),
    "progressivo": (".jpg", {"quality": 85, "progressive": True, "subsampling": 2}),
    "progressivo444": (".jpg", {"quality": 85, "progressive": True, "subsampling": 0}),
    "png": (".png", {"compress_level": 1}),
    "tiff": (".tif", {"compression": "tiff_deflate"}),
}
MOST = 1_500_000_000  # bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=60, help="pictures of 100 megapixels")
    parser.add_argument("--folder", type=Path, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        photos = chosen.folder or Path(temporary) / "foto"
        make(photos, chosen.count)
        measured = watched(
            [sys.executable, "-m", "cercafoto", "index", str(photos), "-q"],
            {
                "CERCAFOTO_ARCHIVIO": str(Path(temporary) / "archivio"),
                "CERCAFOTO_MODELLO": "mini",
            },
            accepted=(0, 3),
        )
    print(f"{chosen.count} of 100 megapixels and {len(KINDS)} of 500: {measured.seconds:.0f} s")
    verdict = "within" if measured.memory <= MOST else "over"
    print(f"largest proportional memory {measured.memory / 1e6:.0f} MB, {verdict} {MOST / 1e6:.0f}")
    return 0


def make(folder: Path, count: int) -> None:
    """Make each kind once, and copies with a few more bytes at the end, which no decoder reads."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (600, 800, 3), dtype=np.uint8))
    kinds = list(KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        ending, options = KINDS[kind]
        path = folder / f"{kind}-{number:03}{ending}"
        if path.exists():
            continue
        first = folder / f"{kind}-{number % len(kinds):03}{ending}"
        if path == first:
            noise.resize(SMALL, Image.Resampling.BILINEAR).save(path, **options)
        else:
            shutil.copy(first, path)
            with path.open("ab") as stream:
                stream.write(number.to_bytes(4, "little"))
    for kind, (ending, options) in KINDS.items():
        path = folder / f"grande-{kind}{ending}"
        if not path.exists():
            noise.resize(LARGE, Image.Resampling.BILINEAR).save(path, **options)


if __name__ == "__main__":
    sys.exit(main())
