"""See the things in photo files, as `index` does for the photos of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.models.encode.things_encoder import things_encoder
from cercafoto.models.things_model import ThingsModel
from cercafoto.photos.decoding.picture import open_upright

BATCH = 64


@dataclass(frozen=True)
class SeenPhotos:
    """The things seen in N photos, numbered from 0. See `labels.thing_labels.Things`.

    presence [N, C], counts [N, C]: see `ThingQueries.of`.
    """

    model: ThingsModel
    presence: Floats
    counts: Ints

    @classmethod
    def of_files(cls, paths: Sequence[Path]) -> Self | None:
        """Return the things seen in photos; None if the package has no model that sees things.
        Raises ImageError."""
        encoder = things_encoder()
        if encoder is None:
            return None
        crop, size = encoder.preprocessing.crop, encoder.preprocessing.resize_to
        seen = []
        for at in range(0, len(paths), BATCH):
            pictures = [crop(open_upright(path, size)) for path in paths[at : at + BATCH]]
            seen += encoder.see([picture.tobytes() for picture in pictures])[1]
        number = len(encoder.model.classes)
        counts = [np.bincount([b.thing for b in s.boxes], minlength=number) for s in seen]
        return cls(encoder.model, np.stack([s.presence for s in seen]), np.stack(counts))

    def classes(self) -> tuple[str, ...]:
        return self.model.classes

    def curve(self) -> tuple[float, float]:
        return self.model.curve

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats, Ints]:
        numbers = np.array(contents, np.int64)
        return numbers, self.presence[numbers], self.counts[numbers]
