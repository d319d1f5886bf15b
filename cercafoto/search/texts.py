"""Words that were read in photos: which contents say a phrase, and what they say of a question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import fold, is_telling, stem, stems, words_of
from cercafoto.base.written import (
    AS_ASKED,
    LEAST,
    NEARLY,
    Place,
    forms,
    places_of,
    places_of_words,
    written_words,
)
from cercafoto.labels.vocabulary import usual_words
from cercafoto.question.conditions import Saying
from cercafoto.question.query import Query
from cercafoto.results import Hit
from cercafoto.store import Store

# Texts that have all the words of a question: where more have them, they tell no photo from
# another, and comparing all of them would take longer than the rest of a search.
MOST = 500
# Texts that are compared letter by letter.
MOST_COMPARED = 100
# Texts among which a phrase that is asked for alone is looked for by its letters.
MOST_ASKED = 5_000
# What bears words. Such a word of a question says what the photo shows, and need not be written
# there; the others then are what it bears.
PAPERS = frozenset(
    stems(
        "scontrino ricevuta fattura bolletta bollettino bolla preventivo biglietto ticket carta "
        "documento foglio pagina libro giornale rivista articolo lettera busta cartolina cartello "
        "insegna targa scritta manifesto locandina poster volantino menu menù lavagna etichetta "
        "schermata screenshot schermo messaggio chat email orario tabellone tessera passaporto "
        "patente certificato contratto modulo referto ricetta appunti quaderno biglietti pacco "
        "bancomat bonifico estratto pagamento prenotazione conferma"
    ).split()
)


class Said(NamedTuple):
    """What the text of a content says of a question.

    share: of the words that it had to say, 0..1.
    words: how many of them it says.
    together: whether they stand beside each other.
    how: AS_ASKED or NEARLY.
    seen: whether the question is about what is seen alone: then these words may stand in a text by
        chance.
    """

    share: float
    words: int
    together: bool
    how: int
    seen: bool = False


def saying(store: Store, phrase: str) -> Saying:
    """Find the contents whose text says a phrase."""
    found: dict[int, int] = {}
    for form in forms(phrase):
        for content in store.contents_saying([stem(word) for word in form]):
            found[content] = AS_ASKED
    for form in forms(phrase):
        letters = look_alike("".join(form))
        if len(letters) < LEAST:
            continue
        for content, lines in store.texts_like(letters, MOST_ASKED):
            if content not in found and (places := places_of(written_words(lines), phrase)):
                found[content] = places[0].how
    nearly = frozenset(content for content, how in found.items() if how == NEARLY)
    return Saying(phrase, tuple(sorted(found)), nearly)


def said_of(store: Store, sentence: str) -> Iterator[tuple[int, Said]]:
    """Find the contents whose text has all the telling words of a sentence, or of one that names
    what bears words, at least half of the others."""
    asked = asked_words(sentence)
    needed = [word for word in asked if stem(word) not in PAPERS] or asked
    if not needed:
        return
    found = dict(_with_all(store, needed))
    seen = len(needed) == len(asked) and bool(found) and _are_usual(needed)
    for content, lines in found.items():
        yield content, _said(lines, needed, len(asked))._replace(seen=seen)
    if found or len(needed) == len(asked) or len(needed) == 1:
        return
    # "Il biglietto del treno per Siena" need not have "treno" on it.
    some: dict[int, str] = {}
    for word in needed:
        some |= dict(_with_all(store, [word]))
    for content, lines in some.items():
        said = _said(lines, needed, len(asked))
        if said.share >= 0.5:
            yield content, said


def asked_words(sentence: str) -> list[str]:
    """List the folded words of a question that a text may have: without articles and "foto"."""
    telling = (word for word in words_of(sentence) if is_telling(word) or word.isdecimal())
    return list(dict.fromkeys(telling))


def places_in(text: str, sentence: str, phrases: Collection[str]) -> tuple[Place, ...]:
    """List where a text says phrases, or has telling words of a sentence, in its order."""
    words = written_words(text)
    found = {place[:2]: place for place in places_of_words(words, asked_words(sentence))}
    for phrase in phrases:
        for place in places_of(words, phrase):
            inside = [key for key in found if place.start <= key[0] and key[1] <= place.end]
            for key in inside:
                del found[key]
            found[place[:2]] = place
    return tuple(sorted(found.values()))


def with_texts(store: Store, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """Add to each photo found what is written in it, and where that says what was asked."""
    lines = store.texts_of([hit.content_id for hit in hits])
    return [
        replace(
            hit,
            text=(text := lines[hit.content_id]),
            found=tuple(place[:2] for place in places_in(text, query.text, query.texts)),
        )
        if hit.content_id in lines
        else hit
        for hit in hits
    ]


def _with_all(store: Store, words: Sequence[str]) -> list[tuple[int, str]]:
    """List (content, lines) of the texts that have all the words; none where too many have."""
    exact = store.texts_with([stem(word) for word in words], MOST + 1)
    if exact:
        return exact if len(exact) <= MOST else []
    longest = max((look_alike(stem(word)) for word in words), key=len)
    if len(longest) < LEAST:
        return []
    near = store.texts_like(longest, MOST_COMPARED + 1)
    if len(near) > MOST_COMPARED:
        return []
    return [(content, lines) for content, lines in near if _said(lines, words, 0).share == 1]


def _are_usual(words: Collection[str]) -> bool:
    """Tell whether photos usually show what each of the words says."""
    wanted = {stem(word) for word in words}
    begins = {word[:3] for word in wanted}
    usual = (word for each in usual_words() if (word := fold(each))[:3] in begins)
    return wanted <= {stem(word) for word in usual}


def _said(lines: str, words: Sequence[str], asked: int) -> Said:
    """Compare a text with the words of a question. asked: how many these were in all."""
    text = written_words(lines)
    places = {word: places_of_words(text, (word,)) for word in words}
    had = [found for found in places.values() if found]
    how = max((min(place.how for place in found) for found in had), default=NEARLY)
    # Beside each other: as many words, and as many small ones between them.
    starts = sorted(place.start for found in had for place in found)
    number = {word.start: at for at, word in enumerate(text)}
    near = [number[start] for start in starts]
    together = len(had) > 1 and any(
        _holds(had, {text[at].start for at in range(first, min(first + 2 * len(had), len(text)))})
        for first in near
    )
    papers = asked - len(words) if asked else 0
    return Said(len(had) / len(words), len(had) + max(papers, 0), together, how)


def _holds(had: Sequence[Sequence[Place]], starts: Collection[int]) -> bool:
    return all(any(place.start in starts for place in found) for found in had)
