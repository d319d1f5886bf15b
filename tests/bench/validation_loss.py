"""What the validation loss of a run owes to how its set is read, and not to the run.

    python -m tests.bench.validation_loss --run runs/stage1 --valid pairs/valid.jsonl

The same weights and the same blocks: photos resized as served or unsmoothed, as the published
script does, first captions or drawn ones. And how far unsmoothed training pictures of 224 pixels
lie from smoothed ones, for photos of two sizes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from cercafoto.training.clip_italian.augment import upright
from cercafoto.training.clip_italian.loss import in_blocks
from cercafoto.training.clip_italian.model import LoadedRun, load_run
from cercafoto.training.clip_italian.sharp_resize import sharp_resized
from cercafoto.training.data.pairs import Pair, read_pairs
from cercafoto.training.data.photo_store import PhotoStore

BATCH = 64
DRAWS = 4
TRAINED, SIZES = 224, (256, 320)  # pixels of the short side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="folder of a training run")
    parser.add_argument("--valid", type=Path, required=True, help="JSON lines of pairs")
    parser.add_argument("--block", type=int, default=64, help="pairs of a block (default: 64)")
    chosen = parser.parse_args()
    pairs, run = read_pairs(chosen.valid), load_run(chosen.run)
    pairs = pairs[: len(pairs) // chosen.block * chosen.block]
    store = PhotoStore(chosen.valid.parent)
    side = run.preprocessing.resize_to
    photos = [upright(store.read(p.image_path), side, p.image_path) for p in pairs]
    print(f"{len(pairs)} pairs in blocks of {chosen.block}")
    with torch.inference_mode():
        smooth, sharp = (embedded(run, photos, on) for on in (True, False))
        first = captions(run, pairs, None)
        scale = run.model.scale()
        print(f"first captions, smoothed   {in_blocks(smooth, first, scale, chosen.block):.4f}")
        print(f"first captions, unsmoothed {in_blocks(sharp, first, scale, chosen.block):.4f}")
        for seed in range(DRAWS):
            loss = in_blocks(smooth, captions(run, pairs, seed), scale, chosen.block)
            print(f"drawn captions, smoothed   {loss:.4f}")
    large = [photo for photo in photos if min(photo.shape[1:]) >= max(SIZES)]
    for size in SIZES:
        apart = [distance(resized(photo, size, True)) for photo in large]
        print(
            f"{size} -> {TRAINED} pixels: {np.mean(apart):.2f} levels of 256 ({len(large)} photos)"
        )


def resized(photo: Tensor, side: int, antialias: bool) -> Tensor:
    """Return the photo, uint8 [3, H, W], with a short side of `side` pixels."""
    if antialias:
        return functional.resize(photo, [side], InterpolationMode.BICUBIC, antialias=True)
    return sharp_resized(photo, side)


def distance(photo: Tensor) -> float:
    """Return the mean difference of the unsmoothed to the smoothed photo, in levels."""
    smooth, sharp = (resized(photo, TRAINED, on).float() for on in (True, False))
    return float((smooth - sharp).abs().mean())


def embedded(run: LoadedRun, photos: list[Tensor], antialias: bool) -> Tensor:
    served = run.preprocessing
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in (served.mean, served.std))
    cropped = [
        functional.center_crop(resized(photo, served.resize_to, antialias), [served.size] * 2)
        for photo in photos
    ]
    pixels = torch.stack([(photo.float() / 255 - mean) / deviation for photo in cropped])
    return torch.cat([run.model.embed_images(part) for part in pixels.split(BATCH)])


def captions(run: LoadedRun, pairs: list[Pair], seed: int | None) -> Tensor:
    """Return the vectors of each pair's first caption, or of one drawn from the seed."""
    draw = np.random.default_rng(seed)
    texts = [
        pair.captions[0 if seed is None else int(draw.integers(len(pair.captions)))]
        for pair in pairs
    ]
    parts = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
    return torch.cat([run.model.embed_texts(*run.model.text_tower.tokens(p)) for p in parts])


if __name__ == "__main__":
    main()
