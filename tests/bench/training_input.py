"""What a photo on its way to training takes of one core, with the fast resize and with torch's own.

    python -m tests.bench.training_input [--photos 200]

In one thread, in seconds of the processor. Every photo goes each way in turn, so that other
programs disturb all ways alike; shown are the median and the least of the photos. "Device" is what
workers do where the device distorts (`engine.augment_on`). For the whole way on pairs of one's own
there is `python -m cercafoto.training throughput --data`.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from PIL import Image

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.augment import Augmented, Drawn, upright
from cercafoto.training.clip_italian.backbones import CLIP_MEAN, CLIP_STD
from cercafoto.training.clip_italian.sharp_resize import SharpCrop
from tests.support.slow_resize import slow_crop

SIZE = 224
PHOTOS = ((341, 256), (500, 375))  # as img2dataset leaves them, and as Flickr gave them
SERVED = Preprocessing(SIZE, "shortest", SIZE, "bicubic", CLIP_MEAN, CLIP_STD)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=200, help="of each size (default: 200)")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for width, height in PHOTOS:
        print(f"JPEG of {width} x {height}, milliseconds of a core: median, least")
        for name, taken in milliseconds(ways(jpeg(width, height)), chosen.photos).items():
            print(f"  {name:<28} {median(taken):6.2f} {min(taken):6.2f}")


def ways(data: bytes) -> dict[str, Callable[[int], object]]:
    """Return what is measured, by name; each takes a seed."""
    pixels, crop = upright(data, SIZE, "photo"), SharpCrop(SIZE)
    device, before, workers, workers_before = (
        Drawn(SERVED),
        Drawn(SERVED),
        Augmented(SERVED),
        Augmented(SERVED),
    )
    before.steps[0] = workers_before.transform.transforms[0] = lambda one: slow_crop(one, SIZE)
    return {
        "decoded": lambda seed: upright(data, SIZE, "photo"),
        "resized and cropped by torch": lambda seed: slow_crop(pixels, SIZE),
        "resized and cropped": lambda seed: crop(pixels),
        "whole, device, by torch": lambda seed: before(data, "photo", seed),
        "whole, device": lambda seed: device(data, "photo", seed),
        "whole, workers, by torch": lambda seed: workers_before(data, "photo", seed),
        "whole, workers": lambda seed: workers(data, "photo", seed),
    }


def milliseconds(ways: dict[str, Callable[[int], object]], photos: int) -> dict[str, list[float]]:
    """Return the processor's milliseconds of each way, for each photo."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for seed in range(-5, photos):  # the first ones only warm up
        for name, way in ways.items():
            began = time.process_time()
            way(max(seed, 0))
            if seed >= 0:
                taken[name].append((time.process_time() - began) * 1e3)
    return taken


def jpeg(width: int, height: int) -> bytes:
    """Return a picture with shapes of all sizes and some noise, as photos have them."""
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


if __name__ == "__main__":
    main()
