"""Where the processor's time goes while a photo is indexed: python -m tests.bench.budget FOLDER,
the folder of `make bench`. Measures each stage by itself in one thread, and the whole command with
its decoders; the difference is starts, pipes and waiting.
"""

from __future__ import annotations

import hashlib
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.models.encode.encoder import IMAGES_PER_RUN, Encoder
from cercafoto.models.registry import Registry
from cercafoto.photos.decoding.picture import decode
from cercafoto.photos.monochrome import is_monochrome
from cercafoto.photos.read_file import FoundFile, ReadFile
from tests.bench import archives, peer, versus
from tests.bench.table import Row, show

PHOTOS = 100


def rows(folder: Path, photos: Path, model: str) -> Iterator[Row]:
    """Yield milliseconds of processor time for a photo: each stage beside the whole command."""
    number = len(list(photos.glob("*.jpg")))
    whole = 1e3 * command(folder, photos, model) / number
    spent = stages(folder, photos, model)
    spent["starting, pipes, the rest"] = whole - sum(spent.values())
    for stage, each in spent.items():
        yield Row(f"  a photo's way, {model}: {stage}, beside all", each, whole, unit="ms")


def command(folder: Path, photos: Path, model: str) -> float:
    """Return the processor seconds of `index` and its decoders."""
    archive = folder / "archivio-bilancio"
    shutil.rmtree(archive, ignore_errors=True)
    before = _of_children()
    versus.process(folder, "index", str(photos), "-q", archive=archive, model=model)
    return _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stages(folder: Path, photos: Path, model: str) -> dict[str, float]:
    """Return the processor milliseconds of each stage for a photo."""
    spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        spent[name] += time.process_time() - started

    settings = versus.settings(folder, folder / "archivio-bilancio", model)
    chosen = Registry(settings).find(model)
    assert chosen is not None
    encoder = Encoder(chosen, threads=1)
    preprocessing = encoder.preprocessing
    blank = bytes(3 * preprocessing.size**2)
    encoder.embed_pictures([blank] * IMAGES_PER_RUN)  # loaded, and its memory taken
    paths = sorted(photos.glob("*.jpg"))
    read = []
    for path in paths:
        with stage("reading"):
            data = path.read_bytes()
        with stage("digest"):
            digest = hashlib.sha256(data).digest()
        with stage("decoding and metadata"):
            picture = decode(data, preprocessing.resize_to, str(path))
        with stage("whether it has colours"):
            monochrome = is_monochrome(picture.image)
        with stage("resizing"):
            pixels = preprocessing.crop(picture.image).tobytes()
        read.append((path, digest, picture, monochrome, pixels))
    vectors = []
    for at in range(0, len(read), IMAGES_PER_RUN):
        with stage("normalising"):
            part = preprocessing.normalised(
                [pixels for *_, pixels in read[at : at + IMAGES_PER_RUN]]
            )
        with stage("image tower"):
            vectors += list(encoder.embed_pixels(part))
    with tempfile.TemporaryDirectory() as work, Catalog.create(Path(work) / "c") as catalog:
        with catalog.transaction():
            model_id = archives.begin(catalog, chosen, bytes(photos))
        for at in range(0, len(read), encoder.batch):
            with stage("catalogue"), catalog.transaction():
                batch = zip(
                    read[at : at + encoder.batch], vectors[at : at + encoder.batch], strict=True
                )
                catalog.intake.write(
                    [
                        ReadFile(
                            FoundFile(bytes(path), 1, 1), digest, picture.facts, embedding=vector,
                            width=picture.width, height=picture.height, monochrome=monochrome,
                        )
                        for (path, digest, picture, monochrome, _), vector in batch
                    ],
                    model_id,
                )  # fmt: skip
    return {name: 1e3 * seconds / len(paths) for name, seconds in spent.items()}


def main(folder: Path) -> None:
    peer.installed(folder)
    photos = folder / f"foto-{PHOTOS}"
    versus.pictures(photos, PHOTOS)
    show(
        [row for model in versus.RATES for row in rows(folder, photos, model)],
        "times of the processor",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
