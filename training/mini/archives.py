"""Small archives of one collection, as a person might have them, drawn from the judged photos.

A curve fitted to all judged photos expects a large archive of all kinds of photos. In a small
archive, or one with a single kind of photo, the nearest photo is farther from the question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cercafoto.training.measure.judgments import Bools

SIZES, OF_EACH = (30, 60, 120), 3  # photos of an archive, and archives drawn of each size


def collections_of(sources: Sequence[str]) -> dict[str, Bools]:
    """Return name of a collection -> which of the photos belong to it, bool [N].

    sources: the data sets of N photos; "coco" and "coco_test" are one collection.
    """
    names = np.array([source.partition("_")[0] for source in sources])
    return {str(name): names == name for name in dict.fromkeys(names.tolist())}


def archives_of(collection: Bools, seed: int = 0) -> list[Bools]:
    """Return archives of a collection, each bool [N]: the whole, and OF_EACH random ones of each of
    the SIZES that are smaller.

    collection: which of the N photos belong to the collection.
    """
    rng = np.random.default_rng(seed)
    photos = np.flatnonzero(collection)
    drawn = [
        np.isin(np.arange(len(collection)), rng.choice(photos, size, replace=False))
        for size in SIZES
        if size < len(photos)
        for _ in range(OF_EACH)
    ]
    return [collection, *drawn]
