"""Read phrases that name a person of the archive: "con zia Pina", "Anna e Luca", "senza Gino".

The longest known name counts, whatever its case and accents. A name that is also another word
("rosa", "domenica", "Sofia" the town) names a person only after "con", with a capital inside the
question, after "zia" and the like, beside another person, or together with a surname.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from cercafoto.base.word_stems import is_telling
from cercafoto.question.grammar.exclusion_phrases import EXCEPT, NO, read_without
from cercafoto.question.grammar.listed_words import WORDS, common_nouns, place_homonyms
from cercafoto.question.grammar.tokens import Token, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    IN,
    MONTH,
    MOST_LISTED,
    OF,
    OR,
    SEASONS,
    TO,
    WEEKDAY,
    Words,
    key,
    skip,
)

KIN = word_set(
    "zia zio zii zie nonna nonno nonni bisnonna bisnonno mamma papa babbo cugina cugino sorella "
    "fratello suocera suocero cognata cognato nipote don suor padre madre signora signor maestra "
    "maestro dottor dottoressa prof"
)
COLOURS = word_set("rosa viola celeste azzurra azzurro bianca bianco bruna bruno")
WITH, TOGETHER = word_set("con col coi"), word_set("insieme assieme")
AND = word_set("e ed ,")
ONE = word_set("un uno una un' due tre quattro dei delle degli alcune alcuni ogni nessuna")
# A photo of things that belong to someone need not show this person: "la casa di Luca".
OWNED = word_set(
    "casa case cane cani gatto gatti macchina auto moto bici barca camera stanza letto giardino "
    "orto terrazza balcone cucina libro zaino borsa vestito negozio bar ufficio scuola tomba"
)
# Words after which a name is that of a place: via Rosa, Santa Sofia.
PLACES = (
    FROM
    | IN
    | word_set(
        "via viale piazza corso largo vicolo ponte borgo san santa sant' santo monte lago isola su "
        "sul sullo sull' sulla"
    )
)


class Named(NamedTuple):
    """A name at the beginning of some words.

    end: index of the token after the name.
    people: the known names that it may mean.
    is_word: whether the name is also a common word. It then means a person only if the words
        around it say so.
    """

    end: int
    people: tuple[str, ...]
    is_word: bool


class People(NamedTuple):
    """A phrase that names people.

    lead: how many words before the phrase belong to it ("con").
    end: index of the token after the phrase.
    groups: the people, as `with_people.PEOPLE` has them.
    own: the names as typed; () if they may not be looked up among the photo's own words.
    after_or: whether "o" stands before the phrase: "al mare o Anna".
    """

    lead: int
    end: int
    groups: tuple[tuple[str, ...], ...]
    own: tuple[Token, ...]
    after_or: bool = False


class WithoutPeople(NamedTuple):
    """A phrase that excludes people. concepts: what else it excludes."""

    end: int
    groups: tuple[tuple[str, ...], ...]
    concepts: tuple[str, ...]


class KnownPeople:
    """The people of an archive by the words of their names.

    names: full names.
    is_place: whether photos were taken in a place of this name.
    """

    def __init__(self, names: Collection[str], is_place: Callable[[str], bool]) -> None:
        self._is_place = is_place
        self._full: dict[tuple[str, ...], str] = {}
        self._first: dict[str, list[str]] = {}
        for name in names:
            words = tuple(word.key for word in tokens(tidy(name)))
            self._full.setdefault(words, name)
            first = next((word for word in words if _is_name(word) and word not in KIN), "")
            if first:  # "Mamma" has none: only the whole name means her
                self._first.setdefault(first, []).append(name)
        self._longest = max(map(len, self._full), default=0)

    def called(self, name: str) -> tuple[str, ...]:
        """Return the person with this full name, else those with this first name; () if there are
        none."""
        words = tokens(tidy(name))
        exact = self._full.get(tuple(word.key for word in words))
        if exact is not None:
            return (exact,)
        named = self.at(words, 0)
        return named.people if named is not None and named.end == len(words) else ()

    def like(self, name: str) -> list[str]:
        """Return the few full names that are spelt most like a name."""
        from difflib import get_close_matches  # late: only a wrong name needs it

        typed = " ".join(word.key for word in tokens(tidy(name)))
        spelt = {" ".join(words): full for words, full in self._full.items()}
        return [spelt[near] for near in get_close_matches(typed, spelt, cutoff=0.75)]

    def at(self, t: Words, i: int) -> Named | None:
        """Return the longest name that begins at token `i`, None if none does. "Zia" and the like
        may come before a first name."""
        for number in range(min(self._longest, len(t) - i), 1, -1):
            full_name = self._full.get(tuple(word.key for word in t[i : i + number]))
            if full_name is not None and t[i + number - 1].at == t[i].at + number - 1:
                return Named(i + number, (full_name,), False)
        word = key(t, i)
        if not _is_name(word):
            return None
        people = self._first.get(word, [])
        if not people and word in KIN and (after := key(t, i + 1)) in self._first:
            return Named(i + 2, tuple(self._first[after]), False)
        if not people and (word,) not in self._full:
            return None
        exact = [self._full[word,]] if (word,) in self._full else []
        is_word = word not in KIN and self.taken_as(word) != ""
        return Named(i + 1, tuple(dict.fromkeys([*exact, *people])), is_word)

    def taken_as(self, word: str) -> str:
        """Return what else a folded first name is, in Italian; "" if nothing else."""
        if word in COLOURS:
            return "colore"
        if (
            word in WEEKDAY.keys() | MONTH.keys() | SEASONS.keys()
            or word in common_nouns() | place_homonyms()[WORDS]
            or self._is_place(word)
        ):
            return "parola"
        return ""


def read_people(
    t: Words, i: int, before: Sequence[Token], known: KnownPeople
) -> People | str | None:
    """Return the people that the phrase at token `i` names; None if it names nobody. Return a note
    in Italian if a name is taken as a common word ("rosa"); None if a person cannot be meant ("una
    rosa").

    before: the free words before the phrase.
    """
    named = known.at(t, i)
    if named is None or not t[i].key:
        return None
    lead = _lead(before, t[i])
    joints = {word.key for word in before[len(before) - lead :]}
    earlier = key(before, len(before) - 1 - lead) if _touches(before, t[i]) else ""
    to_a_place = named.is_word and joints & TO and not joints & TOGETHER
    if named.end == i + 1 and (earlier in PLACES | ONE or to_a_place):
        return None  # "via Rosa", "una rosa", "a Sofia"
    if joints & OF and earlier in OWNED:
        return None
    is_name = t[i].is_name and t[i].at > 0
    if named.is_word and not (is_name or joints & (WITH | TOGETHER)):
        name = f'"{named.people[0]}"' if " " in named.people[0] else named.people[0]
        what = known.taken_as(t[i].key)
        return f"«{t[i].text}» è preso come {what}; per la persona: --persona {name}"
    return _with_others(t, i, named, known)._replace(lead=lead, after_or=earlier in OR)


def _with_others(t: Words, i: int, named: Named, known: KnownPeople) -> People:
    """Return the people of a list, "Anna e Luca", that begins at token `i` with a name."""
    groups, end, own = [named.people], named.end, list(t[i : named.end])
    may_be_own = not named.is_word
    while len(groups) < MOST_LISTED and (joint := key(t, end)) in AND | OR:
        at = skip(t, end + 1, WITH | ARTICLES - ONE)
        other = known.at(t, at)
        if other is None:
            if joint != "," and key(t, end + 1) not in EXCEPT | NO | {"non"}:
                end += 1  # "Luca e un cane": the conjunction joins nothing any more
            break
        if joint in OR:
            groups[-1] = tuple(dict.fromkeys((*groups[-1], *other.people)))
        else:
            groups.append(other.people)
        may_be_own = may_be_own and joint not in OR and not other.is_word
        own += t[at : other.end]
        end = other.end
    return People(0, end, tuple(dict.fromkeys(groups)), tuple(own) if may_be_own else ())


def read_without_people(t: Words, i: int, before: str, known: KnownPeople) -> WithoutPeople | None:
    """Return the people that the phrase at token `i` excludes, None if it excludes nobody known.
    before: see `read_without`."""
    without = read_without(t, i, before)
    if without is None:
        return None
    groups, concepts = [], []
    for concept in without.value:
        words = tokens(concept)
        named = known.at(words, 0)
        if named is None or (named.is_word and not words[0].is_name):
            concepts.append(concept)
        elif named.end == len(words):
            groups.append(named.people)
        elif len(without.value) == 1:  # "senza zia Pina 2019": the rest goes on
            rest = len(words) - named.end
            return WithoutPeople(without.end - rest, (named.people,), ())
        else:
            concepts.append(concept)
    if not groups:
        return None
    return WithoutPeople(without.end, tuple(groups), tuple(concepts))


def _lead(before: Sequence[Token], first: Token) -> int:
    """Return how many of the words right before a name belong to it: "con la", "insieme a", "e"."""
    if not _touches(before, first):
        return 0
    number = 0
    if key(before, len(before) - 1) in ARTICLES - ONE:
        number = 1
    joint = key(before, len(before) - 1 - number)
    if joint in TO | WITH and key(before, len(before) - 2 - number) in TOGETHER:
        return number + 2
    return number + (joint in WITH | TO | OF | {"e", "ed"})


def _is_name(word: str) -> bool:
    """Whether a folded word can be a name on its own; "la" in "La Giulia" cannot."""
    return is_telling(word) and not word.isdecimal()


def _touches(before: Sequence[Token], first: Token) -> bool:
    return bool(before) and before[-1].at == first.at - 1
