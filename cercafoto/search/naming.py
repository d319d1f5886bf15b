"""Tell which words of a question are names that only the person knows, and which are things: "Rosa
sul prato" and "un vestito rosa", "Nuvola che dorme" and "nuvole nel cielo"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cercafoto.archive.archive import Rows
from cercafoto.base.word_stems import is_telling, stem
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.grammar.listed_words import given_names, is_food, pet_names
from cercafoto.question.grammar.tokens import Token, word_set
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, COLOURS, IN, OF, ON, TO, key, skip
from cercafoto.question.spelling import is_italian, right_words
from cercafoto.question.things_asked import is_living
from cercafoto.search.evidence import NO_LOOKS
from cercafoto.search.own_words import only_names, whole_names

MOST_CALLED = 2_000  # photos whose names are looked at to see whether one is a word of the question
# Before a name these belong to it: "San Rocco" is not "Rocco". The model sees no "zia", but a lake.
TITLES = word_set(
    "san santa santo sant don suor zia zio nonna nonno mamma papa babbo cugina cugino"
)
# After the name of an animal in small letters: where it is, or what it does.
AFTER_PET = (
    IN
    | TO
    | ON
    | word_set(
        "che dal dallo dall' dalla dai dagli dalle davanti dietro vicino sotto sopra dentro fuori "
        "accanto tra fra ? !"
    )
)
ONE = word_set("un uno una un'")
PLACES = word_set("monte passo rifugio malga val valle lago isola via piazza")


class Word(NamedTuple):
    """A telling word of a question.

    key: folded.
    goes_on: whether it stands beside the telling word before it, or "di" joins them.
    """

    key: str
    token: Token
    goes_on: bool


def names_in(words: Sequence[Word], begin: int, end: int, usual: set[str]) -> frozenset[str]:
    """Return the words of a run that only the person knows, with "zia" before a name."""
    names = {w.key for w in words[begin:end] if is_name(w, usual)}
    for at in range(begin, end):
        title = words[at - 1].key if at else ""
        if title in PLACES and words[at].goes_on:
            if stem(words[at].key) not in usual:  # "monte baldo"
                names.add(words[at].key)
        elif title in TITLES and words[at].key in names and at > begin:
            names.add(title)
    return frozenset(names)


def is_name(word: Word, usual: set[str]) -> bool:
    """Whether only the person knows a word: it is a name, or no word of the language.

    usual: the stems of usual words among those of the question.
    """
    short = stem(word.key)
    is_colour = word.key in COLOURS and not word.token.is_name  # "una settimana bianca"
    if word.key in only_names() and short not in NO_LOOKS:
        return not is_colour
    if word.key.isdecimal() or short in usual or short in NO_LOOKS or word.key in right_words():
        return False
    return (word.token.is_name and word.token.at > 0) or not is_italian(word.token.text)


def is_a_thing(typed: Sequence[Token], word: Word, is_all: bool) -> bool:
    """Whether a word that is also a given name means a thing in this question: "una rosa", "un
    vestito rosa", "la luna piena".

    is_all: whether it is the whole question.
    """
    if _is_told_as_a_thing(typed, word):
        return True
    is_person = word.key in only_names() and word.key not in COLOURS | pet_names()
    if word.token.is_name or is_person or word.key not in given_names():
        return False
    before = typed[word.token.at - 1].key if word.token.at else ""
    if word.key in COLOURS and is_telling(before):
        return True
    return is_one(typed, word) or (before in ARTICLES and not is_all)


def _is_told_as_a_thing(typed: Sequence[Token], word: Word) -> bool:
    """Whether a word in small letters that is also the name of an animal has a colour or an origin,
    or is food, or stands beside another thing: "perla nera", "perla di fiume", "pepe in grani",
    "perla e sabbia"; not "perla di Luca", "perla e luca"."""
    if word.token.is_name or word.key not in pet_names():
        return False
    at = word.token.at
    after, beside = key(typed, at + 1), skip(typed, at + 2, ARTICLES)
    other = key(typed, beside)
    if after in OF:
        return not _is_named(typed, at + 2)
    if after in IN | ON | {"sopra"}:
        return is_food(word.key, other)
    if after in AND:
        is_pet = other in pet_names() or _is_named(typed, beside)
        is_pet = is_pet or (beside > at + 2 and is_living(other))  # "perla e il gatto"
        return not is_pet and bool(usual_stems({stem(other)}))
    return after in COLOURS


def _is_named(typed: Sequence[Token], at: int) -> bool:
    """Whether the word at `at` names a person."""
    return key(typed, at) in given_names() or (at < len(typed) and typed[at].is_name)


def is_one(typed: Sequence[Token], word: Word) -> bool:
    """Whether an indefinite article stands before a word, which then is no name: "una nuvola"."""
    return word.token.at > 0 and typed[word.token.at - 1].key in ONE


def is_a_pet(rows: Rows, typed: Sequence[Token], word: Word) -> bool:
    """Whether a word without an article is also the name of an animal, and photos bear it as one,
    whether or not the question writes it so: "pepe", "pepe sul divano", "pepe che dorme" is the dog
    Pepe, "pepe nero", "pepe e sale", "perla di fiume" are things."""
    before = typed[word.token.at - 1].key if word.token.at else ""
    if word.key not in pet_names() or before in ARTICLES:
        return False
    is_last = word.token.at + 1 == len(typed)
    if not (word.token.is_name or is_last or key(typed, word.token.at + 1) in AFTER_PET):
        return False
    return is_called(rows, word.token._replace(text=word.token.text.capitalize()))


def is_called(rows: Rows, word: Token, of_file: bool = True) -> bool:
    """Whether a word is written as a name, and is a whole keyword of a photo or the whole name of
    its folder or, without a number, of its file: the cat Nuvola.

    of_file: whether the name of the file counts.
    """
    stems = [stem(word.key)]
    if not word.is_name or rows.words.count_with([stems])[0] > MOST_CALLED:
        return False
    photos = rows.words.photos_with_words(stems, spelt=True)
    return any(word.text in whole_names(photo, of_file) for photo in photos)
