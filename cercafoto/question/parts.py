"""Parts of a question: "un cane sulla spiaggia" is a dog and a beach.

A sentence is cut where a preposition of place, a conjunction or a comma joins two things; "di" and
"da" make one thing of two words ("sala da pranzo"), a verb stays with who does it, and two colours
with what has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.question.grammar.exclusion_phrases import SCENE
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, OF, key

# Kinds of question, which need confidences of their own: of one thing, of several, a sentence.
ONE, SEVERAL, SENTENCE = "one", "several", "sentence"
SENTENCE_FROM = 7  # words

# "che" begins what is said of the thing before it, and so do the words of time.
JOINTS = (SCENE | AND | word_set("col coi")) - word_set("che mentre per durante dopo prima")
MARKS = frozenset(",;.:")
# What stands around a thing and is none: "davanti alla casa", "insieme a degli amici".
AROUND = ARTICLES | OF | word_set("insieme vicina vicini vicine quello quella quelli quelle")
# What a preposition goes with, and no photo shows by itself: "in mezzo", "in braccio", "andare in".
NO_THINGS = word_set(
    "mezzo fondo lato fianco giro braccio spalla spalle volo piedi giu su alto basso aperto chiuso "
    "riva piano testa andare stare essere fare sta stanno entrambe entrambi qualcosa qualcuno"
)
COLOURS = word_set(
    "bianco bianca bianchi bianche nero nera neri nere rosso rossa rossi rosse giallo gialla gialli "
    "gialle grigio grigia grigi grigie azzurro azzurra azzurri azzurre blu verde verdi marrone "
    "marroni rosa viola arancione arancioni beige dorato dorata dorati dorate"
)


def parts_of(sentence: str) -> tuple[str, ...]:
    """Return the things that a sentence names, without their articles, in order; none where it
    names but one."""
    parts = tuple(dict.fromkeys(filter(None, map(_thing, _pieces(tokens(tidy(sentence)))))))
    return parts if len(parts) > 1 else ()


def kind_of(sentence: str, parts: Sequence[str]) -> str:
    """Tell of what kind a question is: ONE, SEVERAL or SENTENCE."""
    if len(sentence.split()) >= SENTENCE_FROM:
        return SENTENCE
    return SEVERAL if parts else ONE


def _pieces(words: Sequence[Token]) -> Iterator[list[Token]]:
    piece: list[Token] = []
    for at, word in enumerate(words):
        two_colours = piece and word.key in AND and key(words, at + 1) in COLOURS
        if word.key in MARKS or (word.key in JOINTS and not two_colours):
            yield piece
            piece = []
        else:
            piece.append(word)
    yield piece


def _thing(words: list[Token]) -> str:
    """Join the words of a piece, without those around the thing; "" where it is none."""
    while words and words[0].key in AROUND:
        words = words[1:]
    while words and words[-1].key in AROUND:
        words = words[:-1]
    return join(words) if any(word.key not in NO_THINGS for word in words) else ""
