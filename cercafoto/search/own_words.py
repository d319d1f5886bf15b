"""Find the photos whose own words have the words of a question. A photo's own words are the names
of its folders and file, its title, description and keywords: what a person wrote.

The index of words has only stems and no numbers. So if the question has a number, or a word whose
stem a person's name also has, the photos found are compared with the words as they are spelt:
"Mario" is not "Mare".
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import is_telling, stem, stems, telling_words, words_of
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.grammar.listed_words import WORDS, common_nouns, given_names, place_homonyms
from cercafoto.question.grammar.tokens import tokens

if TYPE_CHECKING:
    from cercafoto.photos.facts import Facts


def asked_words(text: str) -> list[str]:
    """Return the folded words of a question that a photo's own words may have, each word once: no
    articles, no "foto"."""
    telling = (word for word in words_of(text) if is_telling(word) or word.isdecimal())
    return list(dict.fromkeys(telling))


class AskedWords(NamedTuple):
    """Words that a photo must have, folded.

    people: the words that name a person, which must match exactly; of other words, another gender
        or number matches too.
    """

    words: tuple[str, ...]
    people: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Sequence[str], typed: str) -> AskedWords:
        """Return asked words, with those that name a person marked.

        typed: the words as typed, since a capital tells a name.
        """
        capital = {word.key for word in tokens(typed) if word.is_name}.intersection(words)
        usual = usual_stems({stem(word) for word in capital}) if capital else ()
        people = frozenset(
            word
            for word in words
            if word in only_names()
            or (word in capital and (word in given_names() or stem(word) not in usual))
        )
        return cls(tuple(words), people)

    @property
    def stems(self) -> list[str]:
        """The stems of the words that are not numbers."""
        return [stem(word) for word in self.words if not word.isdecimal()]

    @property
    def numbers(self) -> set[str]:
        return {word for word in self.words if word.isdecimal()}

    def may_be_taken_for_others(self) -> bool:
        """Whether a word is a person's name or has the same stem as one, so that the index by stems
        may find wrong photos."""
        return any(
            word in self.people
            or any(
                name != word and name.startswith(short) and stem(name) == short
                for name in given_names()
            )
            for word, short in zip(self.words, map(stem, self.words), strict=True)
        )

    def are_among(self, texts: Collection[str]) -> bool:
        """Whether all asked words are in some texts, given as they are spelt. Other genders and
        numbers match, except for names of persons: "stelle" does not mean the horse Stella."""
        spelt = {word for text in texts for word in words_of(text)}
        return all(
            word in spelt
            or (
                word not in self.people
                and any(stem(each) == stem(word) and not _is_name(each, texts) for each in spelt)
            )
            for word in self.words
        )


def photos_with(rows: Rows, asked: AskedWords, filters: Filters = NO_FILTERS) -> Iterator[OwnWords]:
    """Yield the visible photos that fulfil the filters and whose own words have all asked words;
    nothing if all asked words are numbers."""
    if not asked.stems:
        return
    spelt = asked.may_be_taken_for_others()
    for photo in rows.words.photos_with_words(asked.stems, filters, spelt):
        if asked.numbers and not asked.numbers <= _numbers(photo):
            continue
        if not spelt or asked.are_among(_texts(photo)):
            yield photo


def contents_spelling(rows: Rows, phrase: str) -> set[int]:
    """Return the ids of the contents with a visible photo whose own words have all telling words of
    a phrase as they are spelt there, or a label given by hand that has them: of "Pepe" not the
    photo "sale e pepe"."""
    asked = AskedWords.of(asked_words(phrase), phrase)
    wanted = {word.text for word in tokens(phrase) if is_telling(word.key)}
    found = {
        photo.content_id
        for photo in rows.words.photos_with_words(asked.stems, spelt=True)
        if wanted <= {word.text for text in _texts(photo) for word in tokens(text)}
    }
    return found.union(labelled(rows, asked))


def contents_with(rows: Rows, phrase: str) -> set[int]:
    """Return the ids of the contents with a visible photo whose own words, or a label given by
    hand, have all telling words of a phrase."""
    asked = AskedWords.of(asked_words(phrase), phrase)
    if asked.numbers or asked.may_be_taken_for_others():
        found = {photo.content_id for photo in photos_with(rows, asked)}
    else:
        found = set(rows.words.contents_with(asked.stems))
    return found.union(labelled(rows, asked))


def labelled(rows: Rows, asked: AskedWords, labels: Sequence[str] | None = None) -> Iterator[int]:
    """Yield the ids of the contents with a label, given by hand, that has exactly the asked words.
    If all asked words name a person, the label may have more words ("zia Tullia" for "Tullia").

    labels: the labels to compare; None for all in use.
    """
    if labels is None:
        labels = rows.labels.names() if asked.stems else ()
    for label in labels:
        own = asked_words(label)
        telling = [word for word in own if not word.isdecimal()]
        is_same = len(telling) == len(asked.stems) or asked.people.issuperset(asked.words)
        if is_same and asked.are_among([label]):
            yield from rows.labels.contents_by_hand(label)


def names_of(photo: OwnWords) -> list[str]:
    """Return the names of a photo's folders, from the indexed folder inwards, and last the name of
    the file without its extension."""
    folder, file = os.path.split(os.fsdecode(photo.path))
    name = file.rsplit(".", 1)[0] or file
    own = stems(telling_words(name))
    return [*_folders(folder, photo.names.removesuffix(own).rstrip()), name]


def whole_names(photo: OwnWords, of_file: bool = True) -> set[str]:
    """Return the names of a photo's folders, that of its file without a number, and its keywords,
    as they are spelt. of_file: whether the name of the file counts."""
    keywords = (word for facts in _metadata(photo) for word in facts.keywords)
    *folders, own = names_of(photo)
    return {*folders, *([own.rstrip(_NUMBERING)] if of_file else ()), *keywords}


def _metadata(photo: OwnWords) -> Iterator[Facts]:
    """Yield the metadata of a photo's file and of its sidecar, without the names of its people."""
    from cercafoto.photos.facts import nameless  # late: few questions have words of a photo

    return filter(None, nameless(*photo.facts))


_NUMBERING = "0123456789 ()_-."


@lru_cache(maxsize=1024)
def _folders(path: str, said: str) -> tuple[str, ...]:
    """Return the names of the folders of a path, from the indexed folder inwards.

    said: the stems of all these names, joined: what comes before them is above the indexed folder.
    """
    left, names = said.split(), list[str]()
    for name in reversed(Path(path).parts):
        own = stems(telling_words(name)).split()
        if own and left[-len(own) :] != own:
            break  # this folder is above the indexed folder
        del left[len(left) - len(own) :]
        names.append(name)
    return tuple(reversed(names))


@cache
def only_names() -> frozenset[str]:
    """Return the given names that have no other meaning, unlike "rosa" and "leone"."""
    return given_names() - common_nouns() - place_homonyms()[WORDS]


def _numbers(photo: OwnWords) -> set[str]:
    """Return the numbers in a photo's own words, except the number that a camera gave the file."""
    *folders, own = names_of(photo)
    names = [*folders, own] if telling_words(own) else folders
    words = (*names, photo.title, photo.description, photo.keywords)
    return {word for text in words for word in words_of(text) if word.isdecimal()}


def _texts(photo: OwnWords) -> list[str]:
    """Return the own words of a photo as they are spelt."""
    texts = names_of(photo)
    for facts in _metadata(photo):
        texts += filter(None, (facts.title, facts.description, *facts.keywords))
    return texts


def _is_name(word: str, texts: Collection[str]) -> bool:
    """Whether a folded word of some texts is a given name; of "rosa" their capital tells."""
    return word in only_names() or (
        word in given_names() and any(word.capitalize() in text for text in texts)
    )
