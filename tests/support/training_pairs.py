"""A small set of pairs that two tiny towers can learn: a colour, and its Italian name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {
    "rosso": (200, 30, 30),
    "verde": (30, 160, 40),
    "blu": (30, 40, 200),
    "giallo": (220, 210, 30),
    "nero": (15, 15, 15),
    "bianco": (240, 240, 240),
    "viola": (130, 30, 160),
    "arancione": (240, 140, 20),
}


def write_pairs(folder: Path, name: str, count: int, seed: int = 0, side: int = 72) -> Path:
    """Write `count` JPEG pictures, one colour each with some noise, and their JSON lines."""
    photos = folder / name
    photos.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    lines = []
    for number in range(count):
        colour = list(COLOURS)[number % len(COLOURS)]
        noise = draw.integers(-12, 13, (side, side + 8, 3))
        pixels = np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)
        path = photos / f"{number:04}.jpg"
        Image.fromarray(pixels).save(path, quality=90)
        captions = [f"un muro {colour}", f"il colore è {colour}", f"tutto {colour}"]
        lines.append({"image_path": f"{name}/{path.name}", "captions": captions, "source": name})
    file = folder / f"{name}.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file
