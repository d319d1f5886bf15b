"""Find words and phrases in a text that OCR read, in all usual spellings and despite OCR errors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import stem, words_of

# How a passage matches: exactly; or with letters that OCR mistook, or run into other words.
AS_ASKED, NEARLY = 0, 1
# Fewest letters that match as the beginning or end of a longer word, in case OCR lost a space.
MIN_PART_LETTERS = 5
# Fewest letters that match letter by letter; fewer occur in too many texts.
MIN_LETTERS = 4

_WORD = re.compile(r"[^\W_]+")
_CURRENCIES = frozenset({"euro", "eur"})
# How many digits an Italian telephone number has, without +39.
_TELEPHONE = range(8, 12)


class Word(NamedTuple):
    """A folded word of a text, and its start and end (exclusive) in the text."""

    text: str
    start: int
    end: int


class Place(NamedTuple):
    """A passage of a text that matches a phrase; `end` is exclusive. how: AS_ASKED or NEARLY."""

    start: int
    end: int
    how: int = AS_ASKED


def written_words(text: str) -> list[Word]:
    """Return the words of a text as `words_of` folds them, with their positions."""
    return [
        Word(word, match.start(), match.end())
        for match in _WORD.finditer(text)
        for word in words_of(match[0])
    ]


def forms(phrase: str) -> list[tuple[str, ...]]:
    """Return the ways to write a phrase, each as folded words; [] if the phrase has no word.

    An amount loses its currency ("23,50 €" is found as 23 50), and a whole amount may have cents
    ("23 euro" is found as 23 and as 23 00). A telephone number may have the prefix +39 or not.
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
    """Return the passages that match a phrase in a text of `words`: exact matches first, no two
    overlapping; [] if there are none."""
    found = [
        place
        for form in forms(phrase)
        for place in (*_word_matches(words, form), *_letter_matches(words, form))
    ]
    # Of overlapping matches keep exact ones, then long ones: "23,00" rather than its "23".
    found.sort(key=lambda place: (place.how, place.start - place.end))
    kept = list[Place]()
    for place in found:
        if all(place.end <= other.start or other.end <= place.start for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: (place.how, place.start))


def places_of_words(words: Sequence[Word], asked: Collection[str]) -> list[Place]:
    """Return the passages of a text of `words` that match a folded word of `asked`, in order."""
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
    """Yield the passages whose words have the stems of the words in `form`."""
    stemmed = [stem(word) for word in form]
    text = [stem(word.text) for word in words]
    for at in range(len(text) - len(stemmed) + 1):
        if text[at : at + len(stemmed)] == stemmed:
            yield Place(words[at].start, words[at + len(stemmed) - 1].end)


def _letter_matches(words: Sequence[Word], form: Sequence[str]) -> Iterator[Place]:
    """Yield the passages that have the letters of `form`, however spaces divide them."""
    asked = "".join(form)
    letters = look_alike(asked)
    if len(letters) < MIN_LETTERS:
        return
    # All words as one run of letters; the word that starts, and that ends, at each position.
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
    """Return the indices of the words that contain the first and the last letter of start..end.

    first, last: position where a word begins, or ends -> index of the word.
    """
    return first[max(at for at in first if at <= start)], last[min(at for at in last if at >= end)]
