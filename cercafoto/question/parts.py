"""Parts of a question: "un cane sulla spiaggia" is a dog and a beach.

A sentence is cut where a preposition of place, a conjunction or a comma joins two things. "di",
"da" and a bare "a" make one thing of two words ("sala da pranzo", "maglia a righe"), a verb stays
with who does it where the sentence begins with them, and two colours stay with what has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.question.grammar.exclusion_phrases import SCENE
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens, word_set
from cercafoto.question.grammar.verbs import verbs
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, OF, key

# Kinds of question, which need confidences of their own: of one thing, of several, a sentence.
ONE, SEVERAL, SENTENCE = "one", "several", "sentence"
SENTENCE_FROM = 7  # words

# "che" begins what is said of the thing before it, "per" its purpose or the way it goes.
JOINTS = (SCENE | AND | frozenset(",;.:()") | word_set("col coi verso contro oltre")) - word_set(
    "che per durante dopo prima"
)
BARE = word_set("a ad")
ONE_THING = word_set("un uno una un'")
# Verbs after which comes another thing, whoever does it: "una donna indossa un cappello".
HAVING = word_set("ha hanno indossa indossano tiene tengono")
GERUND = ("ando", "endo")
# What stands around a thing and is none: "davanti alla casa", "in riva al mare", "in primo piano".
AROUND = (
    ARTICLES
    | OF
    | BARE
    | AND
    | word_set(
        "uno alcuni alcune altro altra altri altre suo sua suoi sue quello quella quelli quelle "
        "per lui lei li anche insieme vicino vicina vicini vicine "
        "si sta stanno essere stare andare fare "
        "mezzo mezz' fondo sfondo cima lato fianco giro lontananza destra sinistra destro sinistro "
        "primo piano alto basso aperto chiuso giu su riva volo attesa obiettivo"
    )
)
# What no photo is sought by, beside other things: "un gatto in braccio", "qualcuno".
NO_THINGS = word_set(
    "testa braccio spalla spalle schiena mano mani bocca denti piedi "
    "entrambe entrambi qualcosa qualcuno"
)
COLOURS = word_set(
    "bianco bianca bianchi bianche nero nera neri nere rosso rossa rossi rosse giallo gialla "
    "gialli gialle grigio grigia grigi grigie azzurro azzurra azzurri azzurre blu verde verdi "
    "marrone marroni rosa viola arancione arancioni beige dorato dorata dorati dorate"
)
# What is no part by itself.
NOT_ALONE = NO_THINGS | COLOURS | AROUND


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
    first = True
    for at, word in enumerate(words):
        if _joins(words, at, piece) or _is_verb_apart(words, at, piece, first):
            yield piece
            piece, first = [], first and not piece
        else:
            piece.append(word)
    yield piece


def _joins(words: Sequence[Token], at: int, piece: Sequence[Token]) -> bool:
    """Whether the word at `at` stands between two things, and belongs to neither."""
    word, after = words[at], key(words, at + 1)
    if _is_verb(words, at):
        return False
    if word.key in AND | {","} and piece and after in COLOURS:
        return False  # un cane bianco e nero
    if word.key in BARE:
        return not piece or after in ONE_THING
    return word.key in JOINTS


def _is_verb_apart(words: Sequence[Token], at: int, piece: Sequence[Token], first: bool) -> bool:
    """Whether a verb stands at `at`, and not behind what does it: "una ragazza col cane corre"."""
    word = words[at]
    if word.key.endswith(GERUND):
        return not (first and key(words, at - 1) in ("sta", "stanno"))
    if word.key in HAVING:
        return True
    return not first and _is_verb(words, at) and all(word.key != "che" for word in piece)


def _is_verb(words: Sequence[Token], at: int) -> bool:
    word = words[at]
    return word.key in verbs() or word.text.lower() == "è" or key(words, at - 1) == "si"


def _thing(words: list[Token]) -> str:
    """Join the words of a piece, without those around the thing; "" where it is none, or a colour
    alone ("una borsa viola e una marrone")."""
    while words and words[0].key in AROUND:
        words = words[1:]
    while words and words[-1].key in AROUND:
        words = words[:-1]
    if not words or words[0].key in ("scritta", "scritte"):
        return ""
    return join(words) if any(word.key not in NOT_ALONE for word in words) else ""
