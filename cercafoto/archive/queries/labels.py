"""Queries that read and write the labels of contents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from cercafoto.archive.queries.query_engine import Queries
from cercafoto.photos.sources import BY_HAND


class LabelQueries(Queries, ABC):
    """The labels of an archive. A label belongs to a content, so copies of a photo share it."""

    def counts(self) -> list[tuple[str, int]]:
        """Return (label, number of visible photos that have it), most photos first."""
        return self._engine.rows(
            f"SELECT {self._dialect.checked('tags', 'label')}, count(DISTINCT photos.id) AS n "
            "FROM tags JOIN photos ON photos.content_id = tags.content_id "
            f"AND {self._dialect.visible} GROUP BY label ORDER BY n DESC, label"
        )

    def names(self) -> list[str]:
        """Return the labels in use, sorted."""
        # A step through the index for each label: reading thousands of photos per label is slower.
        rows = self._engine.rows(
            "WITH RECURSIVE names(label) AS (SELECT min(label) FROM tags UNION ALL "
            "SELECT (SELECT min(label) FROM tags WHERE label > names.label) FROM names "
            "WHERE label IS NOT NULL) SELECT label FROM names WHERE label IS NOT NULL"
        )
        if any(not isinstance(label, str) for (label,) in rows):  # the index is damaged
            raise self._engine.damaged()
        return [row[0] for row in rows]

    def contents_by_hand(self, label: str) -> list[int]:
        """Return the ids of the contents to which the person gave a label by hand."""
        rows = self._engine.rows(
            "SELECT DISTINCT content_id FROM tags WHERE label = ? AND label_file = ?",
            label,
            BY_HAND,
        )
        return [row[0] for row in rows]

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        """Return (content id, cosine, confidence) of contents that have any of `labels`, highest
        confidence first. If a content has several of these labels, the lowest values count."""
        return self._engine.rows(
            "SELECT content_id, min(score), min(confidence) AS sure FROM tags WHERE "
            f"{self._dialect.in_list.format('label')} "
            "GROUP BY content_id ORDER BY sure DESC, content_id",
            self._dialect.listed(labels),
        )

    def of_contents(self, contents: Iterable[int]) -> dict[int, dict[str, bool]]:
        """Return the labels of some contents: content id -> label -> whether the label was given by
        hand. Contents without labels are left out."""
        rows = self._engine.rows(
            f"SELECT content_id, {self._dialect.checked('tags', 'label')}, "
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
        """Record all later changes of labels as one action, which can be undone, and return the
        action's id. A shared archive records nothing and returns None. Call once, before the labels
        are changed.

        what: the options of `tag` that describe the action.
        """

    @abstractmethod
    def write(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace the labels that `contents` have from `label_file` with `tags`: (content id,
        label, cosine, confidence). model_id: the model that the cosines come from."""

    @abstractmethod
    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None:
        """Label contents by hand, with cosine and confidence 1. model_id: the model in use."""

    @abstractmethod
    def take_away(self, contents: Iterable[int], label: str) -> None:
        """Delete a label from contents, whether the person or a label file gave it. In a shared
        archive, raises UsageError if a source published it."""
