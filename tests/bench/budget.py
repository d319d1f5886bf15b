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
from cercafoto.indexing.workers import embed_images, things_preprocessing
from cercafoto.models.encode.encoder import IMAGES_PER_RUN, Encoder
from cercafoto.models.encode.things_encoder import things_encoder
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
    before = of_children()
    versus.process(folder, "index", str(photos), "-q", archive=archive, model=model)
    return of_children() - before


def of_children() -> float:
    """Return the processor's seconds of all child processes that have ended."""
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
    encoder, things = Encoder(chosen, threads=1), things_encoder(threads=1)
    preprocessing, for_things = encoder.preprocessing, things_preprocessing(encoder, things)
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
            pixels_for_things = for_things.crop(picture.image).tobytes() if for_things else None
        read.append(
            ReadFile(
                FoundFile(bytes(path), 1, 1), digest, picture.facts, image=pixels,
                things_image=pixels_for_things, width=picture.width, height=picture.height,
                monochrome=monochrome,
            )
        )  # fmt: skip
    embed_images(read[:IMAGES_PER_RUN], encoder, things)  # loaded, and its memory taken
    with tempfile.TemporaryDirectory() as work, Catalog.create(Path(work) / "c") as catalog:
        with catalog.transaction():
            model_id = archives.begin(catalog, chosen, bytes(photos))
        for at in range(0, len(read), encoder.batch):
            with stage("tower, things"):
                batch = embed_images(read[at : at + encoder.batch], encoder, things)
            with stage("catalogue"), catalog.transaction():
                catalog.intake.write(batch, model_id)
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
