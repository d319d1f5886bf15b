"""Features of the frozen image tower, from several augmented views of each photo, cached.

Each view is looked at twice, as serving does: the whole picture, reduced, and its middle at full
size. A look gives the tower's global-average feature (1,280 values, none negative). View 0 is
exactly what serving computes: `cercafoto.photos.decoding.picture` decodes and resizes. The other
views are crops, mirror images and changes of light of the same photo, so that the heads cannot
learn one framing by heart. Of view 0 the map that the tower's last block reads is kept too.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from cercafoto.base.arrays import Floats, save
from cercafoto.base.atomic_file import replacing
from cercafoto.models.model_folder import file_digest
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing

Maps = NDArray[np.float16]
# Pixels [N, 3, H, W] -> features [looks, N, width], and maps [looks, N, channels, h, w].
Backbone = Callable[[Floats], tuple[Floats, Floats]]

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
) -> tuple[Floats, Maps]:
    """Return features of photos, float32 [views * looks, photos, width], and the maps of view 0,
    float16 [looks, photos, channels, h, w].

    cache: folder with one file for each view and one for the maps, named after the content and the
        names of the photos, preprocessing, seed and tag; None: nothing is kept.
    tag: what tells the backbone from others, such as the digest of its graph.
    """
    # The name too: the random changes of a view depend on it.
    photos = [(path.name, file_digest(path)) for path in paths] if cache else []
    key = hashlib.sha256(repr((tag, seed, preprocessing, photos)).encode()).hexdigest()[:16]
    with tempfile.TemporaryDirectory() as temporary:
        kept = cache or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        of_maps = kept / f"features-{key}-maps.npy"
        files = [kept / f"features-{key}-{view}.npy" for view in range(views)]
        for view, file in enumerate(files):
            if file.exists() and (view or of_maps.exists()):
                continue
            print(f"view {view + 1}/{views} of {len(paths)} photos", file=sys.stderr, flush=True)
            features, maps = _one_view(paths, backbone, preprocessing, view, seed)
            for array, target in ((maps, of_maps), (features, file))[view > 0 :]:
                with replacing(target) as partial:
                    save(partial, array)
        stack = [np.load(file).astype(np.float32) for file in files]
        return np.concatenate(stack), np.load(of_maps)


def _one_view(
    paths: Sequence[Path], backbone: Backbone, preprocessing: Preprocessing, view: int, seed: int
) -> tuple[Maps, Maps]:
    """Return features of one view of the photos, [looks, photos, width], and their maps, if the
    view is 0, both float16."""

    def pixels(path: Path) -> Floats:
        return view_pixels(path, view, seed, preprocessing)

    features, maps = [], []
    with ThreadPoolExecutor(WORKERS) as pool:
        for at in range(0, len(paths), BATCH):
            batch = np.stack(list(pool.map(pixels, paths[at : at + BATCH])))
            pooled, read = backbone(batch)
            features.append(pooled.astype(np.float16))
            maps.append(read.astype(np.float16)[:, : None if view == 0 else 0])
    return np.concatenate(features, axis=1), np.concatenate(maps, axis=1)
