"""Hide the names of people in what an assistant is told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cercafoto.base.word_stems import fold, words_of
from cercafoto.question.grammar.person_phrases import KIN
from cercafoto.question.grammar.vocabulary import ARTICLES, FROM, OF

_WORD = re.compile(r"[^\W_]+")
# What words that are glued together consist of: "FestaTullia2019".
_PIECE = re.compile(r"[A-ZÀ-ÖØ-Þ]?[^\W\d_A-ZÀ-ÖØ-Þ]+|[^\W\d_]+|\d+")
# Words in the names of people that name nobody: "zia Pina", "De Rosa", "Della Casa".
_NO_NAMES = KIN | ARTICLES | OF | FROM
LETTERS = 3  # of a word that names somebody by itself; "Li" alone is more often an article
IN_PLACE = "…"
# Keys of values that are never hidden: they say where a photo is, and docs/assistenti.md says that
# they leave the computer as they are.
OPEN = ("path", "place")
# Keys of what an entry of a list is called: without it the entry means nothing.
_CALLED = ("label", "name")


class HiddenNames:
    """The names to hide, of which each word is hidden too.

    names: as the archive has them: "Tullia Bardazzi", "zia Pina".
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._runs: dict[str, set[tuple[str, ...]]] = {}
        for name in names:
            words = tuple(words_of(name))
            self._words |= {w for w in words if len(w) >= LETTERS and w not in _NO_NAMES}
            ends = range(2, len(words) + 1)
            glued = {"".join(words[begin:end]) for end in ends for begin in range(end - 1)}
            self._words |= glued | ({"".join(reversed(words))} if words[1:] else set())
            if words:
                self._runs.setdefault(words[0], set()).add(words)

    def hide(self, text: str, said: Collection[str] = ()) -> str:
        """Return a text with IN_PLACE of every name, whatever its capitals and accents.

        said: folded words that the assistant said itself, which stay.
        """
        if not self._runs:
            return text
        text = unicodedata.normalize("NFC", text)
        return self._without(self._without(text, _WORD, said), _PIECE, said)

    def _without(self, text: str, pattern: re.Pattern[str], said: Collection[str]) -> str:
        """Return a text with IN_PLACE of the names among what a pattern finds in it."""
        words = [(fold(found[0]), *found.span()) for found in pattern.finditer(text)]
        folded = [word for word, _, _ in words]
        hidden: set[int] = set()
        for at, word in enumerate(folded):
            if word in self._words:
                hidden.add(at)
            for run in self._runs.get(word, ()):
                if tuple(folded[at : at + len(run)]) == run:
                    hidden.update(range(at, at + len(run)))
        pieces, end = [], 0
        for at in sorted(at for at in hidden if folded[at] not in said):
            _, start, after = words[at]
            pieces += [text[end:start], IN_PLACE]
            end = after
        return re.sub(rf"{IN_PLACE}(?:[\W_]*{IN_PLACE})+", IN_PLACE, "".join((*pieces, text[end:])))

    def hide_in(self, data: Any, said: Collection[str] = ()) -> Any:
        """Return data for JSON with the names hidden in all its texts, except under OPEN. Entries
        of lists that are nothing but a name are left out. Characters that JSON cannot have are
        replaced."""
        if isinstance(data, str):
            return self.hide(re.sub("[\ud800-\udfff]", "\ufffd", data), said)
        if isinstance(data, Mapping):
            return {
                key: (NOBODY if key in OPEN else self).hide_in(value, said)
                for key, value in data.items()
            }
        if isinstance(data, list | tuple):
            entries = [(entry, self.hide_in(entry, said)) for entry in data]
            return [new for old, new in entries if new == old or not self._is_only_a_name(new)]
        return data

    def _is_only_a_name(self, entry: Any) -> bool:
        if isinstance(entry, Mapping):
            called = [entry[key] for key in _CALLED if key in entry]
            return any(isinstance(each, str) and IN_PLACE in each for each in called)
        return isinstance(entry, str) and IN_PLACE in entry and not _WORD.search(entry)


NOBODY = HiddenNames(())
