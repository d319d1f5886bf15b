"""Where a text that was read says what is asked: in the forms that people write, and as it may
have been read badly."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import stem, words_of

# How well a text says something: as it is asked; or with letters taken for others, or run into
# other words.
AS_ASKED, NEARLY = 0, 1
# Letters that tell something although they are only a part of a word, as where spaces were lost.
MIN_PART_LETTERS = 5
# Fewer letters are in too many texts to be looked for otherwise than as words.
MIN_LETTERS = 4

_WORD = re.compile(r"[^\W_]+")
_CURRENCIES = frozenset({"euro", "eur"})
# Digits that make a telephone number, without the prefix of Italy.
_TELEPHONE = range(8, 12)


class Word(NamedTuple):
    """A word of a text, folded, and where it stands."""

    text: str
    start: int
    end: int


class Place(NamedTuple):
    """A part of a text that says what is asked, and how well."""

    start: int
    end: int
    how: int = AS_ASKED


def written_words(text: str) -> list[Word]:
    """List the words of a text as `words_of` has them, with their places."""
    return [
        Word(word, match.start(), match.end())
        for match in _WORD.finditer(text)
        for word in words_of(match[0])
    ]


def forms(phrase: str) -> list[tuple[str, ...]]:
    """List the ways in which a phrase may be written, each as its folded words, the first as it
    is asked; none where it has no word.

    "23,50 €" is "23,50"; "23 euro" is "23,00" too; of a telephone number the prefix of Italy may be
    lacking or there.
    """
    words = tuple(words_of(phrase))
    numbers = tuple(word for word in words if word not in _CURRENCIES)
    digits = "".join(words)
    if not digits.isdecimal() and "".join(numbers).isdecimal() and "€" not in phrase:
        return [numbers, *([(*numbers, "00")] if len(numbers) == 1 else [])]
    if not digits.isdecimal():
        return [words] if words else []
    if "€" in phrase and len(words) == 1:
        return [words, (*words, "00")]
    number = digits
    for prefix in ("0039", "39"):
        bare = number.removeprefix(prefix)
        if bare != number and len(bare) in _TELEPHONE:
            number = bare
            break
    if len(number) not in _TELEPHONE:
        return [words]
    return list(dict.fromkeys([words, (number,), ("39", number), ("0039", number)]))


def places_of(words: Sequence[Word], phrase: str) -> list[Place]:
    """List where a text says a phrase, those that say it as it is asked before the others."""
    found = [
        place
        for form in forms(phrase)
        for place in (*_word_matches(words, form), *_letter_matches(words, form))
    ]
    # "23,00" rather than its "23", and as it is asked rather than nearly.
    found.sort(key=lambda place: (place.how, place.start - place.end))
    apart = list[Place]()
    for place in found:
        if all(place.end <= other.start or other.end <= place.start for other in apart):
            apart.append(place)
    return sorted(apart, key=lambda place: (place.how, place.start))


def places_of_words(words: Sequence[Word], asked: Collection[str]) -> list[Place]:
    """List where a text has any of some folded words, in the order of the text."""
    stemmed = {stem(word) for word in asked}
    places = {
        (word.start, word.end): Place(word.start, word.end)
        for word in words
        if stem(word.text) in stemmed
    }
    for word in asked:
        for place in _letter_matches(words, (word,)):
            places.setdefault((place.start, place.end), place)
    return sorted(places.values())


def _word_matches(words: Sequence[Word], form: Sequence[str]) -> Iterator[Place]:
    stemmed = [stem(word) for word in form]
    text = [stem(word.text) for word in words]
    for at in range(len(text) - len(stemmed) + 1):
        if text[at : at + len(stemmed)] == stemmed:
            yield Place(words[at].start, words[at + len(stemmed) - 1].end)


def _letter_matches(words: Sequence[Word], form: Sequence[str]) -> Iterator[Place]:
    """Find a form by its letters alone, however they are parted into words."""
    asked = "".join(form)
    letters = look_alike(asked)
    if len(letters) < MIN_LETTERS:
        return
    text, first, last = "", dict[int, int](), dict[int, int]()
    for at, word in enumerate(words):
        first[len(text)] = at
        text += look_alike(word.text)
        last[len(text)] = at
    at = text.find(letters)
    while at >= 0:
        begins, ends = at in first, at + len(letters) in last
        if (begins and ends) or (len(letters) >= MIN_PART_LETTERS and (begins or ends)):
            from_, to = _words_around(first, last, at, at + len(letters))
            exact = "".join(word.text for word in words[from_ : to + 1]) == asked
            yield Place(words[from_].start, words[to].end, AS_ASKED if exact else NEARLY)
        at = text.find(letters, at + 1)


def _words_around(
    first: dict[int, int], last: dict[int, int], start: int, end: int
) -> tuple[int, int]:
    """Find the first and the last of the words in which some letters are."""
    return first[max(at for at in first if at <= start)], last[min(at for at in last if at >= end)]
