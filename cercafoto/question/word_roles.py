"""The roles of the words of a sentence: time, place, excluded, text and so on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cercafoto.base.json_keys import json_keys
from cercafoto.question.grammar.tokens import Token, join

TEXT, TIME, PLACE, EXCLUDED, SERVICE, IGNORED, FILE, ORDER, QUANTITY, WRITTEN, PERSON, OWN = (
    "testo", "tempo", "luogo", "escluso", "di servizio", "ignorato", "file", "ordine", "numero",
    "scritto", "persona", "tue parole",
)  # fmt: skip


@json_keys("words kind meaning")
class WordRole(NamedTuple):
    """Neighbouring words of a sentence and their role.

    kind: one of the constants above. FILE: about the file, its colours or the camera.
    meaning: what the words were understood as, in Italian.
    """

    words: str
    kind: str
    meaning: str


class WordRoles:
    """The words of one sentence, each taken by a phrase, kept as text on purpose, or free.

    notes: what the person should know, in Italian.
    phrases: how many phrases were taken or kept.
    """

    def __init__(self, words: Sequence[Token]) -> None:
        self.words = words
        self.notes: list[str] = []
        # Index of a word -> number of the phrase that took it, kind, meaning.
        self._taken: dict[int, tuple[int, str, str]] = {}
        self._kept: dict[int, str] = {}  # index of a word -> why it was kept
        self.phrases = 0

    def take(self, words: Sequence[Token], kind: str, meaning: str) -> None:
        """Mark the words of a phrase as taken. `kind` and `meaning`: see `WordRole`."""
        self.phrases += 1
        for word in words:
            self._taken[word.at] = self.phrases, kind, meaning

    def keep(self, words: Sequence[Token], why: str) -> None:
        """Keep words that look like a phrase as text; add a note. `why`: Italian reason."""
        self.phrases += 1
        for word in words:
            self._kept[word.at] = why
        self.notes.append(f"«{join(words)}» non fa da filtro: {why}")

    def ignore(self, words: Sequence[Token], why: str) -> None:
        """Take words that ask for something impossible; add a note. `why`: Italian reason."""
        self.notes.append(f"«{join(words)}» è ignorato: {why}")
        self.take(words, IGNORED, why)

    @property
    def taken(self) -> int:
        """The number of words that were taken."""
        return len(self._taken)

    def is_taken(self, at: int) -> bool:
        """Whether the word at this index was taken."""
        return at in self._taken

    def kind_at(self, at: int) -> str:
        """Return the kind of the word at this index; "" if it was not taken."""
        return self._taken.get(at, (0, "", ""))[1]

    def has_kept(self, words: Sequence[Token]) -> bool:
        """Whether any of these words was kept as text on purpose."""
        return any(word.at in self._kept for word in words)

    def free(self, words: Sequence[Token]) -> list[Token]:
        """Return the items of `words` that no phrase has taken."""
        return [word for word in words if word.at not in self._taken]

    def all(self) -> tuple[WordRole, ...]:
        """Return the roles of all words of the sentence, in order; neighbours with the same role
        are joined."""
        roles: list[WordRole] = []
        run: list[Token] = []
        for word in self.words:
            if run and self._role(run[-1]) != self._role(word):
                roles.append(self._joined(run))
                run = []
            run.append(word)
        return (*roles, self._joined(run)) if run else ()

    def _role(self, word: Token) -> tuple[int, str, str]:
        """Return (number of the phrase that took a word, 0 if none did, kind, meaning)."""
        seen = self._kept.get(word.at, "si vede nella foto")
        return self._taken.get(word.at) or (0, TEXT, seen)

    def _joined(self, run: Sequence[Token]) -> WordRole:
        _, kind, meaning = self._role(run[0])
        return WordRole(join(run), kind, meaning)
