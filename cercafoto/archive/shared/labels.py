"""Write labels to a shared archive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercafoto.archive.queries.labels import LabelQueries
from cercafoto.archive.shared.connected import Connected
from cercafoto.archive.shared.schema import HERE
from cercafoto.errors import UsageError
from cercafoto.photos.sources import BY_HAND


class SharedLabels(LabelQueries):
    """The labels of a shared archive.

    Labels published by a source can only be changed by that source. Labels written here belong to
    the pseudo-source HERE, and publishing does not change them.
    """

    def __init__(self, engine: Connected) -> None:
        super().__init__(engine)
        self._server = engine

    def record(self, what: str) -> None:
        """Do nothing: changes of labels in a shared archive cannot be undone."""

    def write(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        self._server.execute(
            "DELETE FROM tags WHERE label_file = ? AND source_id = ? AND content_id = ANY(?)",
            label_file,
            HERE,
            list(contents),
        )
        columns = list(zip(*dict.fromkeys(tags), strict=True)) or [(), (), (), ()]
        self._server.execute(
            "INSERT INTO tags(content_id, label, label_file, source_id, score, confidence) "
            "SELECT content_id, label, ?, ?, score, confidence FROM "
            "unnest(?::bigint[], ?::text[], ?::float8[], ?::float8[]) "
            "AS given(content_id, label, score, confidence)",
            label_file,
            HERE,
            *map(list, columns),
        )
        self._changed()

    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None:
        self._server.execute(
            "INSERT INTO tags(content_id, label, label_file, source_id, score, confidence) "
            "SELECT unnest(?::bigint[]), ?, ?, ?, 1.0, 1.0 ON CONFLICT DO NOTHING",
            list(contents),
            label,
            BY_HAND,
            HERE,
        )
        self._changed()

    def take_away(self, contents: Iterable[int], label: str) -> None:
        wanted = list(contents)
        others = self._server.rows(
            "SELECT DISTINCT name FROM tags JOIN sources ON sources.id = source_id "
            "WHERE content_id = ANY(?) AND label = ? AND source_id <> ? ORDER BY name",
            wanted,
            label,
            HERE,
        )
        if others:
            names = ", ".join(name for (name,) in others)
            raise UsageError(
                f"L'etichetta «{label}» viene da {names}, e qui non si toglie.",
                "Si toglie sulla macchina che l'ha data, e poi da lì si pubblica di nuovo.",
            )
        self._server.execute(
            "DELETE FROM tags WHERE content_id = ANY(?) AND label = ? AND source_id = ?",
            wanted,
            label,
            HERE,
        )
        self._changed()

    def _changed(self) -> None:
        self._server.execute("UPDATE sources SET changes = changes + 1 WHERE id = ?", HERE)
