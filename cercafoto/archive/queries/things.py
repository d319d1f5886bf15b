"""Read what photos show: for each content, which things are present, their boxes and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cercafoto.archive.queries.query_engine import Queries
from cercafoto.models.things_model import ThingsModel, things_model
from cercafoto.photos.seen_things import SeenThings, ThingBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cercafoto.base.arrays import Floats, Ints

# A presence is stored in a byte, as 128 and sixteenths of its logit: from -8 to 7.9.
_STEPS, _ZERO = 16, 128
# A box is stored in bytes: its class, then score and edges in 255ths.
_BOX_BYTES, _FULL = 6, 255


class ThingQueries(Queries):
    """What the photos of an archive show. Only results of this program's edition are read."""

    @property
    def _model(self) -> ThingsModel | None:
        return things_model()

    @property
    def _edition(self) -> str:
        return self._model.edition if self._model else ""

    def classes(self) -> tuple[str, ...]:
        """Return the names of the things that can be seen; () if no photo was looked at."""
        known = "SELECT EXISTS (SELECT 1 FROM things WHERE edition = ?)"
        if self._model is None or not self._engine.number(known, self._edition):
            return ()
        return self._model.classes

    def curve(self) -> tuple[float, float]:
        """Return slope and intercept that turn the logit of a presence into the logit of a
        probability."""
        return self._model.curve if self._model else (1.0, 0.0)

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats, Ints]:
        """Return (content ids [n], logits of presence [n, C], numbers of boxes [n, C]) of some
        contents, sorted by id. Contents that were not looked at are left out. C: number of
        `classes`.

        Ask for some thousand at most: this is one query.
        """
        import numpy as np  # late: an `index` run that finds nothing new needs no numpy

        dialect, number = self._dialect, len(self._model.classes) if self._model else 0
        rows = self._engine.rows(
            f"SELECT content_id, {dialect.checked('things', 'presence')}, boxes FROM things "
            f"WHERE {dialect.in_list.format('content_id')} AND edition = ? ORDER BY content_id",
            dialect.listed(int(content) for content in contents),
            self._edition,
        )
        ids = np.array([row[0] for row in rows], np.int64)
        stored = np.frombuffer(b"".join(row[1] for row in rows), np.uint8).astype(np.float32)
        presence: Floats = ((stored - np.float32(_ZERO)) / np.float32(_STEPS)).reshape(
            len(rows), number
        )
        boxes = np.frombuffer(b"".join(row[2] for row in rows), np.uint8)[::_BOX_BYTES]
        photos = np.repeat(np.arange(len(rows)), [len(row[2]) // _BOX_BYTES for row in rows])
        counts: Ints = np.bincount(photos * number + boxes, minlength=len(rows) * number)
        return ids, presence, counts.reshape(len(rows), number)

    def boxes_of(self, content_id: int) -> list[ThingBox]:
        """Return the things in a content, the surest first; [] if there are none, or if it was not
        looked at."""
        row = self._engine.row(
            f"SELECT {self._dialect.checked('things', 'boxes')} FROM things "
            "WHERE content_id = ? AND edition = ?",
            content_id,
            self._edition,
        )
        stored: bytes = row[0] if row else b""
        return [
            ThingBox(
                stored[start], *(part / _FULL for part in stored[start + 1 : start + _BOX_BYTES])
            )
            for start in range(0, len(stored), _BOX_BYTES)
        ]

    def count_lacking(self) -> int:
        """Return how many visible contents were not looked at; 0 if this program cannot look."""
        if self._model is None:
            return 0
        return self._engine.number(
            f"SELECT count(DISTINCT content_id) FROM photos WHERE {self._dialect.visible} AND "
            "content_id NOT IN (SELECT content_id FROM things WHERE edition = ?)",
            self._edition,
        )


def packed(things: SeenThings) -> tuple[bytes, bytes]:
    """Return the presence and the boxes of things, as they are stored."""
    import numpy as np

    presence: NDArray[np.uint8] = np.clip(
        np.round(_STEPS * things.presence) + _ZERO, 0, 255
    ).astype(np.uint8)
    boxes = b"".join(
        bytes([thing, *(round(_FULL * part) for part in parts)]) for thing, *parts in things.boxes
    )
    return presence.tobytes(), boxes
