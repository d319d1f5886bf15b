"""Inputs of the comparison with the reference's libraries, the same numbers on every machine.

Without a random generator, whose stream may change from release to release.
"""

from __future__ import annotations

import numpy as np

SCALES = tuple(10.0**power for power in range(-8, -2))  # of the gradients: 1e-8 to 1e-3
STEPS = 3_000
SEEN = (1, 2, 3, 10, 100, 1_000, 3_000)  # steps, counted from 1, of which the numbers are kept
CHAIN_STEPS = 20
BLOCK, BLOCKS, WIDTH = 128, 2, 8
SIDE, SEEDS = 32, range(8)


def spread(*shape: int, first: int = 0) -> np.ndarray:
    """Return numbers in [-1, 1) without a pattern, float64: multiples of the golden section, modulo
    1."""
    count = int(np.prod(shape))
    numbers = (np.arange(first, first + count, dtype=np.uint64) * 2_654_435_761) % 2**32
    return (numbers / 2**31 - 1).reshape(shape)


def gradient(step: int) -> np.ndarray:
    """Return the gradients of step `step`, float32 [scales, 4].

    The four kinds: noise; noise around a larger mean; constant; zero at two steps of three.
    """
    noise = spread(4, first=4 * step)
    kinds = np.array([noise[0], 1 + 0.1 * noise[1], -0.7, 0.0 if step % 3 else noise[3]])
    return (np.array(SCALES)[:, None] * kinds).astype(np.float32)


def parameters() -> dict[str, np.ndarray]:
    """Return weights as flax lays them out (kernels [in, out], [height, width, in, out]), float32.

    One column of the embedding is so small that the clipping floor replaces its norm.
    """
    shapes = {"kernel": (5, 4), "embedding": (7, 3), "bias": (4,), "conv": (2, 2, 3, 4)}
    made = {
        name: 0.3 * spread(*shape, first=97 * at) for at, (name, shape) in enumerate(shapes.items())
    }
    made["embedding"][:, 1] *= 1e-4
    return {name: value.astype(np.float32) for name, value in made.items()}


def gradients(step: int) -> dict[str, np.ndarray]:
    """Return gradients of `parameters`, float32: some below the clipping limit, some above."""
    size = 0.003 * (1 + step % 4)
    return {
        name: (size * spread(*value.shape, first=1_009 * step + 97 * at)).astype(np.float32)
        for at, (name, value) in enumerate(parameters().items())
    }


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Return photos and captions before scaling to unit length, float32 [blocks * block, width].

    A caption resembles its photo, so that the right answers are neither lost nor certain.
    """
    photos = spread(BLOCKS * BLOCK, WIDTH, first=3)
    captions = 0.5 * photos + spread(BLOCKS * BLOCK, WIDTH, first=50_021)
    return photos.astype(np.float32), captions.astype(np.float32)


def picture() -> np.ndarray:
    """Return a picture with slopes, edges and a pattern finer than a smaller copy can show, uint8
    [3, 72, 100]."""
    y, x = np.mgrid[:72, :100]
    layers = [2.5 * x, 3.5 * y, 120 + 100 * ((x // 9 + y // 7) % 2)]
    fine = 40 * ((x + y) % 2) + 15 * spread(3, 72, 100)
    return np.clip(np.array(layers) * 0.7 + fine, 0, 255).astype(np.uint8)


def seed_of(seed: int, step: int) -> int:
    """Return the seed of torch's generator for one step of the augmentation; it makes each step
    happen to some pictures."""
    return 3_000 + 100 * seed + step
