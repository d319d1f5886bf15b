"""Queries for the labels that contents bear, and what can be written of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from cercafoto.archive.queries.query_engine import Queries
from cercafoto.photos.facts import BY_HAND


class LabelQueries(Queries, ABC):
    """The labels of an archive."""

    def counts(self) -> list[tuple[str, int]]:
        """List labels in use and how many visible photos bear each, most frequent first."""
        return self._engine.rows(
            f"SELECT {self._dialect.sound('tags', 'label')}, count(DISTINCT photos.id) AS n "
            "FROM tags JOIN photos ON photos.content_id = tags.content_id "
            f"AND {self._dialect.visible} GROUP BY label ORDER BY n DESC, label"
        )

    def names(self) -> list[str]:
        """List labels in use, in order. Steps from each to the next in their index: a large archive
        has thousands of photos for each."""
        rows = self._engine.rows(
            "WITH RECURSIVE names(label) AS (SELECT min(label) FROM tags UNION ALL "
            "SELECT (SELECT min(label) FROM tags WHERE label > names.label) FROM names "
            "WHERE label IS NOT NULL) SELECT label FROM names WHERE label IS NOT NULL"
        )
        if any(not isinstance(label, str) for (label,) in rows):  # an index says so
            raise self._engine.damaged()
        return [row[0] for row in rows]

    def contents_by_hand(self, label: str) -> list[int]:
        """List the contents that bear a label which the person gave."""
        rows = self._engine.rows(
            "SELECT DISTINCT content_id FROM tags WHERE label = ? AND label_file = ?",
            label,
            BY_HAND,
        )
        return [row[0] for row in rows]

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        """List (content, cosine, confidence) of the contents that bear any of `labels`, the least
        sure label counting, surest content first."""
        return self._engine.rows(
            "SELECT content_id, min(score), min(confidence) AS sure FROM tags WHERE "
            f"{self._dialect.in_list.format('label')} "
            "GROUP BY content_id ORDER BY sure DESC, content_id",
            self._dialect.listed(labels),
        )

    def borne(self, contents: Iterable[int]) -> dict[int, dict[str, bool]]:
        """Look up the labels of some contents, and whether the person gave each."""
        rows = self._engine.rows(
            f"SELECT content_id, {self._dialect.sound('tags', 'label')}, "
            "max(CASE WHEN label_file = ? THEN 1 ELSE 0 END) FROM tags "
            f"WHERE {self._dialect.in_list.format('content_id')} GROUP BY content_id, label",
            BY_HAND,
            self._dialect.listed(contents),
        )
        labels: dict[int, dict[str, bool]] = {}
        for content, label, by_hand in rows:
            labels.setdefault(content, {})[label] = bool(by_hand)
        return labels

    # -- written, within a transaction; see `Archive.labelling` --------------------------------

    @abstractmethod
    def record(self, what: str) -> int | None:
        """Begin an action that can be undone, before it changes labels; return its id, None where
        actions are not undone. what: the options of `tag` that do it."""

    @abstractmethod
    def write(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace the labels that `contents` have from `label_file` by
        (content, label, score, confidence)."""

    @abstractmethod
    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None:
        """Store a label that the person gives, as sure as can be."""

    @abstractmethod
    def take_away(self, contents: Iterable[int], label: str) -> None:
        """Take a label away, whoever gave it. Raises UsageError where that cannot be done here."""
