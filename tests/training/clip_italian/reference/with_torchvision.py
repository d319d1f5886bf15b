"""Writes torchvision.npz: pictures as the transforms of torchvision 0.10.0 augment them.

Not run by the tests. torch 1.9, which torchvision 0.10.0 was built for, has no wheels for Python
3.11, but its transforms of tensors are Python and run on today's torch. From this folder, in the
project's environment:

    pip download torchvision==0.10.0 --no-deps --only-binary :all: --python-version 39 \
        --platform manylinux1_x86_64
    python -m zipfile -e torchvision-0.10.0-*.whl /tmp/old
    mkdir /tmp/old/old && mv /tmp/old/torchvision/transforms /tmp/old/old/
    PYTHONPATH=/tmp/old python with_torchvision.py

What they ask of torch 1.9 and do not find is `torch.lstsq`, the least squares of today's
`torch.linalg.lstsq`. The numbers in the repository are of torch 2.13.0.
"""

from __future__ import annotations

from pathlib import Path

import inputs
import numpy as np
import torch
from old import transforms
from old.transforms import InterpolationMode

torch.lstsq = lambda b, a: (torch.linalg.lstsq(a, b.reshape(-1, 1)).solution,)

# run_hybrid_clip.py@9ca42b9:243 to 265, at another size.
STEPS = {
    "resize": transforms.Resize([inputs.SIDE], interpolation=InterpolationMode.BICUBIC),
    "crop": transforms.RandomCrop([inputs.SIDE], pad_if_needed=True, padding_mode="edge"),
    "colour": transforms.ColorJitter(hue=0.1),
    "mirror": transforms.RandomHorizontalFlip(),
    "affine": transforms.RandomAffine(
        degrees=15,
        translate=(0.1, 0.1),
        scale=(0.8, 1.2),
        shear=(-15, 15, -15, 15),
        interpolation=InterpolationMode.BILINEAR,
        fill=127,
    ),
    "perspective": transforms.RandomPerspective(distortion_scale=0.3, p=0.3, fill=127),
    "contrast": transforms.RandomAutocontrast(p=0.3),
    "equalize": transforms.RandomEqualize(p=0.3),
}

if __name__ == "__main__":
    pictures = {name: [] for name in STEPS}
    for seed in inputs.SEEDS:
        picture = torch.from_numpy(inputs.picture())
        for at, (name, step) in enumerate(STEPS.items()):
            torch.manual_seed(inputs.seed_of(seed, at))
            picture = step(picture)
            pictures[name].append(picture.numpy())
    stacked = {name: np.array(found) for name, found in pictures.items()}
    np.savez_compressed(Path(__file__).with_name("torchvision.npz"), **stacked)
