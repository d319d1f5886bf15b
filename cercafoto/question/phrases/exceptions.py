"""Take phrases that leave out photos by their data, or ask for photos without some: "tranne quelle
del 2019", "che non sono a Roma", "prive di data"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.excepted import EXCEPTED, Case, called_so
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import Filter
from cercafoto.question.filters.missing import MISSING, in_order
from cercafoto.question.filters.names import MINE
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.exclusion_phrases import (
    BEFORE_NO,
    EXCEPT,
    NEITHER,
    NOT_BEFORE_LESS,
    is_minus,
)
from cercafoto.question.grammar.kind_phrases import (
    BEING,
    BEING_MADE,
    MADE_VIDEOS,
    VIDEOS,
)
from cercafoto.question.grammar.missing_phrases import read_missing
from cercafoto.question.grammar.quality_phrases import is_of_several
from cercafoto.question.grammar.tokens import Token, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    FAVOURITES,
    FROM,
    IN,
    MADE,
    MOST_SMALL,
    OF,
    ON,
    PHOTOS,
    TAKEN,
    TO,
    Words,
    key,
    skip,
)
from cercafoto.question.leftovers import CONJUNCTIONS
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.word_roles import EXCLUDED, FILE

V = TypeVar("V")

THOSE = word_set("quelle quelli quella quello che")
# "Tranne i video di Roma", "tranne i video girati nel 2019"
AFTER_VIDEOS = OF | IN | TO | ON | FROM | MADE | TAKEN | MADE_VIDEOS | word_set("con col senza")
ENDS = EXCEPT | frozenset(",;?!") | {"non", "ma", "pero"}


def take_except_those(sentence: Sentence, spot: Spot) -> int:
    """Take "tranne quelle", "tranne le preferite", "tranne i video", "ma non le foto", "che non
    sono" or "e non sono" with the conditions after it up to a comma, all of which a photo that is
    left out must fulfil: "tranne quelle di Roma nel 2019"."""
    free, i, _ = spot
    # "Le preferite", "le mosse" are photos.
    is_the = free[i].key == "le" and (key(free, i + 1) in FAVOURITES or is_of_several(free, i + 1))
    is_video = free[i].key in VIDEOS and key(free, i + 1) in AFTER_VIDEOS
    begin = _not_being(free, i)
    is_more = free[i].key in AND and begin > i + 1
    is_head = is_the or is_video or is_more or free[i].key in THOSE | PHOTOS
    if not is_head or free[i].at in sentence.looked_at:
        return 0
    sentence.looked_at.add(free[i].at)
    if end := take_missing(sentence, spot):
        return end  # "che non sono in nessuna raccolta" is one condition
    exception = exception_before(sentence, spot) if begin == i + 1 else []
    if is_video and exception and exception[-1].key not in ARTICLES | EXCEPT:
        return 0  # "foto e non video di Roma", all of which are of Roma
    if begin == i + 1 and (not exception or exception[0].key == "-"):
        return 0
    end = next((n for n in range(begin, len(free)) if _ends(free, n)), len(free))
    cases = list[Case]()
    head = free[i] if is_video else free[i]._replace(key="foto")
    for words in _listed(free[begin:end]):
        case = _cases(sentence, [head, *words])
        if not case:
            return 0
        cases += case
    if not cases:
        return 0
    leave_out(sentence, [*exception, *free[i:end]], cases)
    return end


def _not_being(t: Words, i: int) -> int:
    """Return where "che non sono", "e non sono" or "e che non sono" at `i` ends; `i` + 1 if it is
    not there."""
    at = i + (key(t, i) in AND)
    at += key(t, at) == "che"
    if at == i or key(t, at) != "non" or key(t, at + 1) not in BEING:
        return i + 1
    return skip(t, at + 2, BEING_MADE)


def _ends(t: Words, i: int) -> bool:
    """Whether the conditions of what is left out end before the word at `i`."""
    return t[i].key in ENDS or (t[i].key in AND and _not_being(t, i) > i + 1)


def _listed(t: Words) -> list[list[Token]]:
    """Return the parts of a list: "del 2019" and "del 2020" of "del 2019 e quelle del 2020", "a
    Roma" and "a Siena" of "né a Roma né a Siena"."""
    parts = [list[Token]()]
    for n, word in enumerate(t):
        joins = word.key in AND and key(t, n + 1) in THOSE
        if joins or word.text.lower() in NEITHER:
            parts.append([])
        elif not (word.key in THOSE and key(t, n - 1) in AND):
            parts[-1].append(word)
    return parts[not parts[0] :]


def _cases(sentence: Sentence, words: Sequence[Token]) -> list[Case]:
    """Return the photos that some words ask for by their data, and those that bear the name of
    their place and have no position; [] if the words ask for anything else."""
    numbered = [word._replace(at=at) for at, word in enumerate(words)]
    asked = sentence.read_apart(numbered, sentence.known)
    filters = given(asked.filters)
    rest = (asked.text, asked.exclude, asked.order, asked.limit, asked.counts, asked.written)
    if not filters and asked.text and not any(rest[1:]):
        heard = sentence.known.hear(asked.text)
        # "ma non quello di Carla": only the person knows whom
        return [((MINE, (asked.text,)),)] if any(h.names and h.covers == 1 for h in heard) else []
    if any(rest) or not filters or EXCEPTED.name in asked.filters:
        return []
    others = tuple((which, value) for which, value in filters if which is not PLACE)
    named = [words for name, words in asked.own if name == PLACE.name]
    return [tuple(filters), *((*others, *called_so(name)) for name in named)]


def take_missing(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that asks for photos without some data."""
    missing = sentence.unkept(spot, read_missing(spot.free, spot.i))
    if missing is None:
        return 0
    take_lacking(sentence, spot, spot.words(missing), missing.value)
    return missing.end


def take_lacking(
    sentence: Sentence,
    spot: Spot,
    words: Sequence[Token],
    kinds: Sequence[str],
    shown: Sequence[str] = (),
) -> None:
    """Take the words of a phrase that asks for photos without some kinds of data.

    shown: the concepts that the phrase also excludes.
    """
    lacking = in_order(kinds)
    if leaves_out(sentence, spot, words, [((MISSING, lacking),)]):
        sentence.exclude += shown
    else:
        sentence.add(MISSING, lacking)
        take_excluded(sentence, words, MISSING, lacking, shown)


def exception_before(sentence: Sentence, spot: Spot) -> list[Token]:
    """Return the words right before a phrase that exclude it ("tranne", "escluse le foto", "-"); []
    if there are none."""
    before = sentence.roles.free(spot.before)
    n = len(before)
    if n and is_minus([before[-1], spot.free[spot.i]], 0):
        return before[n - 1 :]
    for word in before[: -MOST_SMALL - 1 : -1]:
        if word.key not in PHOTOS | ARTICLES | THOSE and not _is_made(sentence, before, n - 1):
            break
        n -= 1
    if never := _never_made(before):
        return never
    last, last_but_one = key(before, n - 1), key(before, n - 2)
    # "tranne il 2019 e quelle del 2020", "tranne il 2019, il 2020"
    goes_on = last in AND | {"ne"} or (last == "," and n < len(before))
    if n and goes_on and before[n - 1].at - 1 == sentence.excepted_at:
        return before[n - 1 :]
    if n and before[n - 1].text.lower() in NEITHER:
        # "foto non scattate né nel 2015 né nel 2016"
        is_made = last_but_one and _is_made(sentence, before, n - 2) and key(before, n - 3) == "non"
        return before[n - (3 if is_made else 1) :]
    if (last_but_one, last) == ("a", "parte"):
        return before[n - 2 :]
    if last not in EXCEPT | {"non", "meno", "no"}:
        return []
    if last == "no" and last_but_one not in BEFORE_NO:
        return []
    if last == "meno" and (n < 2 or last_but_one in NOT_BEFORE_LESS):
        return []  # "più o meno nel 2019"
    return before[n - 2 :] if last_but_one in CONJUNCTIONS else before[n - 1 :]


def _never_made(before: list[Token]) -> list[Token]:
    """Return the words before a phrase if they only say that no photos were taken: "non ho mai
    fatto foto"; else []."""
    if key(before, 0) != "non" or key(before, 1) not in BEING:
        return []
    made = skip(before, 2, BEING_MADE)
    end = skip(before, made, PHOTOS | ARTICLES | {"mai"})
    is_made = any(word.key in TAKEN | MADE for word in before[2:made])
    return before if is_made and end == len(before) else []


def _is_made(sentence: Sentence, before: Words, n: int) -> bool:
    """Whether word `n` before a phrase only says that photos or videos were made: "non scattate a",
    "video non girati a"."""
    is_video = VIDEO.name in sentence.filters or (n > 1 and key(before, n - 2) in VIDEOS)
    return key(before, n) in TAKEN or (key(before, n) in MADE_VIDEOS and is_video)


def leaves_out(
    sentence: Sentence, spot: Spot, words: Sequence[Token], cases: Sequence[Case]
) -> bool:
    """Whether the words before a phrase exclude it: then take the phrase, which leaves out photos.

    words: of the phrase.
    """
    exception = exception_before(sentence, spot)
    if exception:
        leave_out(sentence, [*exception, *words], cases)
    return bool(exception)


def leave_out(
    sentence: Sentence, words: Sequence[Token], cases: Sequence[Case], shown: Sequence[str] = ()
) -> None:
    """Take the words of a phrase that leaves out the photos of some cases, and those that show some
    concepts. Of a filter that says yes or no, the other value is asked for: photos not in colour
    are in black and white."""
    pairs = [pair for case in cases for pair in case]
    if shown or len(pairs) != 1 or not isinstance(pairs[0][1], bool):
        take_excluded(sentence, words, EXCEPTED, tuple(cases), shown)
        return
    ((which, value),) = pairs
    if which.of(sentence.filters) == value:
        sentence.roles.keep(words, f"{which.say(value)} è già chiesto")
    else:
        sentence.add(which, not value)
        sentence.roles.take(words, FILE, which.say(not value))


def take_excluded(
    sentence: Sentence,
    words: Sequence[Token],
    which: Filter[V],
    value: V,
    shown: Sequence[str] = (),
) -> None:
    """Take the words of a phrase that excludes photos by their data, and by what they show.

    which, value: the filter that says their data; the value may be empty.
    shown: the concepts that photos must not show.
    """
    said = []
    if value:
        sentence.add(which, value)
        said.append(which.say(value))
        sentence.excepted_at = words[-1].at if which is EXCEPTED else sentence.excepted_at
    if shown:
        sentence.exclude += shown
        said.append(f"senza: {', '.join(shown)}")
    sentence.roles.take(words, EXCLUDED, ", ".join(said))
