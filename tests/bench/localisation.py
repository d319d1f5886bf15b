"""How well `dove` finds things: python -m tests.bench.localisation [MODEL FOLDER].

The demo's photos, and boxes drawn by hand around what the words name, before anything was measured.
For both methods: how much of its box and the drawn one is common to both (intersection over union),
whether the hottest point lies inside the drawn box (the pointing game of Zhang et al., "Top-down
Neural Attention by Excitation Backprop", ECCV 2016), the time; and how far the two agree, as the
correlation of their maps. What a blind guess would earn stands beside: the box that is the whole
photo, and a point anywhere.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import Registry
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.search.covering import locate_by_covering
from cercafoto.search.heat_map import Heat, heat_of
from cercafoto.search.thing_boxes import with_boxes
from cercafoto.settings import Settings
from tests.demo import collect

Drawn = tuple[int, int, int, int]  # left, top, right, bottom, pixels

BOXES: tuple[tuple[str, str, Drawn], ...] = (
    ("astronaut.png", "un razzo", (345, 0, 462, 285)),
    ("astronaut.png", "una bandiera", (0, 0, 95, 512)),
    ("astronaut.png", "un casco", (278, 343, 512, 512)),
    ("astronaut.png", "il viso di una donna", (152, 12, 302, 190)),
    ("camera.png", "un uomo", (10, 62, 330, 512)),
    ("camera.png", "una macchina fotografica", (255, 138, 328, 192)),
    ("camera.png", "un treppiede", (235, 190, 405, 512)),
    ("china.jpg", "un tempio", (62, 28, 370, 410)),
    ("coffee.png", "una tazza", (172, 18, 410, 310)),
    ("coffee.png", "un cucchiaino", (325, 65, 425, 325)),
    ("flower.jpg", "un fiore", (168, 85, 447, 360)),
    ("motorcycle_left.png", "una motocicletta", (92, 40, 685, 455)),
    ("rocket.jpg", "un razzo", (308, 126, 337, 408)),
    ("chelsea.png", "un gatto", (0, 0, 395, 300)),
)
METHODS = {"porzioni": heat_of, "copertura": locate_by_covering}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if len(sys.argv) > 1:
            model = ModelFolder.open(Path(sys.argv[1]))
        else:
            model = Registry(Settings(work / "a", work / "m")).embedded()
        encoder = Encoder(model)
        photos = collect(work / "foto")
        print(f"{'':46}" + "".join(f"{name:>24}" for name in METHODS) + f"{'alla cieca':>16}")
        shown = "  IoU  centro       s"
        print(f"{'':46}" + f"{shown:>24}" * len(METHODS) + f"{'IoU  centro':>16}{'accordo':>9}")
        table, seen = [], []
        for name, words, drawn in BOXES:
            row, maps = [], []
            image = open_upright(photos / name, 640)
            for method in METHODS.values():
                started = time.perf_counter()
                heat = method(encoder, image, words)
                took = time.perf_counter() - started
                row += [overlap(heat, drawn, image.size), pointed(heat, drawn, image.size), took]
                maps.append(heat.grid.ravel())
                if method is heat_of and (boxes := with_boxes(heat, image, words)).things:
                    seen.append(f"{name}, «{words}»: {overlap(boxes, drawn, image.size):.2f}")
            share = area(drawn) / (image.width * image.height)
            row += [share, share, float(np.asarray(np.corrcoef(np.stack(maps)))[0, 1])]
            table.append(row)
            print(line(f"{name}, «{words}»", row))
        print(line(f"media di {len(table)}", list(np.mean(table, axis=0))))
        print(f"IoU delle cose viste: {'; '.join(seen)}")


def line(what: str, row: list[float]) -> str:
    cells = "".join(
        f"{overlap:12.2f}{hit:7.2f}{took:5.1f}"
        for overlap, hit, took in zip(row[0:6:3], row[1:6:3], row[2:6:3], strict=True)
    )
    return f"{what:46}{cells}{row[6]:9.2f}{row[7]:7.2f}{row[8]:9.2f}"


def overlap(heat: Heat, drawn: Drawn, size: tuple[int, int]) -> float:
    """Return the intersection over union of the found and the drawn box."""
    if heat.box is None:
        return 0.0
    found = heat.box.pixels(size)
    common = (
        *(max(a, b) for a, b in zip(found[:2], drawn[:2], strict=True)),
        *(min(a, b) for a, b in zip(found[2:], drawn[2:], strict=True)),
    )
    both = area(common)
    return both / (area(found) + area(drawn) - both)


def area(box: tuple[int, ...]) -> int:
    left, top, right, bottom = box
    return max(right - left, 0) * max(bottom - top, 0)


def pointed(heat: Heat, drawn: Drawn, size: tuple[int, int]) -> float:
    """Return 1 if the hottest point lies inside the drawn box, 0 if not."""
    row, column = np.unravel_index(int(heat.grid.argmax()), heat.grid.shape)
    height, width = heat.grid.shape
    x, y = (column + 0.5) / width * size[0], (row + 0.5) / height * size[1]
    left, top, right, bottom = drawn
    return float(left <= x < right and top <= y < bottom)


if __name__ == "__main__":
    main()
