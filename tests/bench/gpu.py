"""Indexing on a GPU against the processor of the same machine:

    python -m tests.bench.gpu FOLDER [--model MODEL_FOLDER] [--device cpu]

Photos a second with the decode taken out (cropped pictures in memory through the image tower) and
with it in (a first index of FOLDER, torch's start included), and how near the vectors of the two
are. FOLDER: photos. The model is `mini` unless told. Without a GPU it says so and measures nothing;
--device cpu runs torch on the processor instead, which shows only that all of it works.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cercafoto import Library, Settings
from cercafoto.base.cores import usable_cores
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import DeviceError, ImageError
from cercafoto.models.encode import devices
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import ModelFolder
from cercafoto.models.registry import Registry
from cercafoto.photos.decoding.photo_file import read_photo
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.scan import Walk
from tests.bench.processes import here

MOST = 2000  # pictures kept in memory: 600 MB with `mini`
SECONDS = 10.0  # that each precision is measured for


def main(folder: Path, model: Path | None, device: str) -> int:
    if device == devices.CUDA:
        try:
            devices.check(devices.CUDA)
        except DeviceError as error:
            print(f"No GPU that torch can use here, nothing measured: {error.message}")
            return 1
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        settings = Settings(work / "archive", work / "models", "mini", offline=True)
        opened = ModelFolder.open(model) if model else Registry(settings).embedded()
        photos = pictures(folder, Encoder(opened).preprocessing)
        print(here())
        print(f"model {opened.name}, {len(photos)} photos in memory")
        expected = by_processor(opened, photos)
        by_torch(opened, photos, expected, device)
        whole(work, folder, opened if model else None, device)
    return 0


def pictures(folder: Path, preprocessing: Preprocessing) -> list[bytes]:
    """Of the photos that can be read, cropped."""
    paths = [found.path for found in Walk(os.fsencode(folder))][:MOST]

    def read(path: bytes) -> bytes | None:
        try:
            return read_photo(path, preprocessing).pixels
        except ImageError:
            return None

    started = time.perf_counter()
    with ThreadPoolExecutor(usable_cores()) as pool:
        found = [pixels for pixels in pool.map(read, paths) if pixels is not None]
    took = time.perf_counter() - started
    print(f"reading and decoding alone, {usable_cores()} threads: {len(paths) / took:.0f} photos/s")
    return found


def by_processor(model: ModelFolder, photos: list[bytes]) -> np.ndarray:
    """The vectors that count, [N, D], and how fast they come."""
    encoder = Encoder(model)
    encoder.embed_pictures(photos[: encoder.batch])
    started = time.perf_counter()
    batches = range(0, len(photos), encoder.batch)
    parts = [encoder.embed_pictures(photos[at : at + encoder.batch]) for at in batches]
    speed = len(photos) / (time.perf_counter() - started)
    print(f"decode taken out, ONNX Runtime on {usable_cores()} cores: {speed:.0f} photos/s")
    return np.concatenate(parts)


def by_torch(model: ModelFolder, photos: list[bytes], expected: np.ndarray, device: str) -> None:
    import torch

    from cercafoto.models.encode.gpu_encoder import GpuEncoder, precisions

    seen: set[str] = set()
    for product in precisions(torch.device(device)):
        encoder = GpuEncoder(model, device, print, [product])
        name = str(encoder._graph.product).removeprefix("torch.")
        if name in seen:
            continue  # a model in eight bits has one precision, whatever is asked
        seen.add(name)
        vectors = encoder.embed_pictures(photos)
        if not encoder.card:
            continue  # it has said why
        done, started = 0, time.perf_counter()
        while (took := time.perf_counter() - started) < SECONDS:
            encoder.embed_pictures(photos)
            done += len(photos)
        cosines = (vectors * expected).sum(axis=1)
        print(
            f"decode taken out, {encoder.card}, {name}, batches of {encoder.batch}: "
            f"{done / took:.0f} photos/s; cosine with the processor: least {cosines.min():.5f}, "
            f"mean {cosines.mean():.5f}"
        )


def whole(work: Path, folder: Path, model: ModelFolder | None, device: str) -> None:
    """A first index by each."""
    (work / "models").mkdir()
    if model:
        (work / "models" / model.name).symlink_to(model.path.resolve())
    for chosen in dict.fromkeys([devices.CPU, device]):
        settings = Settings(
            work / f"archive-{chosen}",
            work / "models",
            model.name if model else "mini",
            offline=True,
            device=chosen,
        )
        started = time.perf_counter()
        report = Library(settings).index([folder], reporter=TerminalReporter())
        took = time.perf_counter() - started
        speed = report.embedded / took
        print(
            f"decode in, {report.card or 'ONNX Runtime'}: {report.embedded} photos, {speed:.0f}/s"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    asked = parser.parse_args()
    sys.exit(main(asked.folder, asked.model, asked.device))
