"""Read the stored vectors: one for each content and model, float16, with a checksum."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from cercafoto.archive.local.database import Database, Part, translated
from cercafoto.archive.local.model_settings import Models
from cercafoto.errors import ArchiveError
from cercafoto.question.values import VIDEO_FORMATS

if TYPE_CHECKING:
    import numpy as np  # only for types: an `index` run that finds nothing new needs no numpy
    from numpy.typing import NDArray

    from cercafoto.base.arrays import Floats

# How far float16 can move the length of a unit vector from 1.
_UNIT = 5e-3


def damaged_vectors(path: Path) -> ArchiveError:
    return ArchiveError(
        f"Nell'archivio {path} di alcune foto ci sono dati danneggiati.",
        "Esegui «cercafoto controlla --ripara», poi «cercafoto index» per rianalizzarle.",
    )


class Vectors(Part):
    """The vectors of a catalogue, from which the caches in `embeddings` are made."""

    def __init__(self, db: Database, models: Models) -> None:
        super().__init__(db)
        self._models = models

    @property
    def purges(self) -> int:
        return self._models.purges

    def vectors_after(
        self, model_id: int, last_id: int, chunk: int = 1024
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Yield a model's vectors with ids after `last_id`, sorted by id, up to `chunk` at a time:
        ([n, 2] int64 of vector id and content id, [n, D] float32).

        Raises ArchiveError for a damaged vector.
        """
        dimension = self._models.model(model_id)[2]
        # `translated` must not be active at the yield: it would change errors of the caller.
        with translated(self._db.path):
            cursor = self._db.execute(
                "SELECT id, content_id, vector, checksum FROM vectors "
                "WHERE model_id = ? AND id > ? ORDER BY id",
                (model_id, last_id),
            )
        while True:
            with translated(self._db.path):
                rows = cursor.fetchmany(chunk)
            if not rows:
                return
            yield self._checked(rows, dimension)

    def vectors_at(
        self, model_id: int, vector_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return the vectors with these ids as a chunk of `vectors_after`, in the order of the ids,
        without missing vectors. Ask for a few thousand at most: this is one query. Raises
        ArchiveError."""
        # CROSS JOIN makes SQLite look up each id, instead of reading all vectors of the model.
        rows = self._db.rows(
            "SELECT vectors.id, content_id, vector, checksum FROM json_each(?) AS wanted "
            "CROSS JOIN vectors ON vectors.id = wanted.value WHERE model_id = ?",
            json.dumps(vector_ids.tolist()),
            model_id,
        )
        return self._checked(rows, self._models.model(model_id)[2])

    def _checked(
        self, rows: Sequence[tuple[int, int, bytes, int]], dimension: int
    ) -> tuple[NDArray[np.int64], Floats]:
        import numpy as np

        try:
            if any(crc32(row[2]) != row[3] or len(row[2]) != 2 * dimension for row in rows):
                raise damaged_vectors(self._db.path)
            ids = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
        except (TypeError, ValueError) as error:  # text for a number, a number for bytes
            raise damaged_vectors(self._db.path) from error
        flat = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2")
        return ids, flat.reshape(len(rows), dimension).astype(np.float32)

    def last_vector_id(self, model_id: int) -> int:
        row = self._db.row("SELECT max(id) FROM vectors WHERE model_id = ?", model_id)
        return int(row[0] or 0)

    def stored(self, model_id: int, contents: list[int]) -> dict[int, bytes]:
        """Return content id -> the content's vector as stored (float16, little-endian), for the
        given contents that have one.

        Raises ArchiveError for a damaged vector.
        """
        rows = self._db.rows(
            "SELECT content_id, vector, checksum FROM vectors WHERE model_id = ? AND content_id IN "
            "(SELECT value FROM json_each(?))",
            model_id,
            json.dumps(contents),
        )
        if any(crc32(vector) != checksum for _, vector, checksum in rows):
            raise damaged_vectors(self._db.path)
        return {content: vector for content, vector, _ in rows}

    def bad(self) -> list[int]:
        """Return the ids of damaged vectors: not of the model's dimension, with a wrong checksum,
        not finite, or not of length 1."""
        bad = []
        dimensions = dict(self._db.rows("SELECT id, dimension FROM models"))
        with translated(self._db.path):
            cursor = self._db.execute("SELECT id, model_id, vector, checksum FROM vectors")
            while rows := cursor.fetchmany(4096):
                for vector_id, model_id, stored, checksum in rows:
                    if (
                        not isinstance(stored, bytes)
                        or len(stored) != 2 * dimensions.get(model_id, 0)
                        or crc32(stored) != checksum
                        or not _is_unit(stored)
                    ):
                        bad.append(vector_id)
        return bad

    def drop(self, vector_ids: list[int]) -> None:
        """Delete vectors, with a frame's also its video's; the next `index` computes them again.
        Call inside a transaction."""
        self._db.execute(
            "DELETE FROM vectors WHERE content_id IN (SELECT video_id FROM moments JOIN vectors "
            "USING (content_id) WHERE id IN (SELECT value FROM json_each(?)))",
            (json.dumps(vector_ids),),
        )
        self._db.executemany("DELETE FROM vectors WHERE id = ?", ((i,) for i in vector_ids))
        self._models.count_purge()

    def drop_videos(self) -> None:
        """Delete the vectors of the first frames of all videos; the next `index` reads videos
        without one as a whole. Call inside a transaction."""
        self._db.execute(
            "DELETE FROM vectors WHERE content_id IN (SELECT content_id FROM photos WHERE format "
            "IN (SELECT value FROM json_each(?)))",
            (json.dumps(sorted(VIDEO_FORMATS)),),
        )
        self._models.count_purge()

    def present(self, digests: Sequence[bytes], model_id: int) -> set[bytes]:
        """Return those of `digests` whose contents the model has embedded. digests: a few; each
        becomes a variable of the SQL."""
        rows = self._db.rows(
            "SELECT digest FROM contents CROSS JOIN vectors ON vectors.content_id = contents.id "
            f"WHERE model_id = ? AND digest IN ({', '.join('?' * len(digests))})",
            model_id,
            *digests,
        )
        return {row[0] for row in rows}

    def contents_without(self, model_id: int) -> set[int]:
        """Return the ids of the contents that the model has not embedded yet."""
        vectors, contents = self._db.row(
            "SELECT (SELECT count(*) FROM vectors WHERE model_id = ?), count(*) FROM contents",
            model_id,
        )
        if vectors == contents:  # a content has at most one, and each has a content
            return set()
        rows = self._db.rows(
            "SELECT id FROM contents WHERE NOT EXISTS "
            "(SELECT 1 FROM vectors WHERE content_id = contents.id AND model_id = ?)",
            model_id,
        )
        return {row[0] for row in rows}

    def lacking(self, model_id: int) -> int:
        """Return how many visible contents the model has not embedded yet."""
        return self._db.number(
            "SELECT count(DISTINCT content_id) FROM photos WHERE state = 'ok' AND content_id "
            "NOT IN (SELECT content_id FROM vectors WHERE model_id = ?)",
            model_id,
        )


def _is_unit(stored: bytes) -> bool:
    import numpy as np

    vector = np.frombuffer(stored, "<f2").astype(np.float32)
    return bool(abs(float(vector @ vector) - 1) < 2 * _UNIT)  # False if not finite
