"""Queries for the words of photos (keywords, titles, names) and the names of places and cameras."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.archive.queries.query_engine import Queries
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import stems
from cercafoto.question.filters.filter import NO_FILTERS, Filters

# A word of more photos than this does not help to choose between them, and reading them all would
# take longer than the rest of a search.
MOST_MATCHES = 20_000


class WordQueries(Queries):
    """Queries for keywords, titles, descriptions, and names of files, folders, places, cameras."""

    def photos_with_words(
        self, words: Sequence[str], filters: Filters = NO_FILTERS, spelt: bool = False
    ) -> Iterator[OwnWords]:
        """Yield the words of the visible photos that fulfil the filters and have all the stems
        `words` in their keywords, title, description or names. Yield nothing if `words` is empty,
        or if any one of the stems is in the words of more than MOST_MATCHES photos.

        spelt: also look up `OwnWords.facts`, which has the words in their original spelling.
        """
        if words and not any(self._is_everywhere(word) for word in words):
            yield from self._having(words, filters, spelt)

    def photos_marked(
        self, mark: str, filters: Filters, most: int = MOST_MATCHES
    ) -> Iterator[OwnWords]:
        """Yield the words of the visible photos that fulfil the filters and whose names state a
        year, at most `most`. However many photos have the mark, the filters leave few.

        mark: of the year or decade, see `photos/named_years.py`.
        """
        yield from self._having([mark], filters, most=most)

    def _having(
        self,
        words: Sequence[str],
        filters: Filters,
        spelt: bool = False,
        most: int | None = None,
    ) -> Iterator[OwnWords]:
        sql, values = self._where(filters)
        dialect, facts, contents = self._dialect, "", ""
        if spelt:
            stored = (
                dialect.checked("contents", "facts"),
                dialect.checked("photos", "sidecar_facts"),
            )
            facts, contents = f", {', '.join(stored)}", "JOIN contents ON contents.id = content_id "
        rows = self._engine.rows(
            f"SELECT content_id, path, keywords, title, description, names{facts} "
            f"FROM {dialect.words} {contents}WHERE {dialect.has_words} AND {sql} "
            f"ORDER BY {dialect.word_photo}{'' if most is None else ' LIMIT ?'}",
            dialect.all_words(words),
            *values,
            *([] if most is None else [most]),
        )
        if not all(isinstance(text, str) for row in rows for text in row[2:6]):
            raise self._engine.damaged()
        for content, path, *texts in rows:
            own_words = OwnWords(content, self._engine.shown(path), *texts[:4])
            yield own_words._replace(facts=(texts[4], texts[5])) if spelt else own_words

    def contents_with(self, words: Sequence[str]) -> list[int]:
        """Return the ids of the contents of all visible photos that have all stems in their
        keywords, title, description or names."""
        dialect = self._dialect
        rows = self._engine.rows(
            f"SELECT DISTINCT content_id FROM {dialect.words} "
            f"WHERE {dialect.has_words} AND {dialect.visible}",
            dialect.all_words(words),
        )
        return [content for (content,) in rows]

    def count_with(self, runs: Sequence[Sequence[str]]) -> list[int]:
        """Return for each run of stems how many visible photos have all of them in their keywords,
        title, description or names; of more than MOST_MATCHES the others are not counted. All are
        counted by one query, since each is a round trip to a shared archive."""
        if not runs:
            return []
        dialect = self._dialect
        counted = [
            f"SELECT {i} AS run, count(*) FROM (SELECT 1 FROM {dialect.words} "
            f"WHERE {dialect.has_words} AND {dialect.visible} LIMIT ?) AS found"
            for i in range(len(runs))
        ]
        values = [value for run in runs for value in (dialect.all_words(run), MOST_MATCHES + 1)]
        rows = self._engine.rows(f"{' UNION ALL '.join(counted)} ORDER BY run", *values)
        return [number for _, number in rows]

    def photos_named(self, part: str) -> list[tuple[int, bytes]]:
        """Return (content id, path) of the visible photos whose path contains `part`, a folded
        ASCII text. In a shared archive only the file name is compared."""
        rows = self._engine.rows(
            "SELECT content_id, path FROM photos "
            f"WHERE {self._dialect.visible} AND {self._dialect.named}",
            part,
        )
        return [(content, self._engine.shown(path)) for content, path in rows]

    def place_names(self) -> list[str]:
        """Return the names of towns, provinces, regions and countries with photos, each once."""
        rows = self._engine.rows(
            f"SELECT comune, provincia, regione, {self._dialect.checked('places', 'paese')} "
            f"FROM places WHERE {self._dialect.in_use.format(column='place_id', table='places')} "
            "ORDER BY id"
        )
        return [name for name in dict.fromkeys(name for row in rows for name in row) if name]

    def camera_names(self) -> list[str]:
        """Return the names of the cameras that photos were taken with, sorted."""
        rows = self._engine.rows(
            f"SELECT {self._dialect.checked('cameras', 'name')} FROM cameras WHERE "
            f"{self._dialect.in_use.format(column='camera_id', table='cameras')} ORDER BY name"
        )
        return [row[0] for row in rows]

    def lens_names(self) -> list[str]:
        """Return the names of the lenses that photos were taken with, sorted."""
        rows = self._engine.rows(
            f"SELECT {self._dialect.checked('lenses', 'name')} FROM lenses WHERE "
            f"{self._dialect.in_use.format(column='lens_id', table='lenses')} ORDER BY name"
        )
        return [row[0] for row in rows]

    def mentions(self, word: str) -> bool:
        """Whether any photo has the word in its keywords, title, description or names."""
        known = f"SELECT EXISTS (SELECT 1 FROM words WHERE {self._dialect.has_words})"
        return bool(self._engine.number(known, self._dialect.all_words([stems(word)])))

    def _is_everywhere(self, word: str) -> bool:
        """Whether more than MOST_MATCHES photos have a word."""
        few = f"SELECT 1 FROM words WHERE {self._dialect.has_words} LIMIT ?"
        sql, wanted = f"SELECT count(*) FROM ({few}) AS few", self._dialect.all_words([word])
        return self._engine.number(sql, wanted, MOST_MATCHES + 1) > MOST_MATCHES
