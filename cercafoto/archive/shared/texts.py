"""Words that were read in photos, in a shared archive; as `local.texts` has them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cercafoto.archive.local.texts import unpacked
from cercafoto.archive.shared.connected import Connected
from cercafoto.archive.shared.dialect import every
from cercafoto.base.word_stems import stems
from cercafoto.results import ReadText


class SharedTexts:
    """What is written in the photos of a shared archive; see `local.texts`."""

    def __init__(self, engine: Connected) -> None:
        self._engine = engine

    def are_read(self) -> bool:
        return self._bears

    @cached_property
    def _bears(self) -> bool:
        """As far as this moment: each time is a way to the server and back."""
        return bool(self._engine.row("SELECT EXISTS (SELECT 1 FROM texts)")[0])

    def count_unread(self) -> int:
        """Return 0: photos that were read and bear no words are not told from the others."""
        return 0

    def contents_saying(self, words: Sequence[str]) -> list[int]:
        # The server knows which words a text has, not their order.
        said = f" {' '.join(words)} "
        return [
            content for content, lines in self._with(words, None) if said in f" {stems(lines)} "
        ]

    def with_words(self, words: Sequence[str], most: int) -> list[tuple[int, str]]:
        return self._with(words, most)

    def with_letters(self, letters: str, most: int) -> list[tuple[int, str]]:
        return self._texts("strpos(letters, ?) > 0", letters, most)

    def lines_of(self, contents: Sequence[int]) -> dict[int, str]:
        wanted = [int(content) for content in contents]
        return dict(self._texts("content_id = ANY(?)", wanted, None))

    def of_content(self, content_id: int) -> ReadText | None:
        """Look up what is written in a content; None too where it was read and has no words, which
        is not sent."""
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
