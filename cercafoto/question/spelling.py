"""Suggest corrections of misspelt words: "tramnto" -> "tramonto".

Words are compared by stems, so that "cani" is not taken for a misspelling if "cane" is known. A
word in the dictionary of Italian gets no suggestion. The dictionary is asked only about words that
the vocabulary and the person's own words lack, since opening it takes 0.3 s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from string import ascii_lowercase

from cercafoto.base.word_stems import stem
from cercafoto.base.word_tables import read_words
from cercafoto.question.grammar.camera_phrases import KNOWN
from cercafoto.question.grammar.exclusion_phrases import SCENE
from cercafoto.question.grammar.listed_words import given_names
from cercafoto.question.grammar.tokens import Token, fold
from cercafoto.question.grammar.vocabulary import MONTH, OF
from cercafoto.question.things_asked import is_listed

# A shorter word is one slip away from too many others. In a word of four letters only a double
# letter or two swapped letters count as a slip; of five, also a letter too many or too few; in a
# longer word, any slip. So a kind of slip counts in words of at least SHORTEST + kind letters.
SHORTEST = 4
DOUBLED, ONE_LETTER, OTHER = range(3)  # kinds of slips, the likeliest first
LONGER = 5  # letters that a stem must have to be compared with other stems
PREPOSITIONS = SCENE | OF
_VOWELS = frozenset("aeiou")


def suggest(
    words: Iterable[Token],
    vocabulary: Iterable[str],
    is_right: Callable[[str], bool] = lambda word: False,
    is_own: Callable[[str], bool] = lambda word: False,
) -> dict[str, str]:
    """Return word as typed -> suggestion, for each word that looks misspelt, in their order. The
    suggestion is a word of the vocabulary that is one slip away.

    A slip is one letter too many, too few or wrong, two swapped, or double letters written single
    and the other way round ("gatii" for "gatti"); case and accents do not count. In longer words, a
    doubled letter together with another ending is also a slip ("spiagie" for "spiaggia"). Of
    several suggestions the one with the likeliest slip is taken, then the first. A word with a
    capital inside the sentence is a name, and only compared with names.

    words: tokens, as typed.
    vocabulary: known words; of an entry with several words, each word counts. It is iterated once,
        and may be a generator of tens of thousands of words.
    is_right: whether a word is right although the vocabulary lacks it.
    is_own: whether a word is one of the person's own words, of which there is no list: what a
        wrong word may mean by a likelier slip than that of its suggestion is looked up.
    """
    unknown = {word.key: word for word in words if len(word.key) >= SHORTEST}
    unknown = {key: word for key, word in unknown.items() if _may_be_wrong(key)}
    if not unknown:
        return {}
    by_length: dict[int, list[tuple[str, str, str, str]]] = {}
    for key in unknown:
        half = (len(key) - 1) // 2
        for length in (len(key) - 1, len(key), len(key) + 1):
            by_length.setdefault(length, []).append((key, key[:half], key[-half:], stem(key)))
    suggestions: dict[str, tuple[int, str]] = {}
    for entry in chain(vocabulary, sorted(PREPOSITIONS)):
        for piece in entry.split() if " " in entry else (entry,):
            near = by_length.get(len(piece))
            if near is None or len(piece) < SHORTEST:
                continue
            low = piece.lower() if piece.isascii() else fold(piece)
            for key, head, tail, key_stem in near:
                # One slip changes only one half of a word: quickly drop entries where both differ.
                if key not in unknown or not (low.startswith(head) or low.endswith(tail)):
                    continue
                if low == key or (low.startswith(head) and stem(low) == key_stem):
                    unknown.pop(key)
                    suggestions.pop(key, None)
                    if not unknown:
                        return {}
                    continue
                if _is_inner_name(unknown[key]) and not piece[:1].isupper():
                    continue
                rank = _rank(key, low)
                if rank is not None and (key not in suggestions or rank < suggestions[key][0]):
                    suggestions[key] = rank, piece
    meant: dict[str, str] = {}
    for key, word in unknown.items():
        if is_own(key) or is_right(word.text) or is_italian(word.text):
            continue  # before its slips, of which there are hundreds
        rank, right = suggestions.get(key, (OTHER + 1, ""))
        if right := next((each for each in _slips_of(key, rank) if is_own(each)), right):
            meant[word.text] = right
    return meant


def respelt(sentence: str, corrections: Iterable[tuple[str, str]]) -> str:
    """Return a sentence with its misspelt words corrected.

    corrections: (word as typed, word that may be meant).
    """
    right = dict(corrections)
    return re.sub(r"\w+", lambda word: right.get(word[0], word[0]), sentence)


def is_slip(word: str, right: str) -> bool:
    """Whether two folded words are one slip apart (Damerau distance 1). A different last vowel is
    no slip: it is another gender or number."""
    short, long = sorted((word, right), key=len)
    if len(long) - len(short) > 1 or word == right:
        return False
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    if short[same + 1 :] == long[same + 1 :]:
        return not (same == len(short) - 1 and {short[-1], long[-1]} <= _VOWELS)
    return (
        short[same : same + 2] == long[same : same + 2][::-1]
        and short[same + 2 :] == long[same + 2 :]
    )


def _may_be_wrong(word: str) -> bool:
    """Whether a folded word may be misspelt: it is all letters, and in no list of right words."""
    return word.isalpha() and not (
        word in right_words()
        or word in given_names()
        or is_listed(word)
        or word in PREPOSITIONS | MONTH.keys() | KNOWN
    )


@cache
def right_words() -> frozenset[str]:
    """Return folded words that are right although labels and common nouns lack them."""
    return read_words(Path(__file__).with_name("right_words.txt"))


def is_italian(word: str) -> bool:
    """Whether the dictionary of Italian has a word in exactly this form, or in lower case."""
    dictionary = _dictionary()
    return any(dictionary(form) for form in dict.fromkeys((word, word.lower())))


@cache
def _dictionary() -> Callable[[str], bool]:
    # Imported here: loading it takes longer than the rest of a search. This factory looks words up
    # in the file's own form, which takes 8 MB of memory instead of 53.
    from simplemma.strategies import DictionaryLookupStrategy
    from simplemma.strategies.dictionaries import LOW_MEMORY_DICTIONARY_FACTORY

    lookup = DictionaryLookupStrategy(LOW_MEMORY_DICTIONARY_FACTORY)
    return lambda word: lookup.get_lemma(word, "it") is not None


def _rank(word: str, right: str) -> int | None:
    """Return the kind of slip between a typed word and a known word, both folded: a smaller number
    is a likelier slip. None if the words are not one slip apart, or too short for this slip.

    In longer words, a doubled letter together with another gender or number ("spiagie" for
    "spiaggia") is also a slip, the least likely: OTHER + 1.
    """
    if _undoubled(word) == _undoubled(right):
        return DOUBLED
    if is_slip(word, right):
        rank = _kind_of_slip(word, right)
        return rank if len(word) >= SHORTEST + rank else None
    word, right = stem(word), stem(right)
    if len(word) < LONGER or not is_slip(word, right) or _kind_of_slip(word, right) != DOUBLED:
        return None
    return OTHER + 1


def _kind_of_slip(word: str, right: str) -> int:
    """Return the kind of the slip between two words: DOUBLED for a doubled letter or two swapped
    letters, ONE_LETTER for a letter too many or too few, OTHER for a wrong letter."""
    if len(word) == len(right):
        return DOUBLED if sorted(word) == sorted(right) else OTHER
    short, long = sorted((word, right), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    return DOUBLED if at and long[at] == long[at - 1] else ONE_LETTER


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def _slips_of(word: str, likelier_than: int) -> Iterator[str]:
    """Yield the words that a folded word may mean by a slip of a likelier kind than the one given,
    the likeliest first. Wrong letters are left out: they are too many to look up."""
    if likelier_than <= DOUBLED:
        return
    for at in range(1, len(word) - 1):
        if word[at] == word[at + 1]:
            yield word[:at] + word[at + 1 :]
        elif word[at] not in _VOWELS and word[at] != word[at - 1]:
            yield word[:at] + word[at] + word[at:]
    for at in range(len(word) - 1):
        if word[at] != word[at + 1]:
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if likelier_than <= ONE_LETTER or len(word) < SHORTEST + ONE_LETTER:
        return
    for at in range(len(word) + 1):
        if at < len(word):
            yield word[:at] + word[at + 1 :]
        for letter in ascii_lowercase:
            yield word[:at] + letter + word[at:]


def _is_inner_name(word: Token) -> bool:
    """Whether a word is written like a name although it does not begin the sentence."""
    return word.is_name and word.at > 0
