"""Features of the frozen image tower, from several augmented views of each photo, cached.

Each view is looked at twice, as serving does: the whole picture, reduced, and its middle at full
size. A look gives the tower's global-average feature (1,280 values, none negative). View 0 is
exactly what serving computes: `cercafoto.photos.decoding.picture` decodes and resizes. The other
views are crops, mirror images and changes of light of the same photo, so that the heads cannot
learn one framing by heart.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from cercafoto.base.arrays import Floats, save
from cercafoto.base.atomic_file import replacing
from cercafoto.models.model_folder import file_digest
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing

Backbone = Callable[[Floats], Floats]

# Shares of a photo's area that an augmented view keeps. Below 0.4 the thing that the caption names
# is too often cut off.
CROP_AREA = (0.4, 1.0)
CROP_RATIO = (0.75, 1.33)
LIGHT = (0.7, 1.3)  # brightness, contrast and saturation factors
GREY_SHARE = 0.05
BATCH = 16
WORKERS = 2


def augmented(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the image cropped at random, mirrored half of the time, and with other light."""
    area = image.width * image.height * rng.uniform(*CROP_AREA)
    ratio = np.exp(rng.uniform(*np.log(CROP_RATIO))) * image.width / image.height
    width = min(image.width, max(16, round(float(np.sqrt(area * ratio)))))
    height = min(image.height, max(16, round(float(np.sqrt(area / ratio)))))
    left = int(rng.integers(0, image.width - width + 1))
    top = int(rng.integers(0, image.height - height + 1))
    view = image.crop((left, top, left + width, top + height))
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    return relit(view, rng)


def relit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the image with other brightness, contrast and saturation, rarely without colour."""
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhancer(image).enhance(float(rng.uniform(*LIGHT)))
    if rng.random() < GREY_SHARE:
        image = ImageOps.grayscale(image).convert("RGB")
    return image


def view_pixels(path: Path, view: int, seed: int, preprocessing: Preprocessing) -> Floats:
    """Return the pixels of one view of a photo, float32 [3, size, size].

    The random changes depend only on seed, view and file name.

    view: 0 for the photo itself, other numbers for augmented views.
    """
    image = open_upright(path, preprocessing.resize_to)
    if view:
        name = int.from_bytes(hashlib.sha256(path.name.encode()).digest()[:4], "little")
        image = augmented(image, np.random.default_rng([seed, view, name]))
    return preprocessing(image)


def photo_features(
    paths: Sequence[Path],
    backbone: Backbone,
    preprocessing: Preprocessing,
    views: int,
    seed: int,
    cache: Path | None = None,
    tag: str = "",
) -> Floats:
    """Return features of photos, float32 [views * looks, photos, width].

    cache: folder with one file for each view, named after the content and the names of the photos,
        preprocessing, seed and tag; None: nothing is kept.
    tag: what tells the backbone from others, such as the digest of its graph.
    """
    # The name too: the random changes of a view depend on it.
    photos = [(path.name, file_digest(path)) for path in paths] if cache else []
    key = hashlib.sha256(repr((tag, seed, preprocessing, photos)).encode()).hexdigest()[:16]
    stack = []
    for view in range(views):
        file = cache / f"features-{key}-{view}.npy" if cache else None
        if file and file.exists():
            stack.append(np.load(file).astype(np.float32))
            continue
        print(f"view {view + 1}/{views} of {len(paths)} photos", file=sys.stderr, flush=True)
        features = _one_view(paths, backbone, preprocessing, view, seed)
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            features = features.astype(np.float16)
            with replacing(file) as partial:
                save(partial, features)
            features = features.astype(np.float32)
        stack.append(features)
    return np.concatenate(stack)


def _one_view(
    paths: Sequence[Path], backbone: Backbone, preprocessing: Preprocessing, view: int, seed: int
) -> Floats:
    """Return features of one view of the photos, [looks, photos, width]."""

    def pixels(path: Path) -> Floats:
        return view_pixels(path, view, seed, preprocessing)

    parts = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for at in range(0, len(paths), BATCH):
            parts.append(backbone(np.stack(list(pool.map(pixels, paths[at : at + BATCH])))))
    return np.concatenate(parts, axis=1)
