"""Roles of the words of a sentence: time, place, excluded, or text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cercafoto.question.grammar.tokens import Token, join

TEXT, TIME, PLACE, EXCLUDED, SERVICE, IGNORED, FILE, ORDER, QUANTITY, WRITTEN = (
    "testo", "tempo", "luogo", "escluso", "di servizio", "ignorato", "file", "ordine", "numero",
    "scritto",
)  # fmt: skip


class WordRole(NamedTuple):
    """Some words of a sentence and what they were taken for.

    kind: one of those above; FILE: what its file is, its pixels as a whole, and what took it.
    meaning: in Italian.
    """

    words: str
    kind: str
    meaning: str


class WordRoles:
    """The words of one sentence: taken by a phrase, kept as text on purpose, or free.

    notes: what the person should know.
    """

    def __init__(self, words: Sequence[Token]) -> None:
        self.words = words
        self.notes: list[str] = []
        self._taken: dict[
            int, tuple[int, str, str]
        ] = {}  # place -> number of phrase, kind, meaning
        self._kept: dict[int, str] = {}  # place -> why
        self._phrases = 0

    def take(self, words: Sequence[Token], kind: str, meaning: str) -> None:
        """Give the words of one phrase their role."""
        self._phrases += 1
        for word in words:
            self._taken[word.at] = self._phrases, kind, meaning

    def keep(self, words: Sequence[Token], why: str) -> None:
        """Leave words in the text although they look like a phrase, and say why."""
        for word in words:
            self._kept[word.at] = why
        self.notes.append(f"«{join(words)}» non fa da filtro: {why}")

    def ignore(self, words: Sequence[Token], why: str) -> None:
        """Drop words that ask for something that cannot be done, and say why."""
        self.notes.append(f"«{join(words)}» è ignorato: {why}")
        self.take(words, IGNORED, why)

    @property
    def taken(self) -> int:
        """The number of words that were taken."""
        return len(self._taken)

    def is_taken(self, at: int) -> bool:
        """Whether the word at a place was taken."""
        return at in self._taken

    def kind_at(self, at: int) -> str:
        """The kind of the word at a place, "" for one that was not taken."""
        return self._taken.get(at, (0, "", ""))[1]

    def has_kept(self, words: Sequence[Token]) -> bool:
        """Whether any of these words was kept as text on purpose."""
        return any(word.at in self._kept for word in words)

    def free(self, words: Sequence[Token]) -> list[Token]:
        """List those of the words that were not taken."""
        return [word for word in words if word.at not in self._taken]

    def all(self) -> tuple[WordRole, ...]:
        """List the role of every word of the sentence, in order, neighbours together."""
        roles: list[WordRole] = []
        run: list[Token] = []
        for word in self.words:
            if run and self._role(run[-1]) != self._role(word):
                roles.append(self._joined(run))
                run = []
            run.append(word)
        return (*roles, self._joined(run)) if run else ()

    def _role(self, word: Token) -> tuple[int, str, str]:
        seen = self._kept.get(word.at, "si vede nella foto")
        return self._taken.get(word.at) or (0, TEXT, seen)

    def _joined(self, run: Sequence[Token]) -> WordRole:
        _, kind, meaning = self._role(run[0])
        return WordRole(join(run), kind, meaning)
