"""Find the things that a question names and how many of them: "due cani", "tanta gente".

The words are in `things.txt`. Men, women and children are all of the class "person": only the
model that compares words with photos tells them apart.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cercafoto.base.word_stems import fold, words_of
from cercafoto.base.word_tables import read_ordered_lists
from cercafoto.question.grammar.tokens import word_set

PERSON = ("person",)
# What a question may say instead of an exact number: at least one, at least two, many.
ANY, MANY, GROUP = -1, -2, -3
_SAID = {"one": ANY, "many": MANY, "group": GROUP}
_OF_SEVERAL = {"coppia": 2, "coppie": MANY}  # "gruppo di" and the like: GROUP
_ONLY = ("solo", "sola", "unico", "unica")
_NUMBERS = {
    **{"due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7, "otto": 8, "nove": 9},
    **{"dieci": 10, **{str(number): number for number in range(1, 11)}},
    **dict.fromkeys((str(number) for number in range(11, 1000)), GROUP),
    **dict.fromkeys(word_set("undici dodici quindici venti trenta cinquanta cento mille"), GROUP),
    "qualche": MANY,
}
_ABOUT = word_set(
    "decina decine dozzina dozzine quindicina ventina trentina cinquantina centinaio centinaia "
    "migliaio migliaia"
)
_OF = word_set("di d del dello della dell dei degli delle")
_ARTICLES = word_set("il lo la l i gli le un uno una")
_LINKS = _OF | _ARTICLES
_WE = word_set("noi voi")
_WITHOUT = word_set("senza ne niente nessun nessuna")
_WORN = word_set("in con col coi dal dalla dai dalle")
_SMALL = _LINKS | _WORN | word_set("nel nello nella nell a al alla da e o su sul sulla")
_BESIDE = 12  # words before a thing that may be about it
_LONGEST = 4  # words of a phrase in things.txt
_ANIMALS = word_set("dog cat horse bird cow sheep bear elephant giraffe zebra")


class AskedThing(NamedTuple):
    """A thing that a question names.

    classes: classes of the head that detects things; one of them is enough.
    number: an exact number, ANY, MANY or GROUP. 0 of PERSON: nobody ("una spiaggia vuota").
    """

    classes: tuple[str, ...]
    number: int = ANY


class _Found(NamedTuple):
    """Words of a sentence that `things.txt` lists: `words[start:end]`.

    kind: "thing", or the name of another list.
    classes: the classes of each thing that the words name.
    """

    start: int
    end: int
    kind: str
    classes: tuple[tuple[str, ...], ...] = ()
    number: int = ANY


def asked_things(sentence: str) -> tuple[AskedThing, ...]:
    """Return the things that a sentence names, each class once, in order."""
    words = words_of(sentence)
    listed = list(_find(words))
    numbers: dict[tuple[str, ...], list[int]] = {}
    for noun in _nouns(words, listed):
        for classes in noun.classes:
            numbers.setdefault(classes, []).append(noun.number)
    others = any(_ANIMALS.intersection(classes) for classes in numbers) or any(
        each.kind in ("animal", "image") for each in listed
    )
    for each in listed:
        if each.kind == "doing" or (
            each.kind == "worn" and _before(words, each, _LINKS - _WORN) in _WORN
        ):
            for classes in each.classes:
                if classes != PERSON or not others:
                    numbers.setdefault(classes, [ANY])
        elif each.kind == "counted" and (number := _counted(words, each, others)):
            numbers.setdefault(PERSON, []).append(number)
    if any(_says_nobody(words, each) for each in listed):
        numbers.setdefault(PERSON, [0])
    return tuple(AskedThing(classes, _together(each)) for classes, each in numbers.items())


def _find(words: Sequence[str]) -> Iterator[_Found]:
    """Yield the longest listed phrases of a sentence, from left to right."""
    phrases, at = _phrases(), 0
    while at < len(words):
        ends = range(min(at + _LONGEST, len(words)), at, -1)
        end = next((end for end in ends if " ".join(words[at:end]) in phrases), None)
        if end is not None:
            yield phrases[" ".join(words[at:end])]._replace(start=at, end=end)
        at = end or at + 1


def _nouns(words: Sequence[str], listed: Sequence[_Found]) -> list[_Found]:
    """Return the nouns for things, with numbers. Two nouns for one thing become one ("signore
    anziano"). Left out: what is excluded, what a picture shows ("statua di un uomo"), and whom
    things are for ("torta per 10 persone")."""
    nouns: list[_Found] = []
    for at, each in enumerate(listed):
        before = listed[at - 1] if at else None
        linked = before is not None and set(words[before.end : each.start]) <= _LINKS
        if each.kind == "of":
            if each.end == len(words) or words[each.end] not in _OF:
                nouns.append(each._replace(classes=(PERSON,)))
            continue
        named = bool(linked and nouns and before and nouns[-1].end == before.end)
        if each.kind == "animal" and named and _is_same(words, nouns[-1], each):
            nouns.pop()  # cucciolo di leone
        if each.kind != "thing" or _before(words, each) in _WITHOUT:
            continue
        if each.classes == (PERSON,) and _before(words, each, _NUMBERS) in ("da", "per"):
            continue
        each = each._replace(number=_number_of(words, each))
        if linked and before is not None:
            if before.kind in ("image", "made"):
                continue
            if before.kind == "of":
                each = each._replace(number=before.number)
            elif named and _is_same(words, nouns[-1], each):
                number = nouns.pop().number
                each = each if number == ANY else each._replace(number=number)
        nouns.append(each)
    if any(each.kind == "alone" for each in listed):
        first = nouns[0] if nouns else _Found(0, 0, "thing", (PERSON,))
        nouns[:1] = [first._replace(number=1) if first.number == ANY else first]
    return nouns


def _is_same(words: Sequence[str], noun: _Found, other: _Found) -> bool:
    """Whether two nouns that follow each other are one thing: "cucciolo di gatto"."""
    if not set(words[noun.end : other.start]) <= _OF or len(noun.classes) != 1:
        return False
    (classes,) = noun.classes
    if classes == ("dog", "cat"):  # cucciolo
        return other.kind == "animal" or not _ANIMALS.isdisjoint(other.classes[0])
    if not other.classes:  # "gatti animali": any animal is no one class
        return False
    return other.classes == noun.classes or set(other.classes[0]) < set(classes)


def _number_of(words: Sequence[str], noun: _Found) -> int:
    """Return the number of a noun, by the words around it or else by its form."""
    *before, two, one = ["", "", "", "", *words[max(0, noun.start - 4) : noun.start]]
    if one in _OF and two in _ABOUT:
        return GROUP
    following = words[noun.end] if noun.end < len(words) else ""
    is_only = one in _ONLY or (two in _ONLY and one in ("un", "una")) or following in _ONLY[:2]
    if noun.number == ANY and is_only:
        return 1  # unico cane, solo un cane, una donna sola; but "solo cani" are several
    if one in _NUMBERS:
        return _bounded(_NUMBERS[one], [*before, two])
    is_apart = one not in _SMALL or one in ("i", "gli", "le")
    if noun.number == MANY and is_apart and two in _NUMBERS:
        return _bounded(_NUMBERS[two], before)  # due grossi cani, tutti e tre i cani
    return noun.number


def _counted(words: Sequence[str], phrase: _Found, with_animals: bool) -> int:
    """Return the number of people after "siamo in" and the like; 0 if no number follows, or if it
    counts something else: "tutti e tre i cani", "siamo in due macchine".

    with_animals: whether the sentence names animals; then "tutti e tre" may mean them.
    """
    first, (number, after) = words[phrase.start], [*words[phrase.end :], "", ""][:2]
    is_alone = after in ("", *_SMALL - _ARTICLES - {"o"})
    if first not in _WE and not (is_alone and not (with_animals and first.startswith("tutt"))):
        return 0
    return _NUMBERS.get(number, 0)


def _bounded(number: int, before: Sequence[str]) -> int:
    """Return what a number means after some words: "almeno tre" and "due o tre" are no exact
    numbers."""
    two, one = ["", "", *before][-2:]
    lower = two if one in ("o", "a") else one  # due o tre, da due a tre, 2-3
    if (two, one) in (("meno", "di"), ("fino", "a")) or lower in ("uno", "una", "1"):
        return ANY
    if (two, one) == ("piu", "di") or one in ("almeno", "oltre") or lower in _NUMBERS:
        return number if number == GROUP else MANY if number > 1 else ANY
    return number


def _together(numbers: Sequence[int]) -> int:
    """Return the number of a class that several nouns name. "Mamma con bambino" is at least two,
    not two: others may be there."""
    if len(numbers) == 1:
        return numbers[0]
    return GROUP if GROUP in numbers else MANY


def _before(words: Sequence[str], phrase: _Found, skipped: Container[str] = _LINKS) -> str:
    """Return the last word before a phrase that is none of `skipped`; "" if there is none."""
    before = words[max(0, phrase.start - _BESIDE) : phrase.start]
    return next((word for word in reversed(before) if word not in skipped), "")


def _says_nobody(words: Sequence[str], phrase: _Found) -> bool:
    """Whether a word says that nobody is there: "spiaggia vuota", "senza gente"; not "bicchiere
    vuoto", nor "nel deserto"."""
    if phrase.kind == "empty":
        before = words[max(0, phrase.start - _BESIDE) : phrase.start]
        return bool(before) and before[-1] not in _SMALL and not _holders().intersection(before)
    return phrase.classes == (PERSON,) and _before(words, phrase) in _WITHOUT


def name_of(classes: Sequence[str]) -> str:
    """Return the first Italian noun for some classes, in the singular."""
    return _lists()[f"{'/'.join(classes)} one"][0].replace("_", " ")


def is_listed(word: str) -> bool:
    """Whether a folded word is one of those by which things are named."""
    return word in _phrases()


def is_living(word: str) -> bool:
    """Whether a word names a person or an animal: "nonna", "gatto"."""
    living = _ANIMALS.union(PERSON)
    return any(living.intersection(thing.classes) for thing in asked_things(word))


def plurals() -> Iterator[str]:
    """Yield the plurals by which things are named: "gatti", "tavole da surf"."""
    for name, phrases in _lists().items():
        if name.endswith(" many"):
            yield from (phrase.replace("_", " ") for phrase in phrases)


@cache
def _lists() -> dict[str, list[str]]:
    return read_ordered_lists(Path(__file__).with_name("things.txt"))


@cache
def _holders() -> frozenset[str]:
    return frozenset(_lists()["holding"])


@cache
def _phrases() -> dict[str, _Found]:
    """Return each folded phrase of `things.txt` -> what it means; its place is 0."""
    result: dict[str, _Found] = {}
    for name, phrases in _lists().items():
        first, _, said = name.partition(" ")
        classes = tuple(tuple(each.split("/")) for each in first.split("+")) if said else ()
        kind = "thing" if said in _SAID else said or first
        for phrase in phrases:
            text = phrase.replace("_", " ")
            text = text if text.isascii() else fold(text)
            number = _OF_SEVERAL.get(text, GROUP) if kind == "of" else _SAID.get(said, ANY)
            result.setdefault(text, _Found(0, 0, kind, classes, number))
    return result
