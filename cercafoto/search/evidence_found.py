"""Find the evidence for photos: labels given by hand, file names, the person's own words (names of
folders, titles, captions, keywords), and words read in the photos."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import fold, is_telling, stem, telling_words, words_of
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.grammar.listed_words import pet_names
from cercafoto.question.grammar.tokens import tokens
from cercafoto.question.heard import RARE, Heard
from cercafoto.results.answer import (
    DESCRIPTION,
    EVIDENCE,
    FILE_NAME,
    FOLDER,
    KEYWORD,
    LABEL,
    NAME,
    TITLE,
)
from cercafoto.search.evidence import ALL_WORDS, BY_NAME, CERTAIN, Evidence
from cercafoto.search.hearing import FEW, asked_of, heard_in, in_keywords, rarity, together_in
from cercafoto.search.naming import is_called
from cercafoto.search.own_words import (
    contents_spelling,
    contents_with,
    labelled,
    names_of,
    photos_with,
    whole_names,
)

# What each kind of evidence adds to the log-odds. The weights of names and captions were fitted to
# 620 photos of people's own public collections, judged by looking at them (training/mini/log.md): a
# word that is the whole name of a folder is right for 93 % of its photos, one of several for 48 %.
# These collections had no keywords. Nobody gives a keyword by accident, so its weight is larger.
WEIGHTS = {
    LABEL: CERTAIN,
    FILE_NAME: CERTAIN,
    KEYWORD: 6.0,
    TITLE: 3.5,
    DESCRIPTION: 3.5,
    NAME: 4.5,
    FOLDER: 4.0,
}
# Weight if the folder's name also has other words: "Vacanze al mare".
FOLDER_AMONG_OTHERS = 2.5
# Most that words tell which are only a part of the question: they do not say that the rest is seen.
BESIDE_OTHERS = 8.0
BESIDE_SEEN = 4.0  # of sure words beside others
NAME_TELLS = 2.0  # `Evidence.rank` of a name, twice that of a word of the language
LEAST_OF_ALL = 0.1  # share of the weight of words that are the whole question and common
# A word that looks like a file name or a part of one: it has a digit, or a photo's extension.
_LIKE_A_NAME = re.compile(
    r"(?=\S*\d)[\w\-]{4,}(\.\w{2,5})?|.+\.(jpe?g|png|hei[cf]|tiff?|webp|gif|avif|jxl|dng|nef|cr2)",
    re.IGNORECASE,
)
_ASCII = re.compile(r"[ -~]+")
NOTHING_HEARD: Mapping[str, Sequence[Heard]] = MappingProxyType({})


def evidence_for(
    rows: Rows,
    sentences: Sequence[str],
    filters: Filters,
    together: bool = False,
    of_paper: bool = False,
    heard: Mapping[str, Sequence[Heard]] = NOTHING_HEARD,
) -> dict[int, Evidence]:
    """Return content id -> the strongest evidence, for each content that has evidence.

    sentences: alternatives, each as typed: with the names that the model does not see.
    together: whether a photo must have all names of a sentence.
    of_paper: see `Query.asks_of_paper`.
    heard: sentence -> the own words in it, as far as they are known.
    """
    found: dict[int, Evidence] = {}
    for sentence in sentences:
        own = heard.get(sentence) or heard_in(rows, sentence)
        for content, evidence in _each(rows, sentence, own, filters, together, of_paper):
            if content not in found or _strength(evidence) > _strength(found[content]):
                found[content] = evidence
    return found


def contents_named(rows: Rows, concept: str) -> set[int] | None:
    """Return the ids of the contents whose own words have a name, as the model does not know whom
    it means; None if the concept is no name, or nobody has it. A file named "Pepe 1" is one of the
    dog; a file "Sole 1" may be any, so that "Sole" is a name only as a keyword or a folder."""
    heard = heard_in(rows, concept)
    words = [word for word in tokens(concept) if is_telling(word.key)]
    if len(heard) != 1:
        return None
    if heard[0].names >= {word.key for word in words}:
        return contents_with(rows, concept)
    if all(is_called(rows, word, of_file=word.key in pet_names()) for word in words):
        return contents_spelling(rows, concept)
    return None


def contents_called(rows: Rows, concept: str) -> set[int] | None:
    """Return the ids of the contents that have one word as a keyword, or as the whole name of their
    folder, if they are few: "pepe" may also be the dog. The name of a file does not count: it says
    what is seen as often, and "senza sole" is meant by sight. None if there are none, or many."""
    (word, *others) = words_of(concept) or [""]
    if not is_telling(word) or others:
        return None
    found = {
        photo.content_id
        for photo in rows.words.photos_with_words([stem(word)])
        if word in map(fold, whole_names(photo, of_file=False))
    }
    few = len(found) <= RARE * (rows.photos.count_where(NO_FILTERS) + FEW)
    return found if found and few else None


def _strength(evidence: Evidence) -> tuple[float, float]:
    return evidence.weight, evidence.min_confidence


def _each(
    rows: Rows,
    text: str,
    heard: Sequence[Heard],
    filters: Filters,
    together: bool,
    of_paper: bool,
) -> Iterator[tuple[int, Evidence]]:
    """Yield (content id, evidence) for all evidence that one sentence finds."""
    if _LIKE_A_NAME.fullmatch(text):
        part = fold(text)
        # SQLite ignores case only in ASCII: it finds names with the longest ASCII part, and the
        # whole name is compared here.
        plain = max(_ASCII.findall(text.casefold()), key=len, default="")
        for content, path in rows.words.photos_named(plain) if plain else ():
            if part in fold(Path(os.fsdecode(path)).name):
                yield content, Evidence(FILE_NAME, CERTAIN, path=path, rank=ALL_WORDS)
    yield from _of_heard(rows, heard, filters, together)
    if rows.texts.are_read():
        # Imported here: most archives have no words read in photos.
        from cercafoto.search.text_evidence import evidence_of_texts

        yield from evidence_of_texts(rows, text, filters, of_paper)


def _of_heard(
    rows: Rows, heard: Sequence[Heard], filters: Filters, together: bool
) -> Iterator[tuple[int, Evidence]]:
    """Yield (content id, evidence) for the photos that have some of the words that were heard: the
    evidence of each run is added, and all of them in one name are sure."""
    by_label: dict[int, dict[Heard, Evidence]] = {}
    found: dict[tuple[int, bytes], tuple[OwnWords, dict[Heard, Evidence]]] = {}
    for each in heard:
        asked = asked_of(each)
        for content in labelled(rows, asked):
            by_label.setdefault(content, {})[each] = _weighed(each, _LABEL_OF_ALL)
        several = len(asked.words) > 1
        is_whole = each.covers == 1 and rarity(each) == 1 and not each.is_thing
        for photo in photos_with(rows, asked, filters):
            if several and not (
                in_keywords(photo, asked.words) or together_in(photo, asked.words, each.covers == 1)
            ):
                continue
            evidence = _of_own(photo, asked.stems, 0.0)
            if is_whole and _is_folder(photo, asked.words):
                evidence = evidence._replace(min_confidence=BY_NAME)
            evidence = _weighed(each, evidence)._replace(path=photo.path)
            found.setdefault((photo.content_id, photo.path), (photo, {}))[1][each] = evidence
    names = {each for each in heard if each.names} if together else set()
    every = [short for each in heard for short in asked_of(each).stems]
    for (content, _), (photo, by_run) in found.items():
        own = by_run | by_label.get(content, {})
        total = _added(list(own.values()))
        if len(by_run) == len(heard) > 1:
            # A person who types several words of one name means the photos with this name.
            whole = evidence_of_own(photo, every, 0.0)
            least = max(total.min_confidence, whole.min_confidence)
            total = total._replace(min_confidence=least)
        yield content, total if names <= own.keys() else _of_some(total)
    for content, of_label in by_label.items():
        total = _added(list(of_label.values()))
        yield content, total if names <= of_label.keys() else _of_some(total)


def _is_folder(photo: OwnWords, words: Sequence[str]) -> bool:
    """Whether some words, folded, are the whole name of a folder of a photo, as it is spelt: who
    types them means that folder."""
    names = (set(_telling(name)) for name in names_of(photo)[:-1])
    return any(name and name <= set(words) for name in names)


def _of_some(evidence: Evidence) -> Evidence:
    """Return the evidence of a photo with only some of the names that must be in it together."""
    return evidence._replace(weight=1.0, min_confidence=0.0, rank=0.0)


_LABEL_OF_ALL = Evidence(LABEL, WEIGHTS[LABEL])


@lru_cache(maxsize=256)  # thousands of photos may have one word
def _weighed(heard: Heard, evidence: Evidence) -> Evidence:
    """Return the evidence of a run of words, weighted by how much it tells of the question. If
    sight is a poor judge of the words, they are sure whatever the question says besides."""
    if heard.covers == 1:
        if evidence.weight == CERTAIN:
            return evidence._replace(rank=ALL_WORDS)
        weight = evidence.weight * max(rarity(heard), LEAST_OF_ALL)
        sure = BY_NAME if heard.is_sure else 0.0 if heard.is_thing else evidence.min_confidence
        return evidence._replace(weight=weight, min_confidence=sure, rank=ALL_WORDS)
    if heard.is_sure:
        # However they were found, those that look like the rest come first.
        rank = rarity(heard) * (NAME_TELLS if heard.names else 1)
        return evidence._replace(weight=BESIDE_SEEN, min_confidence=BY_NAME, rank=rank)
    weight = min(evidence.weight, BESIDE_OTHERS) * rarity(heard) * heard.covers
    return evidence._replace(weight=weight, min_confidence=0.0)


def _added(several: Sequence[Evidence]) -> Evidence:
    """Return the evidence of several runs together: it says how the heaviest of them was found."""
    if len(several) == 1:
        return several[0]
    best = max(several, key=_strength)
    return best._replace(
        weight=sum(each.weight for each in several),
        min_confidence=max(each.min_confidence for each in several),
        rank=sum(each.rank for each in several),
    )


def evidence_of_own(photo: OwnWords, words: Sequence[str], min_confidence: float) -> Evidence:
    """Return the evidence of a photo whose own words have all the stems `words`. Each stem counts
    by the strongest place where it stands (keywords, title, and so on), and the weakest of these
    places decides the kind.

    min_confidence: least confidence of the evidence. It becomes BY_NAME if several stems are all in
        one name, title or keywords, or if the stems are a whole title or file name.
    """
    return _of_own(photo, words, min_confidence)._replace(path=photo.path)


def _of_own(photo: OwnWords, words: Sequence[str], min_confidence: float) -> Evidence:
    """Return what `evidence_of_own` returns, without the path."""
    *folders, name = names_of(photo)
    texts = (photo.title, photo.keywords, photo.description)
    return _of_texts((*folders, telling_words(name)), *texts, tuple(words), min_confidence)


@lru_cache(maxsize=4096)  # photos share folders, and a camera's names tell nothing
def _of_texts(
    names: tuple[str, ...],
    title: str,
    keywords: str,
    description: str,
    words: tuple[str, ...],
    min_confidence: float,
) -> Evidence:
    """See `_of_own`.

    names: of the folders, and the telling words of the file's.
    """
    *folders, own_name = map(_telling_stems, names)
    said = {
        KEYWORD: keywords.split(),
        TITLE: title.split(),
        DESCRIPTION: description.split(),
        NAME: own_name,
    }
    kinds = [next((kind for kind in said if word in said[kind]), FOLDER) for word in words]
    kind = max(kinds, key=EVIDENCE.index)
    # A person who types several words of one name means the photos with this name.
    together = (*folders, said[TITLE], own_name, said[KEYWORD])
    if len(words) > 1 and any(set(words) <= set(name) for name in together):
        min_confidence = BY_NAME
    # So does a person who types a whole title, or a whole file name without its number:
    # "scontrino" for "scontrino 1".
    if words and set(words) in (set(_telling(title)), set(own_name)):
        min_confidence = BY_NAME
    if kind != FOLDER:
        return Evidence(kind, WEIGHTS[kind], min_confidence)
    only_asked = any(name and set(name) <= set(words) for name in folders)
    weight = WEIGHTS[FOLDER] if only_asked else FOLDER_AMONG_OTHERS
    return Evidence(kind, weight, min_confidence)


@lru_cache(maxsize=4096)  # photos share folders
def _telling_stems(text: str) -> list[str]:
    return [stem(word) for word in _telling(text)]


def _telling(text: str) -> list[str]:
    """Return the folded words of a text that tell photos apart: no articles, numbers, "foto"."""
    return [word for word in words_of(telling_words(text)) if is_telling(word)]
