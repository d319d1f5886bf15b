"""Where the processor's time goes in a step of training, and in a photo on its way to it.

    python -m tests.bench.training_step [--pairs 16] [--steps 3] [--photos 60]

Of a photo: decoding, resizing and cropping, then distorting where it was decoded
(`engine.augment_on=workers`) or only drawing what the device will do to it (`device`). Of a step:
the full-size towers with random weights, on pictures and tokens made up; in one thread, in seconds
of the processor, which other programs do not change. And how often the step would have a GPU waited
for: numbers read from it, sizes that depend on its values.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import config_text, distort, gradcache, optim, presets
from cercafoto.training.clip_italian import model as models
from cercafoto.training.clip_italian.augment import Augmented, Drawn, upright
from cercafoto.training.clip_italian.backbones import CLIP_MEAN, CLIP_STD
from cercafoto.training.clip_italian.chunk_size import synthetic
from cercafoto.training.clip_italian.step import Step
from tests.support.device_waits import Waits

SIZE = 224
PHOTOS = ((341, 256), (500, 375))  # as img2dataset leaves them, and as Flickr gave them
TOKENS = 24
SPENT: dict[str, float] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=16, help="of a step (default: 16)")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--photos", type=int, default=60, help="of each size (default: 60)")
    parser.add_argument("--only", choices=("photos", "step"), help="measure no more than this")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for width, height in PHOTOS if chosen.only != "step" else ():
        photo(jpeg(width, height), f"photo of {width} x {height}", chosen.photos)
    if chosen.only != "photos":
        step(chosen.pairs, chosen.steps)


def photo(data: bytes, name: str, count: int) -> None:
    """Print milliseconds of the processor for a photo, by each of the two ways."""
    served = Preprocessing(SIZE, "shortest", SIZE, "bicubic", CLIP_MEAN, CLIP_STD)
    whole, drawing = Augmented(served), Drawn(served)
    resize, crop = drawing.steps[:2]
    pixels = upright(data, SIZE, name)
    seen = [drawing(data, name, seed) for seed in range(count)]
    batch = {part: torch.stack([one[part] for one in seen]) for part in seen[0]}
    ways: dict[str, Callable[[int], object]] = {
        "decoded": lambda seed: upright(data, SIZE, name),
        "resized and cropped": lambda seed: crop(resize(pixels)),
        "whole, distorted by the worker": lambda seed: whole(data, name, seed),
        "whole, distorted on the device": lambda seed: drawing(data, name, seed),
    }
    for what, way in ways.items():
        way(0)
        with spent(what):
            for seed in range(count):
                way(seed)
    with spent("the device's part, here"):
        distort.distorted(batch, served)
    show(name, count, 1e3, "ms a photo")


def step(pairs: int, steps: int) -> None:
    """Print seconds of the processor for a pair, part by part, and for an update."""
    run = presets.preset("clip-italian-stage2")
    towers = replace(run.towers, image="random:vit-b-32", text="random:bert-base")
    run = config_text.override(
        replace(run, towers=towers),
        [f"engine.batch={pairs}", f"loss.negatives={pairs}", f"engine.chunk={pairs}"],
    )
    model = models.build(run, ("due gatti su un divano rosso",)).train()
    optimizer = optim.build(run.optimizer, model)
    update = Step(run, model, optimizer)
    inputs = synthetic(model, pairs, TOKENS, run.seed)
    update(inputs, 1e-5)
    with Waits() as waits:
        update(inputs, 1e-5)
    for _ in range(steps):
        with spent("towers, loss, gradients"):
            gradcache.backward(inputs, update.embed, lambda x, y: _loss(update, x, y))
        with spent("clipping"):
            optim.clip(optimizer, run.optimizer)
        with spent("AdaBelief"):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    show(f"step of {pairs} pairs", steps, 1.0, "s a step")
    print(f"  waits for the device within the step: {sum(waits.seen.values())}")


def _loss(update: Step, images: Tensor, texts: Tensor) -> Tensor:
    return update._loss(images, texts)


def jpeg(width: int, height: int) -> bytes:
    """Return a JPEG with shapes of all sizes and some noise, as photos have them."""
    draw = np.random.default_rng(0)
    total = draw.normal(0, 12, (height, width, 3)).astype(np.float32)
    for level in range(2, 8):
        patches = draw.integers(0, 256, (2**level, 2**level, 3), dtype=np.uint8)
        grown = Image.fromarray(patches).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(grown, np.float32) / 2 ** (level - 1)
    stream = io.BytesIO()
    Image.fromarray((total / total.max() * 255).clip(0, 255).astype(np.uint8)).save(
        stream, "JPEG", quality=90
    )
    return stream.getvalue()


@contextmanager
def spent(what: str) -> Iterator[None]:
    """Add the processor's seconds of the block to those of `what`."""
    began = time.process_time()
    yield
    SPENT[what] = SPENT.get(what, 0.0) + time.process_time() - began


def show(name: str, count: int, factor: float, unit: str) -> None:
    print(name)
    for what, seconds in SPENT.items():
        print(f"  {what:<32} {seconds / count * factor:8.2f} {unit}")
    SPENT.clear()


if __name__ == "__main__":
    main()
