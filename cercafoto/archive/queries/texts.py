"""What is asked of the words that were read in photos. Each engine has an index of its own kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cercafoto.results import ReadText


class TextQueries(Protocol):
    """What is written in photos, as it is read."""

    def are_read(self) -> bool:
        """Tell whether words were read in any photo."""
        ...

    def count_unread(self) -> int:
        """Count the visible photos whose words were not read yet."""
        ...

    def contents_saying(self, words: Sequence[str]) -> list[int]:
        """List the contents whose text has these stems, one after the other."""
        ...

    def with_words(self, words: Sequence[str], most: int) -> list[tuple[int, str]]:
        """List (content, lines) of the contents whose text has every one of these stems, at most
        `most` of them."""
        ...

    def with_letters(self, letters: str, most: int) -> list[tuple[int, str]]:
        """List (content, lines) of the contents whose text has these letters in a row, see
        `look_alike`, at most `most` of them."""
        ...

    def lines_of(self, contents: Sequence[int]) -> dict[int, str]:
        """Look up the lines of those contents that bear words."""
        ...

    def of_content(self, content_id: int) -> ReadText | None:
        """Look up what is written in a content, None where it was not read."""
        ...
