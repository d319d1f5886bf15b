"""Split a question into the things that it names: "un cane sulla spiaggia" is a dog and a beach.

A sentence is split at prepositions of place, conjunctions and commas. "Di", "da" and a bare "a" do
not split: they make one thing of two words ("sala da pranzo", "maglia a righe"). At the beginning
of a sentence a verb stays with its subject, and two colours stay with the thing that has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.question.grammar.exclusion_phrases import SCENE
from cercafoto.question.grammar.listed_words import verbs
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, COLOURS, NUMBERS, OF, SOME, key

# Kinds of question: one thing, several things, a sentence. Each has a confidence curve of its own.
ONE, SEVERAL, SENTENCE = "one", "several", "sentence"
SENTENCE_FROM = 7  # words
MOST_PARTS = 20  # each is searched for on its own

# Words at which a sentence is split. Not at "che", which begins a clause about the thing before it,
# nor at "per", which says its purpose or direction.
JOINTS = (SCENE | AND | frozenset(",;.:()") | word_set("col coi verso contro oltre")) - word_set(
    "che per durante dopo prima"
)
BARE = word_set("a ad")
# Verbs whose object is another thing: "una donna indossa un cappello".
HAVING = word_set("ha hanno indossa indossano tiene tengono")
GERUND = ("ando", "endo")
# Words around a thing that name nothing: "davanti alla casa", "in riva al mare", "in primo piano".
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
# Words that do not count as a thing beside others: "un gatto in braccio", "qualcuno".
NO_THINGS = word_set(
    "testa braccio spalla spalle schiena mano mani bocca denti piedi "
    "entrambe entrambi qualcosa qualcuno noi voi siamo eravamo tutti tutte"
) | frozenset(NUMBERS)
# Words that are not a part unless another word stands with them.
NOT_ALONE = NO_THINGS | COLOURS | AROUND


def parts_of(sentence: str) -> tuple[str, ...]:
    """Return the things that a sentence names, without articles, in order; () if fewer than two.
    After MOST_PARTS the others are left out."""
    parts = tuple(dict.fromkeys(filter(None, map(_thing, _pieces(tokens(tidy(sentence)))))))
    return parts[:MOST_PARTS] if len(parts) > 1 else ()


def kind_of(sentence: str, parts: Sequence[str]) -> str:
    """Return the kind of a question: ONE, SEVERAL or SENTENCE.

    parts: the things that the question names, see `parts_of`.
    """
    if len(sentence.split()) >= SENTENCE_FROM:
        return SENTENCE
    return SEVERAL if parts else ONE


def _pieces(words: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the words between two splits of a sentence; [] where no words are between them."""
    piece: list[Token] = []
    first, in_clause = True, False
    for at, word in enumerate(words):
        if _joins(words, at, piece) or _splits_as_verb(words, at, first, in_clause):
            yield piece
            piece, first, in_clause = [], first and not piece, False
        else:
            piece.append(word)
            in_clause = in_clause or word.key == "che"
    yield piece


def _joins(words: Sequence[Token], at: int, piece: Sequence[Token]) -> bool:
    """Whether the word at `at` joins two things, so that the sentence is split there.

    piece: the words since the last split.
    """
    word, after = words[at], key(words, at + 1)
    if _is_verb(words, at):
        return False
    if word.key in AND | {","} and piece and after in COLOURS:
        return False  # un cane bianco e nero
    if word.key in BARE:
        return not piece or after in SOME
    return word.key in JOINTS


def _splits_as_verb(words: Sequence[Token], at: int, first: bool, in_clause: bool) -> bool:
    """Whether a sentence is split at the word at `at` because it is a verb ("una ragazza col cane
    corre"). Before the first split, and after "che", a verb stays with its subject, unless it is in
    HAVING or a gerund without "sta".

    first: whether no words were split off yet.
    in_clause: whether "che" stands since the last split.
    """
    word = words[at]
    if word.key.endswith(GERUND):
        return not (first and key(words, at - 1) in ("sta", "stanno"))
    if word.key in HAVING:
        return True
    return not (first or in_clause) and _is_verb(words, at)


def _is_verb(words: Sequence[Token], at: int) -> bool:
    word = words[at]
    return word.key in verbs() or word.text.lower() == "è" or key(words, at - 1) == "si"


def _thing(words: list[Token]) -> str:
    """Return the thing that a piece of a sentence names, without the words around it; "" if it
    names nothing, or only a colour ("una borsa viola e una marrone")."""
    named = [at for at, word in enumerate(words) if word.key not in AROUND]
    words = words[named[0] : named[-1] + 1] if named else []
    if not words or words[0].key in ("scritta", "scritte"):
        return ""
    return join(words) if any(word.key not in NOT_ALONE for word in words) else ""
