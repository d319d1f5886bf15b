"""Divide pairs into training and validation: a share of each source, the same at every run.

A hash of seed and photo puts the photos of a source in an order; the first 5 % of them validate.
So the share is exact, rounded to whole photos. Photos that are added later take their own places
in that order: only a few near the border change sides.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cercafoto.training.data.captions import distinct
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore

SHARE = 0.05  # of the published recipe

Identity = Callable[[Pair], str]


@dataclass(frozen=True)
class Parts:
    """The pairs that train and the pairs that validate.

    joined: number of pairs whose captions went to an earlier pair of the same photo.
    """

    train: list[Pair]
    valid: list[Pair]
    joined: int = 0

    def table(self) -> str:
        """Return a table of how many photos of each source train and validate."""
        sources = dict.fromkeys(pair.source for pair in [*self.train, *self.valid])
        width = max([len(s) for s in sources] + [len("total")])
        lines = [f"{'':<{width}}      train     valid"]
        for source in sources:
            train, valid = (sum(p.source == source for p in x) for x in (self.train, self.valid))
            lines.append(f"{source:<{width}}  {train:>9,} {valid:>9,}")
        lines.append(f"{'total':<{width}}  {len(self.train):>9,} {len(self.valid):>9,}")
        if self.joined:
            lines.append(f"joined to an earlier pair of the same photo: {self.joined:,}")
        return "\n".join(lines)


def by_path(pair: Pair) -> str:
    """Return a photo's path as what identifies it; one URL has one path."""
    return posixpath.normpath(pair.image_path)


def by_content(store: PhotoStore) -> Identity:
    """Return a function that identifies a photo by its bytes, which it reads."""
    return lambda pair: hashlib.sha256(store.read(pair.image_path)).hexdigest()


def split(
    pairs: Iterable[Pair], share: float = SHARE, seed: int = 0, identity: Identity = by_path
) -> Parts:
    """Return pairs divided so that a photo is in one part only; both keep the order of `pairs`.

    Pairs that show the same photo first become one pair, with all captions and the first source.
    """
    photos: dict[str, Pair] = {}
    joined = 0
    for pair in pairs:
        photo = identity(pair)
        if photo in photos:
            captions = distinct([*photos[photo].captions, *pair.captions])
            photos[photo] = replace(photos[photo], captions=captions)
            joined += 1
        else:
            photos[photo] = pair
    by_source: dict[str, list[str]] = defaultdict(list)
    for photo, pair in photos.items():
        by_source[pair.source].append(photo)
    valid = {p for names in by_source.values() for p in _first(names, share, seed)}
    return Parts(
        [pair for photo, pair in photos.items() if photo not in valid],
        [pair for photo, pair in photos.items() if photo in valid],
        joined,
    )


def _first(photos: Sequence[str], share: float, seed: int) -> list[str]:
    order = sorted(photos, key=lambda photo: hashlib.sha256(f"{seed}\0{photo}".encode()).digest())
    return order[: int(len(order) * share + 0.5)]
