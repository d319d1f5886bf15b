"""Find phrases and words of a question in the texts that were read in photos."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import log
from typing import NamedTuple

from cercafoto.archive.archive import Rows
from cercafoto.base.find_in_text import (
    AS_ASKED,
    MIN_LETTERS,
    NEARLY,
    Place,
    forms,
    places_of,
    places_of_words,
    written_words,
)
from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import stem, stems, words_of
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import PAPERS
from cercafoto.question.heard import asks_of_paper
from cercafoto.question.query import Query
from cercafoto.question.spelling import right_words
from cercafoto.question.values import Saying
from cercafoto.results.answer import Hit
from cercafoto.search.own_words import AskedWords, asked_words

# If more texts than this have all the words of a question, the words do not tell photos apart, and
# comparing all these texts would take longer than the rest of the search. The texts of one video,
# which may show a caption in every frame, count once here and in all limits below.
MOST = 200
# Most texts that are compared letter by letter for the words of a question.
MOST_COMPARED = 100
# Two words stand beside each other if their beginnings are at most so many letters apart.
BESIDE = 40
# Most texts that are compared letter by letter for a phrase in quotes.
MOST_ASKED = 5_000


class Said(NamedTuple):
    """How many words of a question the text of a content has, and how.

    words: how many words, also counting the word that names the document ("biglietto").
    together: whether these words stand beside each other.
    how: AS_ASKED, or NEARLY if some were read with wrong letters.
    share: share of the needed words that the text has, 0..1.
    seen: whether all words of the question name things that photos usually show, so that they may
        stand in the text by chance.
    is_answer: whether the question is about what is written, see `asks_of_paper`.
    """

    words: int
    together: bool = False
    how: int = AS_ASKED
    share: float = 1.0
    seen: bool = False
    is_answer: bool = False


# Words of things that are read, not seen, wherever they stand in a question.
ON_PAPER = word_set(
    "password pin puk iban codice codici matricola garanzia polizza wifi numero importo euro "
    "scritto scritta prezzo targa"
)
MOST_WORDS = 24  # words of a question that are looked up one by one


def saying(rows: Rows, phrase: str) -> Saying:
    """Return a phrase with the contents in which it was read, exactly or with wrong letters."""
    found: dict[int, int] = {}
    for form in forms(phrase):
        for content in rows.texts.contents_saying([stem(word) for word in form]):
            found[content] = AS_ASKED
    for form in forms(phrase):
        letters = look_alike("".join(form))
        if len(letters) < MIN_LETTERS:
            continue
        for content, lines in rows.texts.with_letters(letters, MOST_ASKED):
            if content not in found and (places := places_of(written_words(lines), phrase)):
                found[content] = places[0].how
    nearly = frozenset(content for content, how in found.items() if how == NEARLY)
    return Saying(phrase, tuple(sorted(found)), nearly)


def said_of(rows: Rows, sentence: str) -> Iterator[tuple[int, Said]]:
    """Yield (content id, what it says) for the contents whose text has all the telling words of a
    sentence. If the sentence begins with a kind of document ("biglietto"), the text need not have
    this word. If no text has all the other words, see `_some_of`."""
    asked = asked_words(sentence)
    named = len(asked) > 1 and asked[0] in PAPERS
    needed = asked[1:] if named else asked
    asking = asks_of_paper(sentence).split()
    needed = [word for word in needed if word not in asking]
    if not needed:
        return
    found = _texts_with(rows, needed, sentence)
    stemmed = {stem(word) for word in needed}
    seen = not (named or asking) and bool(found) and usual_stems(stemmed) == stemmed
    for content, said in found:
        yield content, said._replace(words=len(asked), seen=seen, is_answer=bool(asking))
    if not found and len(needed) > 1:
        of_paper = named or bool(asking) or bool(ON_PAPER.intersection(asked))
        yield from _some_of(rows, needed, sentence, of_paper)


def _some_of(
    rows: Rows, needed: Sequence[str], sentence: str, of_paper: bool
) -> Iterator[tuple[int, Said]]:
    """Yield (content id, what it says) for the contents whose text has at least half of the words
    that texts have: "il biglietto del treno per Siena" need not have "treno" on it. The rarer a
    word is in texts, the more it counts.

    of_paper: whether the question asks for a document. If not, two of the words must be such that
        photos do not show, or stand beside each other.
    """
    # Word -> content id -> (lines, how they have it).
    texts = {word: dict(_texts_with(rows, [word], sentence)) for word in needed[:MOST_WORDS]}
    tells = {word: log(2 * MOST / len(found)) for word, found in texts.items() if found}
    # "IBAN di Ermenegildo" is not what is asked, if nobody has this name.
    names = AskedWords.of(needed, sentence).people - tells.keys()
    if any(not rows.words.mentions(name) for name in names):
        return
    if not tells:
        return
    usual = usual_stems({stem(word) for word in tells})
    unseen = {w for w in tells if not (stem(w) in usual or w in right_words() or w.isdecimal())}
    words_in: dict[int, list[str]] = {}
    for word in tells:
        for content in texts[word]:
            words_in.setdefault(content, []).append(word)
    lines = rows.texts.lines_of(list(words_in))
    for content, words in words_in.items():
        share = sum(tells[word] for word in words) / sum(tells.values())
        together = _together(lines.get(content, ""), [stem(word) for word in words])
        if share < 0.5 or not (of_paper or together or len(unseen.intersection(words)) > 1):
            continue
        how = max(texts[word][content].how for word in words)
        yield content, Said(len(words) + of_paper, together, how, share, not of_paper)


def places_in(text: str, sentence: str, phrases: Collection[str]) -> tuple[Place, ...]:
    """Return the places of a text that have one of the phrases, or a telling word of a sentence, in
    order and without overlaps of words with phrases."""
    words = written_words(text)
    found = {place[:2]: place for place in places_of_words(words, asked_words(sentence))}
    for phrase in phrases:
        for place in places_of(words, phrase):
            inside = [key for key in found if place.start <= key[0] and key[1] <= place.end]
            for key in inside:
                del found[key]
            found[place[:2]] = place
    return tuple(sorted(found.values()))


def with_texts(rows: Rows, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, each with the text read in the photo, if any, and the places of the text
    that have words of the question."""
    lines = rows.texts.lines_of([hit.shown_content for hit in hits])
    return [
        replace(
            hit,
            text=(text := lines[hit.shown_content]),
            found=tuple(place[:2] for place in places_in(text, query.all_words, query.written)),
        )
        if hit.shown_content in lines
        else hit
        for hit in hits
    ]


def _texts_with(rows: Rows, words: Sequence[str], sentence: str) -> list[tuple[int, Said]]:
    """Return the contents whose text has all the given words of a sentence. If no text has all,
    return the contents whose text has the words with wrong letters; names must match exactly, since
    "Natalia" is not "Natale"."""
    asked = AskedWords.of(words, sentence)
    found = texts_with_all(rows, asked)
    if found or rows.texts.with_words([stem(word) for word in words], 1):
        return found  # [] if too many texts have the words
    return _with_slips(rows, words, asked.people)


def texts_with_all(rows: Rows, asked: AskedWords) -> list[tuple[int, Said]]:
    """Return the contents whose text has all asked words, in any form except for names of persons;
    [] if more than MOST texts have them."""
    stemmed = [stem(word) for word in asked.words]
    texts = rows.texts.with_words(stemmed, MOST + 1)
    if _more_than(rows, MOST, texts):
        return []
    spelt = bool(texts) and asked.may_be_taken_for_others()
    return [
        (content, Said(len(stemmed), _together(lines, stemmed)))
        for content, lines in texts
        if not spelt or asked.are_among([lines])
    ]


def _with_slips(rows: Rows, words: Sequence[str], names: Collection[str]) -> list[tuple[int, Said]]:
    """Return the contents whose text has all the words, perhaps with wrong letters, and all the
    names exactly; [] for only names, for short words, or if too many texts would have to be
    compared."""
    if set(words) <= set(names):
        return []
    longest = max((look_alike(stem(word)) for word in words), key=len)
    if len(longest) < MIN_LETTERS:
        return []
    near = rows.texts.with_letters(longest, MOST_COMPARED + 1)
    if _more_than(rows, MOST_COMPARED, near):
        return []
    return [
        (content, said)
        for content, lines in near
        if set(names) <= set(words_of(lines)) and (said := _nearly(lines, words))
    ]


def _more_than(rows: Rows, most: int, texts: Sequence[tuple[int, str]]) -> bool:
    """Return whether texts are from more than `most` photos and videos."""
    if len(texts) <= most:
        return False
    frames = rows.photos.moments_of([content for content, _ in texts]).values()
    return len(texts) - len(frames) + len({frame.video for frame in frames}) > most


def _together(lines: str, words: Sequence[str]) -> bool:
    """Whether the stems `words`, all of which are in a text, stand beside each other there: within
    twice as many words as there are stems."""
    if len(words) == 1:
        return False
    text = stems(lines).split()
    firsts = (at for at, word in enumerate(text) if word in words)
    return any(set(words) <= set(text[at : at + 2 * len(words)]) for at in firsts)


def _nearly(lines: str, words: Sequence[str]) -> Said | None:
    """Return how a text has all the words, compared letter by letter; None if a word is missing."""
    text = written_words(lines)
    places = [places_of_words(text, (word,)) for word in words]
    if not all(places):
        return None
    how = max(min(place.how for place in found) for found in places)
    together = len(words) > 1 and any(
        all(any(abs(other.start - first.start) <= BESIDE for other in found) for found in places)
        for first in places[0]
    )
    return Said(len(words), together, how)
