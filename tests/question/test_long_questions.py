"""A question of any words takes steps in proportion to its length, and has an upper limit."""

from __future__ import annotations

import importlib
import pkgutil
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cercafoto.question
from cercafoto.base.word_stems import words_of
from cercafoto.browse.asked import Asked
from cercafoto.errors import UsageError
from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.brackets import read_brackets, without_odd_brackets
from cercafoto.question.context import Context
from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.place_phrases import place_called
from cercafoto.question.grammar.tokens import tidy, tokens
from cercafoto.question.heard import Heard
from cercafoto.question.phrases.people import MOST_GROUPS
from cercafoto.question.query import Query
from cercafoto.question.question import MOST_LETTERS, Question
from cercafoto.question.quoted import quoted_phrases
from cercafoto.question.reader import MOST_PHRASES, read
from cercafoto.question.spelling import suggest
from cercafoto.question.things_asked import asked_things
from cercafoto.question.word_roles import WordRole
from cercafoto.question.wording import explain
from cercafoto.search.hearing import MOST_WORDS
from cercafoto.search.own_words import AskedWords, asked_words
from cercafoto.search.searched_as import bare
from tests.question.sentences import SATURDAY, FakePlaces
from tests.question.test_reader import PHRASES
from tests.support.steps import Steps, counted

PLACES = FakePlaces()
PEOPLE = ("Luca", "Anna Rossi", "zia Pina", "Mamma", "Rosa Bianchi", "Sofia")
VOCABULARY = ("tramonto", "spiaggia", "gatto", "cane", "montagna")
MARKS = "'\",-()«1a"
# Each took a second or more before readers were bounded, or made `re` go back.
ATTACKS = (
    "dal più recente ",
    "l'",
    "il ",
    "di ",
    "foto ",
    "né ",
    "Luca al mare o Anna e zia Pina ",
    "niente ",
    "vorrei ",
    "e' ",
    "1/",
    "x che mangia ",
    "a o b ",
    "tramnto spiagia ",
    "uno due tre, ",
    "all'inizio del 2020 ",
    "(a o b) ",
    "(a) o ",
    "( ",
    ") (",
    "((a o b)) ",
    "senza (a o b) ",
    "con la Canon o la Nikon ",
    "con la Canon o ",
    "con il 50mm o il 35mm ",
    "50mm, ",
    "mare non tramonto ",
    "gatto non nero né ",
    "mare meno il ",
    "non ",
    "maggio e giugno, ",
    '-"',
    " + ",
    "  ",
)


def understood(sentence: str, hear: Callable[[str], tuple[Heard, ...]] = lambda text: ()) -> Query:
    context = Context(
        today=SATURDAY,
        places=PLACES,
        cameras=["Canon EOS 80D", "iPhone 12"],
        people=PEOPLE,
        vocabulary=VOCABULARY,
        written=True,
        hear=hear,
    )
    return Query.of(Question((sentence,)), context)


def heard(text: str) -> tuple[Heard, ...]:
    """Return every third word of a text as a name that only the person knows."""
    names = list(dict.fromkeys(words_of(text)))[::3]
    return tuple(Heard(name, frozenset({name}), 3, 0.01, True, 0.1) for name in names[:MOST_WORDS])


def as_asked(sentence: str) -> None:
    """Read a question by all that `Query.of` does, and say what was understood."""
    try:
        explain(understood(sentence, heard))
    except UsageError:  # nothing is left to search for, or there are too many parts
        read(sentence, Context(SATURDAY, PLACES, people=PEOPLE))


# Readers that are also called elsewhere, or on the whole question.
READERS: tuple[Callable[[str], object], ...] = (
    as_asked,
    asked_things,
    quoted_phrases,
    bare,
    lambda sentence: place_called(sentence, PLACES),
    lambda sentence: suggest(tokens(tidy(sentence)), VOCABULARY, is_own=lambda word: False),
    lambda sentence: AskedWords.of(asked_words(sentence), sentence),
    lambda sentence: Asked(sentence).without_part(WordRole("un cane", "testo", "")),
    lambda sentence: Asked(sentence).without_part(WordRole("a o b", "testo", "")),
    without_odd_brackets,
    lambda sentence: read_brackets(tokens(sentence)),
    lambda sentence: alternatives_of(*read_brackets(tokens(sentence))[:2]),
    lambda sentence: Asked(sentence).respelt([("cane", "gatto"), ("il", "lo")]),
)


def word_lists() -> Iterator[list[str]]:
    """Yield all lists of words and phrases by which questions are read."""
    for found in pkgutil.walk_packages(cercafoto.question.__path__, "cercafoto.question."):
        for name, value in vars(importlib.import_module(found.name)).items():
            is_list = isinstance(value, frozenset | dict | tuple) and not hasattr(value, "_fields")
            if is_list and name.strip("_").isupper():
                texts = (" ".join(w) if isinstance(w, tuple) and all(
                    isinstance(part, str) for part in w) else w for w in value)  # fmt: skip
                if words := sorted(word for word in texts if isinstance(word, str) and word):
                    yield words
    for path in sorted(Path(cercafoto.question.__file__).parent.rglob("*.txt")):
        yield path.read_text("utf-8").replace("_", " ").replace(":", "").split()


def rows() -> list[str]:
    """Return texts that a question repeats: words of each list, marks, phrases, and words and marks
    at random."""
    chance = random.Random(11)
    lists = list({tuple(words): words for words in word_lists()}.values())
    chance.shuffle(lists)
    words = [f"{chance.choice(words)} " for words in lists]
    phrases = [f"{phrase} " for phrase in chance.sample(PHRASES, 8)]
    mixed = [" ".join(chance.choices([*words, *MARKS], k=4)) for _ in range(4)]
    return list(dict.fromkeys([*ATTACKS, *MARKS, *words[:12], *phrases, *mixed]))


def repeated(row: str, letters: int) -> str:
    """Return a row as often as it fits, whole: "dal più recente" counts only at the end."""
    return row * (letters // len(row))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    for reader in READERS:
        reader("un cane al mare, senza gatti")  # reads the tables
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # for patterns, see `counted`
    yield counted(monkeypatch)
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("row", rows())
def test_twice_the_letters_take_twice_the_steps(row: str, steps: Steps) -> None:
    half, whole = repeated(row, MOST_LETTERS // 2), repeated(row, MOST_LETTERS)
    for number, reader in enumerate(READERS):
        few = steps.of(lambda reader=reader: reader(half))  # type: ignore[misc]
        many = steps.of(lambda reader=reader: reader(whole))  # type: ignore[misc]
        # Not quite twice, where words that are one phrase too many become text to split.
        assert many < 2.6 * few + 1000, (number, few, many)


def test_the_steps_of_patterns_are_counted_too(steps: Steps) -> None:
    """The counter itself: a pattern that goes back over the text takes steps in square."""
    import cercafoto.question.quoted as module

    of_letters = {}
    for letters in (100, 200):
        text = "a" * letters
        linear = steps.of(lambda text=text: module.re.search("a*b|a", text))  # type: ignore[misc]
        square = steps.of(lambda text=text: module.re.findall("(?:a|ab)*b", text))  # type: ignore[misc]
        of_letters[letters] = linear, square
    assert of_letters[200][0] < 2.5 * of_letters[100][0]
    assert of_letters[200][1] > 3.5 * of_letters[100][1]


# -- bounds ------------------------------------------------------------------------------------


def test_a_question_has_at_most_a_thousand_letters() -> None:
    longest = repeated("un cane ", MOST_LETTERS)
    assert understood(longest).text
    for question in (
        Question((longest + "o",)),
        Question((longest[:500], longest[:500])),
        Question(("un cane",), without=("a" * 1001,)),
        Question(("un cane",), typed=Filters(texts=("b" * 1001,))),
        Question(("un cane",), typed=Filters(place="c" * 1001)),
        Question((longest + "o",), literal=True),
    ):
        with pytest.raises(UsageError, match=r"1\.001 lettere: al massimo sono 1\.000"):
            Query.of(question, Context(SATURDAY))


def test_a_correction_may_make_a_question_longer_than_it_may_be() -> None:
    query = understood("spiagia " * 125)
    assert query.text and query.meant is None


def test_what_a_question_has_too_much_of_stays_text() -> None:
    years = " ".join(f"nel {year}" for year in range(1950, 1950 + 2 * MOST_PHRASES, 2))
    found = read(f"{years} nel 1949", Context(SATURDAY))
    assert found.text == "nel 1949" and "le condizioni sono troppe" in found.notes[-1]
    few = read(years.removesuffix(" nel 1996"), Context(SATURDAY))
    assert not few.text and not few.notes
    people = tuple(f"{chr(97 + n)}luca" for n in range(12))
    pairs = " ".join(
        f"o {chr(97 + n)}luca e {chr(98 + n)}luca al mare" for n in range(0, 12, 2)
    ).removeprefix("o ")
    kept = read(pairs, Context(SATURDAY, people=people))
    assert any("troppe persone" in note for note in kept.notes)
    assert len(kept.filters["people"]) <= MOST_GROUPS


def test_too_many_parts_are_told() -> None:
    assert len(understood(" + ".join(["cane"] * 20)).phrases) == 20
    with pytest.raises(UsageError, match="21 parti"):
        understood(" + ".join(["cane"] * 21))
    names = [f"cane{chr(97 + n)}" for n in range(25)]
    assert not understood(" o ".join(names)).alternatives
    assert len(understood(" o ".join(names[:10])).alternatives) == 10
    assert len(understood(", ".join(names)).parts) == 20
    written = understood(" ".join(f'"{name}"' for name in names))
    assert len(written.written) == 20 and names[-1] in written.text
