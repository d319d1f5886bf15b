"""Move a question towards photos that the person wants more of, and away from others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.archive.archive import Archive, Rows
from cercafoto.base.arrays import Floats


class Feedback(NamedTuple):
    """Content ids of the photos to move the question towards (`more`) and away from (`less`).
    Photos in `less` are not shown again."""

    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()

    @classmethod
    def of(cls, rows: Rows, more: Sequence[bytes], less: Sequence[bytes]) -> Feedback:
        """Return the feedback for photos with these paths, without photos that are gone."""
        contents = (
            tuple(c for path in paths if (c := rows.photos.content_at(path)) is not None)
            for paths in (more, less)
        )
        return cls(*contents)

    def __bool__(self) -> bool:
        return bool(self.more or self.less)

    def direction(self, archive: Archive, question: Floats) -> Floats:
        """Return the vector to add to the unit vector of a question, [D]: Rocchio's formula with
        its usual weights (Manning, Raghavan and Schuetze, "Introduction to Information Retrieval",
        9.1.1). A video counts by its frame that is nearest to the question."""
        result = np.zeros(archive.embeddings.dimension, np.float32)
        for contents, weight in ((self.more, 0.75), (self.less, -0.15)):
            pictures: list[Floats] = []
            for content in contents:
                frames = archive.photos.with_moments(np.array([content], np.int64))
                _, vectors = archive.embeddings.of(frames.tolist())
                pictures += [vectors[(vectors @ question).argmax()]] if len(vectors) else []
            if pictures:
                result += weight * np.mean(pictures, axis=0)
        return result


NO_FEEDBACK = Feedback()
