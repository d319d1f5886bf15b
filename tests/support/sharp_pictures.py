"""A drawn picture with edges in every direction, blurred and exposed in known ways."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter


def sharp(seed: int = 1, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    chance = random.Random(seed)
    picture = Image.new("RGB", size, (120, 140, 150))
    draw = ImageDraw.Draw(picture)
    for _ in range(500):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        corners = [(x + chance.randint(-90, 90), y + chance.randint(-90, 90)) for _ in range(4)]
        draw.polygon(corners, tuple(chance.randrange(20, 230) for _ in range(3)))
    return picture


def out_of_focus(picture: Image.Image, radius: float = 6) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius))


def shaken(picture: Image.Image, right: int = 20, down: int = 6) -> Image.Image:
    """Return a picture as if the camera had moved by so many pixels."""
    total = np.zeros((picture.height, picture.width, 3), np.float32)
    for step in range(right):
        moved = ImageChops.offset(picture, step, round(step * down / right))
        total += np.asarray(moved, np.float32)
    return Image.fromarray((total / right).astype(np.uint8))


def with_noise(picture: Image.Image, sigma: float = 8) -> Image.Image:
    noise = np.random.default_rng(0).normal(0, sigma, (picture.height, picture.width, 1))
    pixels = np.asarray(picture, np.float32) + noise
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def exposed(picture: Image.Image, times: float) -> Image.Image:
    return picture.point(lambda level: min(255, round(level * times)))


def sky(size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    down = np.linspace(120, 200, size[1])[:, None, None]
    pixels = np.broadcast_to(down * (0.7, 0.85, 1.0), (size[1], size[0], 3))
    return with_noise(Image.fromarray(pixels.astype(np.uint8)), 3)
