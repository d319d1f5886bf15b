"""Hear which words of a question the person's own words have: keywords, titles, descriptions, names
of folders and files, labels given by hand.

Runs of words that stand beside each other, in the question and in one name, are found first, the
longest first: "San Rocco" in "processione di San Rocco" is not each photo of a Rocco. The other
words are looked up one by one. The rarer a word is, the more it tells: a word of most photos tells
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import is_telling, stem, stems, words_of
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.grammar.listed_words import given_names
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens
from cercafoto.question.grammar.vocabulary import COLOURS, OF
from cercafoto.question.heard import RARE, Heard
from cercafoto.search.evidence import says_no_looks
from cercafoto.search.naming import (
    PLACES,
    TITLES,
    Word,
    is_a_pet,
    is_a_thing,
    is_called,
    is_name,
    is_one,
    names_in,
)
from cercafoto.search.own_words import (
    AskedWords,
    asked_words,
    labelled,
    names_of,
    photos_with,
)

MOST_WORDS, LONGEST = 24, 4  # telling words of a question that are looked up; words of a run
# Most photos that the words of one question may have, all together; the rarest words come first.
MOST_HEARD = 20_000
MOST_EXACT = 2_000  # photos whose spelling is compared only to count them
# A word of at most the share RARE of the photos counts whole, of at least COMMON not at all.
COMMON = 0.33
# Up to this share of the photos, words that sight judges poorly are sure beside others.
SURE = 0.2
# A few photos say little about how rare a word is: shares are taken as if there were more.
FEW = 40


def heard_in(rows: Rows, text: str) -> tuple[Heard, ...]:
    """Return the runs of words of a text that photos have as own words, names first, then the
    rarest, without words that are too common to tell photos apart."""
    typed = tokens(tidy(text))
    words = _words(typed)
    found = _runs(rows, words)
    if not found:
        return ()
    usual = usual_stems({stem(word.key) for word in words})
    photos = rows.photos.count_where(NO_FILTERS)
    # "Matrimonio di Ermenegildo": a wedding alone is not what is asked, if nobody has this name.
    known = {at for run in found for at in range(*run)}
    strange = any(is_name(word, usual) for at, word in enumerate(words) if at not in known)
    heard = list[Heard]()
    for run, files in found.items():
        own = words[slice(*run)]
        names = names_in(words, *run, usual)
        covers = len(own) / len(words)
        asked = _asked(own)
        is_thing = any(is_a_thing(typed, word, covers == 1) for word in own)
        if is_thing and len(own) == 1:
            names = frozenset()  # "perla nera"
        is_colour = len(own) == 1 and own[0].key in COLOURS
        if covers < 1 and is_colour and (is_thing or own[0].key not in given_names()):
            continue  # a file named "verde" is nothing beside what is seen
        share = files / (photos + FEW)
        no_looks = says_no_looks(asked.words) and not is_thing
        if not names and covers < 1 and share <= SURE:
            no_looks = no_looks or all(is_called(rows, word.token) for word in own)
        # "foto di pepe", "pepe sul divano"; not "sale e pepe", "pepe nero"
        begins = covers == 1 or own[0].token.at == 0
        if begins and len(own) == 1 and share <= SURE and not (no_looks or is_thing):
            no_looks = is_a_pet(rows, typed, own[0])
        is_sure = bool(names) or (
            # Of several words that are the whole question, `evidence_of_own` says it.
            (no_looks if covers == 1 else share <= SURE and not strange)
            and (no_looks or len(own) > 1)
        )
        said_as = join(typed[own[0].token.at : own[-1].token.at + 1])
        one = is_one(typed, own[0]) and not (names or says_no_looks(asked.words))
        said = Heard(said_as, names, files, share, is_sure and not one, covers, one)
        if rarity(said) or (is_sure and covers == 1):
            heard.append(said)
    return tuple(_few_enough(sorted(heard, key=lambda each: (not each.names, each.files))))


def _few_enough(heard: Sequence[Heard]) -> Iterator[Heard]:
    """Yield the first of some runs, as long as all together have at most MOST_HEARD photos."""
    number = 0
    for each in heard:
        number += each.files
        if number > MOST_HEARD:
            return
        yield each


def rarity(heard: Heard) -> float:
    """Return how much a run of own words tells, by how rare it is: 0..1. A name always tells."""
    if heard.names or heard.share <= RARE:
        return 1.0
    return max(0.0, log(COMMON / heard.share) / log(COMMON / RARE))


def asked_of(heard: Heard) -> AskedWords:
    """Return the words of a run to look up."""
    return AskedWords.of(asked_words(heard.words), heard.words)


def together_in(photo: OwnWords, words: Sequence[str], are_all: bool) -> bool:
    """Whether all words, folded, stand in one name, title or description of a photo.

    are_all: whether the question has no other words; they may then stand in folders in each other.
    """
    short = {stem(word) for word in words if not word.isdecimal()}
    if any(short <= set(text.split()) for text in (photo.title, photo.description)):
        return True
    if not short <= set(photo.names.split()):  # most photos: their names need not be taken apart
        return False
    names = [stems(name).split() for name in names_of(photo)]
    path = [[word for name in names[:-1] for word in name]] if are_all else []
    return any(short <= set(each) for each in (*names, *path))


def in_keywords(photo: OwnWords, words: Sequence[str]) -> bool:
    """Whether all words, folded, stand in the keywords of a photo: in one, or in several."""
    return set(map(stem, words)) <= set(photo.keywords.split())


class _Asked(NamedTuple):
    words: AskedWords
    typed: str


def _asked(own: Sequence[Word]) -> _Asked:
    typed = join([word.token for word in own])
    return _Asked(AskedWords.of([word.key for word in own], typed), typed)


def _words(typed: Sequence[Token]) -> list[Word]:
    """Return the telling words of a text, each once, in order."""
    found, goes_on = dict[str, Word](), False
    for token in typed:
        telling = [key for key in words_of(token.text) if is_telling(key) or key.isdecimal()]
        for key in telling:
            is_new = key not in found
            found.setdefault(key, Word(key, token, goes_on))
            goes_on = is_new
        is_letter = len(token.key) == 1 and token.key in "bcdfghjkmnpqrstvwxyz"  # "Disco G"
        goes_on = goes_on and (bool(telling) or token.key in OF or is_letter)
    return list(found.values())[:MOST_WORDS]


def _runs(rows: Rows, words: Sequence[Word]) -> dict[tuple[int, int], int]:
    """Return (begin, end) of runs of words -> number of photos that have them. A longer run takes
    its words from shorter ones, except a name beside a word that is none."""
    found = dict[tuple[int, int], int]()
    wanted = [(at, at + 1) for at in range(len(words))]
    labels = _labels(rows, words)
    while wanted:
        found |= _counted(rows, words, wanted, labels, found)
        wanted = [
            (begin, end + 1)
            for begin, end in wanted
            if end - begin < LONGEST and _goes_on(words, end, found, begin)
        ]
    if len(words) > 1 and all((at, at + 1) in found for at in range(len(words))):
        # A whole name, which may have other small words: "Baldo con il CAI".
        found |= _counted(rows, words, [(0, len(words))], labels, found)
    chosen = dict[tuple[int, int], int]()
    taken = set[int]()
    for run, files in sorted(found.items(), key=lambda each: (each[0][0] - each[0][1], each[1])):
        if files and taken.isdisjoint(range(*run)):
            chosen[run] = files
            taken.update(range(*run))
    return chosen | dict(_single_names(words, chosen, found))


def _goes_on(
    words: Sequence[Word], end: int, found: dict[tuple[int, int], int], begin: int
) -> bool:
    """Whether a run may have one word more: both shorter runs were found, and the words stand
    beside each other."""
    return (
        end < len(words)
        and words[end].goes_on
        and (begin, end) in found
        and (begin + 1, end + 1) in found
    )


def _single_names(
    words: Sequence[Word],
    chosen: dict[tuple[int, int], int],
    found: dict[tuple[int, int], int],
) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the names in longer runs that also count by themselves: of the folder "Zorba mare"
    Zorba is also elsewhere; of "Anna Rossi" and "San Rocco" no word is looked up alone."""
    for begin, end in chosen:
        if end - begin == 1:
            continue
        usual = usual_stems({stem(word.key) for word in words[begin:end]})
        for at in range(begin, end):
            before = words[at - 1 : at] if at > begin and words[at].goes_on else []
            after = [word for word in words[at + 1 : end][:1] if word.goes_on]
            alone = is_name(words[at], usual) and not any(
                word.key in TITLES | PLACES or word.key.isdecimal() or is_name(word, usual)
                for word in (*before, *after)
            )
            if alone and (files := found[at, at + 1]):
                yield (at, at + 1), files


def _counted(
    rows: Rows,
    words: Sequence[Word],
    runs: Sequence[tuple[int, int]],
    labels: Sequence[str],
    shorter: Mapping[tuple[int, int], int],
) -> dict[tuple[int, int], int]:
    """Return the runs that photos have -> number of photos: of several words, in one name. A run
    that only may go on is there with 0: a number ("5" of "Disco 5"), or a part of a label.

    shorter: the same for shorter runs.
    """
    asked = {run: _asked(words[slice(*run)]).words for run in runs}
    spoken = {run: each for run, each in asked.items() if each.stems}
    numbers = dict.fromkeys(asked.keys() - spoken.keys(), 0)
    counts = rows.words.count_with([each.stems for each in spoken.values()])
    for (run, each), number in zip(spoken.items(), counts, strict=True):
        if number and len(each.words) > 1:
            rarest = min(shorter[at, at + 1] for at in range(*run))
            are_all = len(each.words) == len(words)
            stemmed = list(rows.words.photos_with_words(each.stems))
            number = _in_one_name(stemmed, each.words, are_all, rarest)
            if number and (each.numbers or each.may_be_taken_for_others()):
                # To compare the spelling of thousands of photos takes a second.
                number = _in_one_name(list(photos_with(rows, each)), each.words, are_all, rarest)
        elif number and each.may_be_taken_for_others():
            spelt_so = photos_with(rows, each)
            if number > MOST_EXACT:  # one photo is enough; the others are not compared
                number = number if next(spelt_so, None) else 0
            else:
                number = sum(1 for _ in spelt_so)
        number = max(number, len({*labelled(rows, each, labels)}))
        of_label = any({*each.stems} <= {*stems(label).split()} for label in labels)
        if number or of_label:
            numbers[run] = number
    return numbers


def _in_one_name(
    photos: Sequence[OwnWords], words: Sequence[str], are_all: bool, rarest: int
) -> int:
    """Return how many photos have several words in one name, title or keyword.

    are_all: whether the question has no other words.
    rarest: how many photos have the rarest of the words. If more than have all of them as keywords,
        these are several keywords: "Zorba" and "Birba", not "San Rocco".
    """
    named = sum(together_in(photo, words, are_all) for photo in photos)
    keywords = sum(
        in_keywords(photo, words) and not together_in(photo, words, are_all) for photo in photos
    )
    return named + (keywords if named or keywords >= rarest else 0)


def _labels(rows: Rows, words: Sequence[Word]) -> list[str]:
    """Return the labels in use that have a word of a question."""
    wanted = {stem(word.key) for word in words}
    return [label for label in rows.labels.names() if wanted.intersection(stems(label).split())]
