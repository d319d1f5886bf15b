"""Read phrases that ask for photos without some data: "prive di data", "che non hanno né data né
luogo", "in nessuna raccolta", "non geolocalizzate". "senza data" is read as an exclusion, see
`kind_excluded`.

"Senza persone" and "senza cani" are about what a photo shows, and so are the stars of "un cielo
senza stelle" and the label of "una bottiglia senza etichetta".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.question.grammar.exclusion_phrases import LISTS
from cercafoto.question.grammar.rating_phrases import STARRED
from cercafoto.question.grammar.tokens import Token, fold, join, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    MOST_LISTED,
    OF,
    PHOTOS,
    Phrase,
    Words,
    key,
    skip,
)

ANY = ARTICLES | word_set("alcun alcuna alcuno nessun nessuna nessuno nessun'")
NOT_HAVING = (
    ("privo", "di"), ("priva", "di"), ("privi", "di"), ("prive", "di"), ("non", "hanno"),
    ("non", "ha"), ("cui", "manca"), ("cui", "mancano"),
)  # fmt: skip
BE = word_set("sono stanno e sta siano")
# "Foto non geolocalizzate", "che non ho ancora votato", "ancora da etichettare".
UNDONE = {"geolocalizza": "posizione", "georeferenzia": "posizione", "localizza": "posizione",
          "etichetta": "etichette", "tagga": "etichette", "vota": "stelle",
          "valuta": "stelle"}  # fmt: skip
NOT_YET = word_set("ancora mai")
HAVING = word_set("sono siano ho abbiamo hanno stata state")
EVERY = word_set("ogni tutte le qualsiasi")
LONGEST = 3  # words of a name: "nomi di persone"
# In a question with these words, what is missing is a thing that photos show.
THINGS = {
    "stelle": STARRED | word_set("cieli notti notturno notturna notturni notturne firmamento luna"),
    "etichette": word_set(
        "bottiglia bottiglie barattolo barattoli vasetto vasetti vino vini lattina lattine flacone "
        "maglietta magliette maglia maglie felpa vestito vestiti scatola scatole pacco pacchi "
        "pacchetto pacchetti valigia valigie borsa borse birra birre liquore liquori olio bibita "
        "bibite cola marmellata marmellate miele conserva conserve formaggio formaggi scaffale "
        "scaffali prodotto prodotti"
    ),
    "nomi": word_set(
        "cartello cartelli targa targhe lapide lapidi tomba tombe strada strade via piazza insegna "
        "insegne campanello campanelli citofono paese paesi"
    ),
    "titolo": word_set("libro libri quadro quadri giornale giornali copertina copertine poster"),
    "data": word_set("lapide lapidi calendario calendari scontrino scontrini lettera lettere"),
}  # fmt: skip
# Names that also mean other things, unless they are said of photos: "un paese senza nome".
ONLY_OF_PHOTOS = word_set("etichetta nome giorno stella voto voti raccolta raccolte tag")


@cache
def _kinds() -> dict[str, str]:
    """Return how people call a kind, folded -> the kind."""
    lists = read_phrase_lists(Path(__file__).with_name("missing_words.txt"))
    return {fold(name): kind for kind, names in lists.items() for name in names}


def kind_called(name: str) -> str | None:
    """Return the kind of data that a name means ("data", "GPS"), one of `missing.KINDS`; else
    None."""
    return _kinds().get(" ".join(fold(name).split()))


def kind_excluded(concept: str, before: Words, t: Words) -> str | None:
    """Return the kind of data that "senza" and a concept ask photos to lack; None if the concept is
    something that photos show.

    before: the words before "senza".
    t: all words of the question that are free.
    """
    kind = kind_called(concept)
    if kind is None or any(word.key in THINGS.get(kind, ()) for word in t):
        return None
    if fold(concept) in ONLY_OF_PHOTOS and before and before[-1].key not in PHOTOS | {","}:
        return None
    return kind


def read_missing(t: Words, i: int) -> Phrase[tuple[str, ...]] | None:
    """Return the kinds of data that the phrase at token `i` asks photos to lack; None if it asks
    for none."""
    at = i + (key(t, i) == "che")
    if end := _in_no_collection(t, at):
        return Phrase(end, ("raccolta",))
    if undone := _undone(t, at):
        return undone
    at += key(t, at) in ("a", "alle", "ai") and key(t, at + 1) in ("cui", "quali")
    if key(t, at) == "quali":
        return None
    if (key(t, at), key(t, at + 1)) not in NOT_HAVING:
        return None
    return _listed(t, at + 2)


def _undone(t: Words, i: int) -> Phrase[tuple[str, ...]] | None:
    """Return the kind of data that photos lack since nobody gave it to them: "non geolocalizzate",
    "che non ho ancora votato", "mai etichettate", "da etichettare"; else None."""
    begin = skip(t, i, NOT_YET)  # "ancora non etichettate"
    denied = key(t, begin) == "non"
    at = skip(t, begin + denied, HAVING | NOT_YET)
    denied = denied or any(word.key == "mai" for word in t[i:at])
    endings: tuple[str, ...] = ("te", "to") if denied else ()
    if key(t, at) == "da" and not denied:
        at, endings = at + 1, ("re",)
    word = key(t, at)
    kind = UNDONE.get(word[:-2], "") if word.endswith(endings) else ""
    before = key(t, i - 1)
    is_of_photos = kind == "posizione" or before in PHOTOS | {"", ",", "che"} | LISTS
    return Phrase(at + 1, (kind,)) if kind and is_of_photos else None


def _in_no_collection(t: Words, i: int) -> int:
    """Return the end of "in nessuna raccolta", "fuori dalle raccolte" or "non sono in una raccolta"
    at `i`; 0 if none is there."""
    negated = key(t, i) == "non"
    if negated:
        i += 1 + (key(t, i + 1) in BE)
    elif key(t, i) == "fuori" and key(t, i + 1) in FROM:
        at = skip(t, i + 2, EVERY)
        return at + 1 if key(t, at) in ("raccolta", "raccolte") else 0
    if key(t, i) not in ("in", "nelle"):
        return 0
    none = word_set("nessuna alcuna") | (word_set("una qualche") if negated else frozenset())
    is_named = key(t, i + 1) in none and key(t, i + 2) == "raccolta"
    return i + 3 if is_named else 0


def _listed(t: Words, i: int) -> Phrase[tuple[str, ...]] | None:
    """Return the kinds of the list that begins at `i`: "data né posizione"."""
    kinds: list[str] = []
    end, at = i, i + (key(t, i) == "ne")
    while len(kinds) < MOST_LISTED:
        at = skip(t, at, ANY | OF)
        named = _kind_at(t, at)
        if named is None:
            break
        end, kind = named
        kinds.append(kind)
        at = end + (key(t, end) == ",")
        at += key(t, at) in LISTS
        if at == end:
            break
    return Phrase(end, tuple(kinds)) if kinds else None


def _kind_at(t: Words, i: int) -> tuple[int, str] | None:
    for end in range(min(len(t), i + LONGEST), i, -1):
        words: list[Token] = list(t[i:end])
        if all(word.key for word in words) and (kind := kind_called(join(words))):
            return end, kind
    return None
