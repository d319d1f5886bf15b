"""Read the text recognised in the photos of a shared archive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cercafoto.archive.local.texts import unpacked
from cercafoto.archive.shared.connected import Connected
from cercafoto.archive.shared.dialect import every
from cercafoto.base.word_stems import stems
from cercafoto.results.texts import ReadText


class SharedTexts:
    """Queries for the text recognised in photos; see the methods of the same names in `Texts`."""

    def __init__(self, engine: Connected) -> None:
        self._engine = engine

    def are_read(self) -> bool:
        return self._bears

    @cached_property  # each query is a round trip to the server
    def _bears(self) -> bool:
        return bool(self._engine.number("SELECT EXISTS (SELECT 1 FROM texts)"))

    def count_unread(self) -> int:
        """Return 0: the server does not know which photos without text were read."""
        return 0

    def contents_saying(self, words: Sequence[str]) -> list[int]:
        # The server's index does not know the order of the words.
        phrase = f" {' '.join(words)} "
        return [
            content for content, lines in self._with(words, None) if phrase in f" {stems(lines)} "
        ]

    def with_words(self, words: Sequence[str], most: int) -> list[tuple[int, str]]:
        return self._with(words, most)

    def with_letters(self, letters: str, most: int) -> list[tuple[int, str]]:
        return self._texts("strpos(letters, ?) > 0", letters, most)

    def lines_of(self, contents: Sequence[int]) -> dict[int, str]:
        wanted = [int(content) for content in contents]
        return dict(self._texts("content_id = ANY(?)", wanted, None))

    def of_content(self, content_id: int) -> ReadText | None:
        """Return the text of a content, None if it was not read or has no text."""
        rows = self._engine.rows(
            "SELECT engine, turned, lines, boxes FROM texts WHERE content_id = ? "
            "ORDER BY source_id LIMIT 1",
            content_id,
        )
        return ReadText(rows[0][0], unpacked(*rows[0][2:]), rows[0][1]) if rows else None

    def _with(self, words: Sequence[str], most: int | None) -> list[tuple[int, str]]:
        return self._texts("lexemes @@ ?::tsquery", every(words), most) if words else []

    def _texts(self, which: str, value: object, most: int | None) -> list[tuple[int, str]]:
        rows = self._engine.rows(
            f"SELECT DISTINCT ON (content_id) content_id, lines FROM texts WHERE {which} "
            "ORDER BY content_id, source_id LIMIT ?",
            value,
            most,
        )
        return [(content, lines) for content, lines in rows]
