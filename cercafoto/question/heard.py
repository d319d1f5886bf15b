"""The words of a question that the person's own words have: "Zorba" in "Zorba sul divano".

A word that only the person knows, such as a name, leaves the text that the model sees. A word of
the language that also names a folder stays in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from cercafoto.base.italian_counts import thousands
from cercafoto.base.word_stems import is_telling, words_of
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, FROM, IN, OF, TO
from cercafoto.question.weights import Sought
from cercafoto.question.word_roles import OWN, TEXT, WordRole

Texts: TypeAlias = tuple[Sought[str], ...]

TOGETHER = word_set("insieme assieme")
WITH = TOGETHER | word_set("con col coi per tra fra su sul sullo sull' sulla sugli sui sulle")
# What may stand before a name that leaves the text, and what then ends the text.
BEFORE_A_NAME = ARTICLES | AND | OF | TO | IN | FROM | WITH | {",", ";"}
# What no longer begins a text: "Zorba che corre", "Zorba con una palla".
FIRST = AND | TOGETHER | {",", ";", "che", "mentre", "con", "col", "coi"}
RARE = 0.05  # share of the photos up to which a word of the language tells as much as a name
# Questions that only a paper answers, folded.
OF_PAPERS = ("che ora", "che ore", "che orario", "che orari", "quanto costa", "quanto costava",
             "quanto e costato", "quanto ho pagato", "quanto abbiamo pagato", "quanto ho speso",
             "quanto abbiamo speso", "quando scade", "quando scadeva", "a quanto ammonta",
             "che posto ho", "che posti abbiamo")  # fmt: skip
ALSO_OWN = "si vede nella foto, ed è fra le tue parole"


class Heard(NamedTuple):
    """A word, or a run of words, of a question that photos have as own words.

    words: as typed.
    names: the folded words of these that only the person knows.
    files: how many photos have them.
    share: of all photos, 0..1, see `hearing`.
    is_sure: whether photos with them come first, since sight is a poor judge of them.
    covers: share of the telling words of the question; 1.0: the question asks nothing else.
    is_thing: whether the question means a thing, which photos show, not a name: "una nuvola".
    """

    words: str
    names: frozenset[str]
    files: int
    share: float
    is_sure: bool
    covers: float
    is_thing: bool = False

    @property
    def has_chip(self) -> bool:
        """Whether a chip makes these words a filter: they are names, or rare, or sure beside
        others."""
        return bool(self.names) or self.is_sure or self.share <= RARE


def without_names(sought: Texts, heard: Sequence[Heard]) -> Texts:
    """Return the texts of a question without the words that only the person knows, and without
    texts of nothing else; the texts themselves if one name has all their words, or nothing that can
    be seen would be left."""
    names = frozenset[str]().union(*(each.names for each in heard))
    if not names or any(each.covers == 1 for each in heard):
        return sought
    left = tuple(each._replace(what=_seen(each.what, names)) for each in sought)
    return tuple(each for each in left if each.what) or sought


def _seen(text: str, names: frozenset[str]) -> str:
    """Return a text without names; "" if nothing that can be seen would be left."""
    left = list[Token]()
    for word in tokens(tidy(text)):
        if not _is_among(word, names):
            left.append(word)
            continue
        while left and left[-1].at == word.at - 1 and left[-1].key in BEFORE_A_NAME:
            word = left.pop()
    while left and left[0].key in FIRST:
        del left[0]
    while left and left[-1].key in BEFORE_A_NAME:
        del left[-1]
    return join(left).replace(" ,", ",") if any(is_telling(word.key) for word in left) else ""


def bare(words: str) -> str:
    """Return own words without the small words before and behind them: "mercatini" for "ai
    mercatini"."""
    typed = tokens(words)
    telling = [at for at, word in enumerate(typed) if is_telling(word.key)]
    return join(typed[telling[0] : telling[-1] + 1]) if telling else words


def asks_of_paper(text: str) -> str:
    """Return the words of OF_PAPERS by which a text asks for what is written; "" if it does not."""
    spoken = f" {' '.join(words_of(text))} "
    return next((words for words in OF_PAPERS if f" {words} " in spoken), "")


def says_together(text: str) -> bool:
    """Whether a text says that all whom it names are in one photo: "Zorba insieme a Birba"."""
    return not TOGETHER.isdisjoint(words_of(text))


def with_own_words(roles: Sequence[WordRole], heard: Sequence[Heard]) -> tuple[WordRole, ...]:
    """Return the roles of the words of a question, with those of own words told."""
    return tuple(said for role in roles for said in _told(role, heard))


def _told(role: WordRole, heard: Sequence[Heard]) -> Iterator[WordRole]:
    """Yield the role of some words, divided where some of them are own words."""
    if role.kind != TEXT or not heard:
        yield role
        return
    run, last = list[Token](), role
    for word in tokens(tidy(role.words)):
        said = _role_of(word, role, heard)
        if run and said != last and any(is_telling(before.key) for before in run):
            yield last._replace(words=join(run))
            run = []
        run, last = [*run, word], said
    if run:
        yield last._replace(words=join(run))


def _role_of(word: Token, role: WordRole, heard: Sequence[Heard]) -> WordRole:
    for each in heard:
        if _is_among(word, each.names):
            photos = "una foto" if each.files == 1 else f"{thousands(each.files)} foto"
            return role._replace(kind=OWN, meaning=f"fra le tue parole di {photos}")
        if each.has_chip and is_telling(word.key) and word.key in words_of(each.words):
            return role._replace(meaning=ALSO_OWN)
    return role


def _is_among(word: Token, names: frozenset[str]) -> bool:
    return bool(word.key) and not names.isdisjoint(words_of(word.text))
