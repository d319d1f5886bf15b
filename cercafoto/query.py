"""What a person writes -> what is searched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cercafoto.errors import UsageError


@dataclass(frozen=True)
class Query:
    """text: words for the text tower, or "". like: photos to resemble. folders: only what lies at
    or under any of them. labels: only photos that bear every one of them."""

    text: str = ""
    like: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    labels: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls,
        words: list[str],
        like: list[Path] | None = None,
        folders: list[Path] | None = None,
        labels: list[str] | None = None,
    ) -> Query:
        """Raises UsageError when there is nothing to search for."""
        # Typographic apostrophes come from phones and word processors; the tokenizers were
        # trained mostly on the typewriter one.
        text = " ".join(" ".join(words).replace("\u2019", "'").split())
        query = cls(text, tuple(like or ()), tuple(folders or ()), tuple(labels or ()))
        if not (query.text or query.like or query.labels):
            raise UsageError(
                "Non c'è niente da cercare: la domanda è vuota.",
                'Scrivi che cosa cerchi, per esempio: cercafoto cerca "un cane sulla spiaggia"',
            )
        return query
