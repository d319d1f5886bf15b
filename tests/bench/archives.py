"""Made-up archives of any size: rows as an index writes them, vectors in clusters as photos have
them, and a few kinds of things seen.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zlib import crc32

import numpy as np

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.queries.things import packed
from cercafoto.base.arrays import Floats
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import Registry
from cercafoto.models.things_model import PERSON, ThingsModel, things_model
from cercafoto.photos.facts import FACTS_VERSION, METADATA_VERSION
from cercafoto.photos.seen_things import SeenThings, ThingBox
from cercafoto.settings import Settings

CLUSTERS, SPREAD = 2_000, 0.7
CHUNK = 20_000
SIGHTS = 100  # different results of seeing things
DAYS = 700  # that the photos are spread over, so that a week holds one in a hundred


def name(number: int) -> str:
    return f"{number // 1000:04}/IMG_{number:07}.jpg"


def chunks(size: int, dimension: int) -> Iterator[tuple[Floats, int]]:
    """Yield ([n, dimension] unit vectors, number of the first), `size` vectors in all."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CLUSTERS, dimension)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    for first in range(0, size, CHUNK):
        number = min(CHUNK, size - first)
        noise = rng.normal(size=(number, dimension)).astype(np.float32)
        noise *= SPREAD / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors = centres[rng.integers(0, CLUSTERS, number)] + noise
        yield vectors / np.linalg.norm(vectors, axis=1, keepdims=True), first


def is_there(settings: Settings) -> bool:
    """Return whether there is an archive made with this edition of the model of `settings`; remove
    an archive of another edition."""
    if not settings.catalog.exists():
        return False
    with Catalog.create(settings.catalog) as catalog:  # brought up to date
        if catalog.models.model_id(_model(settings).fingerprint) is not None:
            return True
    shutil.rmtree(settings.archive)
    return False


def _model(settings: Settings) -> ModelFolder:
    model = Registry(settings).find(settings.model)
    if model is None:
        raise LookupError(settings.model)
    return model


def fill(settings: Settings, size: int) -> None:
    """Make an archive of `size` photos with the model of `settings`, unless it exists."""
    if is_there(settings):
        return
    model = _model(settings)
    rng = random.Random(0)
    with Catalog.create(settings.catalog) as catalog:
        with catalog.transaction():
            model_id = begin(catalog, model, b"/foto")
            for vectors, first in chunks(size, model.dimension):
                _write(catalog, model_id, vectors, first, rng)
            see_things(catalog, range(1, size + 1))
        catalog.refresh_statistics()


def begin(catalog: Catalog, model: ModelFolder, root: bytes) -> int:
    """Make an empty archive of one folder, and return its model's id. Call inside a transaction."""
    model_id = catalog.models.add_model(
        model.fingerprint, model.name, model.version, model.dimension
    )
    for key in ("model", "wanted_model"):
        catalog.models.put(key, str(model_id))
    catalog.folders.add_root(root)
    return model_id


def _write(
    catalog: Catalog, model_id: int, vectors: Floats, first: int, rng: random.Random
) -> None:
    db = catalog.connection
    numbers = range(first + 1, first + len(vectors) + 1)
    db.executemany(
        "INSERT INTO contents(id, digest, width, height, orientation, monochrome, facts, "
        "facts_version) VALUES (?, ?, 4000, 3000, 1, ?, '{}', ?)",
        ((n, n.to_bytes(32, "big"), n % 20 == 0, METADATA_VERSION) for n in numbers),
    )
    db.executemany(
        "INSERT INTO photos(id, path, size, mtime_ns, content_id, state, taken_at, date_source, "
        "hour, format, shape, facts_version) "
        "VALUES (?, ?, 3000000, 1, ?, 'ok', ?, 'exif', ?, 'JPEG', 'orizzontale', ?)",
        (_photo(n, rng) for n in numbers),
    )
    stored = (row.astype("<f2").tobytes() for row in vectors)
    db.executemany(
        "INSERT INTO vectors(content_id, model_id, vector, checksum) VALUES (?, ?, ?, ?)",
        ((n, model_id, one, crc32(one)) for n, one in zip(numbers, stored, strict=True)),
    )


def see_things(catalog: Catalog, contents: Iterable[int]) -> None:
    """Write that things were seen in contents, so that an `index` has nothing to look at again.
    Call inside a transaction."""
    model = things_model()
    if model is None:
        return
    rng = np.random.default_rng(0)
    sights = [_sight(model, rng) for _ in range(SIGHTS)]
    catalog.connection.executemany(
        "INSERT INTO things(content_id, edition, people, presence, boxes) VALUES (?, ?, ?, ?, ?)",
        (
            (content, model.edition, people, presence, boxes)
            for content in contents
            for people, presence, boxes in [sights[content % SIGHTS]]
        ),
    )


def _sight(model: ThingsModel, rng: np.random.Generator) -> tuple[int, bytes, bytes]:
    """Return the number of persons, the presence and the boxes of made-up things, as stored."""
    number = int(rng.integers(0, 4))
    person = ThingBox(model.classes.index(PERSON), 0.9, 0.1, 0.2, 0.5, 0.9)
    presence = rng.normal(-4, 2, len(model.classes)).astype(np.float32)
    return number, *packed(SeenThings(model.edition, presence, (person,) * number, number))


def _photo(number: int, rng: random.Random) -> tuple[object, ...]:
    day = date(2018, 6, 1) + timedelta(days=rng.randrange(DAYS))
    taken = datetime(day.year, day.month, day.day, rng.randrange(24), rng.randrange(60))
    return (
        number,
        f"/foto/{name(number)}".encode(),
        number,
        taken.isoformat(),
        taken.hour,
        FACTS_VERSION,
    )
