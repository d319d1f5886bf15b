"""Read phrases about what a person marked in another program: "con etichetta rossa o gialla", "le
mie foto preferite".

Labels that a photo shows stay text: "una bottiglia con l'etichetta rossa", "un'auto rossa", "le
scarpe preferite".
"""

from __future__ import annotations

from cercafoto.base.color_labels import COLORS
from cercafoto.question.grammar.missing_phrases import THINGS
from cercafoto.question.grammar.picture_phrases import PICTURES
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    FAVOURITES,
    MADE,
    MOST_LISTED,
    OF,
    PHOTOS,
    SOME,
    TAKEN,
    Lead,
    Phrase,
    Words,
    key,
    skip,
)

LABELS = word_set("etichetta etichette")
MARKED = word_set("segnate segnata contrassegnate contrassegnata marcate etichettate")
WITH = word_set("con dall' dalla dalle dall di")
MINE = word_set("mie nostre miei nostri")
AMONG = word_set("fra tra solo soltanto")
_ENDS = {**{name: name for name in COLORS}, "rossa": "rosso", "rosse": "rosso", "gialla": "giallo",
         "gialle": "giallo", "verdi": "verde", "grigia": "grigio", "grigie": "grigio",
         "nera": "nero", "nere": "nero", "bianca": "bianco", "bianche": "bianco",
         "arancioni": "arancione"}  # fmt: skip


def read_color_label(t: Words, i: int, lead: Lead) -> Phrase[tuple[str, ...]] | None:
    """Return the colours of labels that the phrase at token `i` asks for, one of which a photo must
    have; None if it asks for none."""
    if key(t, i) in MARKED and key(t, i + 1) in ("in", "di", "con", "come"):
        of_photos = lead.photos or any(word.key in PICTURES for word in t[:i])
        if not of_photos and lead.before not in ("", ","):
            return None  # "piste segnate in nero"
        at = i + 2
    else:
        at = i + (key(t, i) in WITH)
        said = at > i or key(t, i - 1) == "senza"
        if key(t, at) in SOME and not lead.photos:
            return None  # "una scatola con un'etichetta rossa"
        at = skip(t, at, ARTICLES)
        if key(t, at) not in LABELS or not (said or lead.photos or lead.before in ("", ",")):
            return None
        at += 1
    colors, end = list[str](), at
    while len(colors) < MOST_LISTED and (name := _ENDS.get(key(t, at))):
        colors.append(name)
        end = at + 1
        at = end + (key(t, end) in AND | {","})
        at += key(t, at) in LABELS and _ENDS.get(key(t, at + 1)) is not None
        if at == end:
            break
    if not colors or any(word.key in THINGS["etichette"] for word in t):
        return None
    return Phrase(end, tuple(dict.fromkeys(colors)))


def read_favourites(t: Words, i: int, lead: Lead) -> Phrase[int] | None:
    """Return 5, the stars of favourites, if the phrase at token `i` asks for the favourite photos;
    else None."""
    among = key(t, i) in AMONG
    at = skip(t, i + among, ARTICLES | MINE | PHOTOS if among else ARTICLES | MINE)
    is_apart = among or lead.before in ("", ",")
    # "mare, preferite", "solo preferite", "preferite di Kira"
    ends = key(t, at) == "preferite" and key(t, at + 1) in {"", ","} | OF
    is_theirs = lead.photos or (is_apart and (at > i + among or ends or len(t) == 1))
    if key(t, at) not in FAVOURITES or not is_theirs or key(t, at + 1) in TAKEN | MADE:
        return None
    return Phrase(at + 1, 5)
