"""Labels in a shared archive: those that its sources gave, and those that people give here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercafoto.archive.shared.queries import Queries
from cercafoto.archive.shared.schema import HERE
from cercafoto.errors import UsageError
from cercafoto.photos.facts import BY_HAND


class SharedLabels(Queries):
    """The part of a shared archive that keeps labels. Sources bring theirs, and nobody else changes
    those; what is written here belongs to the archive itself, and publishing leaves it alone."""

    def labels(self) -> list[tuple[str, int]]:
        return self.rows(
            "SELECT label, count(DISTINCT photos.id) AS n FROM tags "
            "JOIN photos USING (content_id) GROUP BY label ORDER BY n DESC, label"
        )

    def label_names(self) -> list[str]:
        rows = self.rows(
            "WITH RECURSIVE names(label) AS ((SELECT min(label) FROM tags) UNION ALL "
            "SELECT (SELECT min(label) FROM tags WHERE label > names.label) FROM names "
            "WHERE label IS NOT NULL) SELECT label FROM names WHERE label IS NOT NULL"
        )
        return [row[0] for row in rows]

    def contents_labelled_by_hand(self, label: str) -> list[int]:
        rows = self.rows(
            "SELECT DISTINCT content_id FROM tags WHERE label = ? AND label_file = ?",
            label,
            BY_HAND,
        )
        return [row[0] for row in rows]

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        return self.rows(
            "SELECT content_id, min(score), min(confidence) AS sure FROM tags "
            "WHERE label = ANY(?) GROUP BY content_id ORDER BY sure DESC, content_id",
            list(labels),
        )

    def borne(self, contents: Iterable[int]) -> dict[int, dict[str, bool]]:
        rows = self.rows(
            "SELECT content_id, label, bool_or(label_file = ?) FROM tags "
            "WHERE content_id = ANY(?) GROUP BY content_id, label",
            BY_HAND,
            list(contents),
        )
        labels: dict[int, dict[str, bool]] = {}
        for content, label, by_hand in rows:
            labels.setdefault(content, {})[label] = by_hand
        return labels

    # -- written here --------------------------------------------------------------------------

    def record(self, what: str) -> None:
        """Record nothing: actions on a shared archive are not undone."""

    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        self.execute(
            "DELETE FROM tags WHERE label_file = ? AND source_id = ? AND content_id = ANY(?)",
            label_file,
            HERE,
            list(contents),
        )
        columns = list(zip(*dict.fromkeys(tags), strict=True)) or [(), (), (), ()]
        self.execute(
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
        self.execute(
            "INSERT INTO tags(content_id, label, label_file, source_id, score, confidence) "
            "SELECT unnest(?::bigint[]), ?, ?, ?, 1.0, 1.0 ON CONFLICT DO NOTHING",
            list(contents),
            label,
            BY_HAND,
            HERE,
        )
        self._changed()

    def take_away(self, contents: Iterable[int], label: str) -> None:
        """Take a label away. Raises UsageError where a source gave it."""
        wanted = list(contents)
        others = self.rows(
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
        self.execute(
            "DELETE FROM tags WHERE content_id = ANY(?) AND label = ? AND source_id = ?",
            wanted,
            label,
            HERE,
        )
        self._changed()

    def _changed(self) -> None:
        self.execute("UPDATE sources SET changes = changes + 1 WHERE id = ?", HERE)
