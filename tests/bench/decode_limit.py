"""The minimum work of an index: read every JPEG of a folder, decode it and make the network's
input, on all cores. It is a whole program, like the commands it is compared with.

    python -m tests.bench.decode_limit FOLDER SIDE
"""

from __future__ import annotations

import io
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

from cercafoto.base.own_process import usable_cores
from cercafoto.photos.decoding.picture import DRAFT_FACTOR


def one(side: int, path: Path) -> None:
    image = Image.open(io.BytesIO(path.read_bytes()))
    least = math.ceil(DRAFT_FACTOR * side)
    image.draft("RGB", (least, least))
    image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)


def main(folder: Path, side: int) -> None:
    with ThreadPoolExecutor(usable_cores()) as pool:  # Pillow lets others run while it decodes
        list(pool.map(partial(one, side), sorted(folder.glob("*.jpg"))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
