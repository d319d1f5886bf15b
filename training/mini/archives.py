"""Small archives of one collection, as a person might have them, drawn from the judged photos.

A curve fitted to the judged photos all together expects a large archive of all kinds of photos. In
a small one, or one of a single kind, the nearest photo lies farther from what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from cercafoto.training.measure.judgments import Bools

SIZES, OF_EACH = (30, 60, 120), 3  # photos of the archives drawn from a collection, and how many


def collections_of(photos: Sequence[str]) -> dict[str, Bools]:
    """Return the collections of some photos, by name: which of the photos are theirs, bool [N].

    photos: paths whose folder names the data set; "coco" and "coco_test" are one collection.
    """
    names = np.array([PurePosixPath(photo).parent.name.partition("_")[0] for photo in photos])
    return {str(name): names == name for name in dict.fromkeys(names.tolist())}


def archives_of(collection: Bools, seed: int = 0) -> list[Bools]:
    """Return archives of a collection, each bool [N]: the whole, and smaller ones drawn from it."""
    rng = np.random.default_rng(seed)
    photos = np.flatnonzero(collection)
    drawn = [
        np.isin(np.arange(len(collection)), rng.choice(photos, size, replace=False))
        for size in SIZES
        if size < len(photos)
        for _ in range(OF_EACH)
    ]
    return [collection, *drawn]
