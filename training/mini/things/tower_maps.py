"""The maps that the head reads, taken from the served image tower, cached on disk.

They are kept as the eight-bit graph has them, uint8: 137 kB a photo and view, 3.9 GB for the
training photos. View 0 is the photo as it is served; another view is a part of it, mirrored half of
the time, in other light, so that the head meets things at other sizes and cut off. A view depends
only on its number and the photo's path.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import ImageOps

from cercafoto.base.arrays import Floats
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.mini.features import BATCH, CROP_RATIO, WORKERS, relit
from cercafoto.training.mini.graphs.image_tower import LOOKS
from cercafoto.training.mini.things.detected import WHOLE, Box
from cercafoto.training.mini.things.thing_graph import map_names

# Parts of a photo that a view keeps: of its area, and at least of each side. Smaller ones than for
# the photo's vector, since a thing's labels follow it into the view.
AREA = (0.3, 1.0)
SMALLEST_SIDE = 0.2


class View(NamedTuple):
    """The part of a photo that a view shows, and whether it is then mirrored."""

    frame: Box
    mirrored: bool


def draw_view(photo: str, number: int) -> tuple[View, np.random.Generator]:
    """Return a view of a photo, and the generator that draws its light.

    photo: path relative to the data folder.
    number: 0 for the whole photo.
    """
    name = int.from_bytes(hashlib.sha256(photo.encode()).digest()[:4], "little")
    rng = np.random.default_rng([0, number, name])
    if number == 0:
        return View(WHOLE, False), rng
    area, ratio = rng.uniform(*AREA), np.exp(rng.uniform(*np.log(CROP_RATIO)))
    width, height = (
        min(1.0, max(SMALLEST_SIDE, float(side)))
        for side in (np.sqrt(area * ratio), np.sqrt(area / ratio))
    )
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return View(Box(left, top, left + width, top + height), bool(rng.random() < 0.5)), rng


def view_pixels(data: Path, photo: str, number: int, preprocessing: Preprocessing) -> Floats:
    """Return the pixels of a view, float32 [3, size, size]."""
    image = open_upright(data / photo, preprocessing.resize_to)
    if number:
        view, rng = draw_view(photo, number)
        sides = (image.width, image.height) * 2
        left, top, right, bottom = (round(p * s) for p, s in zip(view.frame, sides, strict=True))
        image = image.crop((left, top, right, bottom))
        image = relit(ImageOps.mirror(image) if view.mirrored else image, rng)
    return preprocessing(image)


@dataclass(frozen=True)
class TowerMaps:
    """Maps of N photos from several views.

    stored: for each view, of strides 8, 16 and 32: uint8 [N, LOOKS, channels, side, side].
    steps: for each stride, the numbers (scale, zero) by which a stored value v means
        scale * (v - zero).
    """

    stored: Sequence[Sequence[NDArray[np.uint8]]]
    steps: Sequence[tuple[float, float]]

    @property
    def channels(self) -> tuple[int, int, int]:
        fine, middle, coarse = (each.shape[2] for each in self.stored[0])
        return fine, middle, coarse

    @property
    def cells(self) -> int:
        """Return how many cells of stride 16 a look has on a side."""
        return int(self.stored[0][1].shape[-1])

    def of(self, photos: Sequence[int], views: Sequence[int]) -> list[torch.Tensor]:
        """Return the maps of some views, one of each photo: of each stride, float32 [n, LOOKS,
        channels, side, side]."""
        maps = []
        for at, (scale, zero) in enumerate(self.steps):
            values = [self.stored[v][at][p] for p, v in zip(photos, views, strict=True)]
            maps.append((torch.from_numpy(np.stack(values)).float() - zero) * scale)
        return maps


def middle_of(cells: int, picture: int) -> Box:
    """Return the frame of the second look, the middle of a picture at full size.

    picture: side of the graph's input, in pixels, of which a look covers 16 * cells.
    """
    margin = (1 - 16 * cells / picture) / 2
    return Box(margin, margin, 1 - margin, 1 - margin)


def tower_maps(
    folder: ModelFolder, data: Path, photos: Sequence[str], views: int, cache: Path
) -> TowerMaps:
    """Return the maps of photos, computed by the image tower of a model folder.

    photos: paths relative to the data folder.
    cache: a folder in which the maps are found or left, named after tower, view, and the names and
        content of the photos.
    """
    tower = onnx.load(folder.path / "image.onnx")
    stored = {tensor.name: tensor for tensor in tower.graph.initializer}
    makers = {node.output[0]: node for node in tower.graph.node}
    # A map is the result of a DequantizeLinear, whose inputs are the stored values, scale and zero.
    sources = [makers[name].input for name in map_names(tower)]
    for values, *_ in sources:
        tower.graph.output.append(helper.make_tensor_value_info(values, TensorProto.UINT8, None))
    steps = [
        (float(numpy_helper.to_array(stored[scale])), float(numpy_helper.to_array(stored[zero])))
        for _, scale, zero in sources
    ]
    weights = [digest for name, digest in folder.files.items() if name.startswith("image.")]
    contents = [(photo, file_digest(data / photo)) for photo in photos]
    key = hashlib.sha256(repr((weights, folder.image, contents)).encode()).hexdigest()[:16]
    files = [
        [cache / f"maps-{key}-{view}-{stride}.npy" for stride in (8, 16, 32)]
        for view in range(views)
    ]
    options = ort.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    session = ort.InferenceSession(tower.SerializeToString(), options)
    names = [values for values, *_ in sources]
    for view, targets in enumerate(files):
        if not all(file.exists() for file in targets):
            print(f"maps {view + 1}/{views} of {len(photos)} photos", file=sys.stderr, flush=True)
            _compute(session, names, folder, data, photos, view, targets)
    return TowerMaps([[np.load(file, mmap_mode="r") for file in each] for each in files], steps)


def _compute(
    session: ort.InferenceSession,
    names: Sequence[str],
    folder: ModelFolder,
    data: Path,
    photos: Sequence[str],
    view: int,
    files: Sequence[Path],
) -> None:
    """Write the results `names` of one view of the photos into files, which get their names when
    all are complete."""
    preprocessing = Preprocessing.from_json(folder.image)

    def view_of(photo: str) -> Floats:
        return view_pixels(data, photo, view, preprocessing)

    arriving = [file.with_suffix(".part") for file in files]
    arrays: list[NDArray[np.uint8]] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for at in range(0, len(photos), BATCH):
            pixels = np.stack(list(pool.map(view_of, photos[at : at + BATCH])))
            results = session.run(list(names), {"pixel_values": pixels})
            if not arrays:
                shapes = [(len(photos), LOOKS, *result.shape[1:]) for result in results]
                arrays = [
                    np.lib.format.open_memmap(file, "w+", np.uint8, shape)
                    for file, shape in zip(arriving, shapes, strict=True)
                ]
            for array, result in zip(arrays, results, strict=True):
                # First all whole photos, then all middles.
                by_look = result.reshape(LOOKS, len(pixels), *result.shape[1:])
                array[at : at + len(pixels)] = by_look.swapaxes(0, 1)
    del arrays
    for part, file in zip(arriving, files, strict=True):
        part.replace(file)
