"""Read phrases that say how pictures are kept: "in bianco e nero", "foto a colori", "foto
verticali", "in formato raw".

Photos show "un cane bianco e nero", "una matita a colori" and "righe verticali", which stay text.
"""

from __future__ import annotations

from cercafoto.question.grammar.vocabulary import (
    PHOTOS,
    Lead,
    Phrase,
    Words,
    key,
    length_of_any,
    skip,
)
from cercafoto.question.values import FORMATS, HORIZONTAL, SAME_FORMAT, SQUARE, VERTICAL

_WITHOUT = (
    ("bianco", "e", "nero"), ("bianco", "/", "nero"), ("bianco-nero",), ("bianconero",),
    ("b", "/", "n"), ("b", "&", "n"), ("bn",),
)  # fmt: skip
_INITIALS = frozenset(["b", "bn"])  # beginnings that need no "foto" before them
SHAPE = {
    "verticale": VERTICAL, "verticali": VERTICAL, "orizzontale": HORIZONTAL,
    "orizzontali": HORIZONTAL, "quadrata": SQUARE, "quadrate": SQUARE, "quadrato": SQUARE,
    "quadrati": SQUARE,
}  # fmt: skip
# Words for photos, also by what they show.
PICTURES = PHOTOS | {"ritratti", "panorami", "selfie", "autoscatti"}
MOST_BEFORE = 2  # words before a final "in verticale"; a longer sentence describes a scene
SHAPE_OF = ("formato", "orientamento")
FORMAT_NAMES = frozenset(name.lower() for name in (*FORMATS, *SAME_FORMAT))
FILES = PHOTOS | {"file", "formato"}


def read_colour(t: Words, i: int, lead: Lead) -> Phrase[bool] | None:
    """Return True if the phrase at token `i` asks for black and white, False for colour; None if it
    says nothing."""
    of_photos = lead.photos or lead.taken or lead.before == ","
    if (key(t, i), key(t, i + 1)) == ("a", "colori"):
        return Phrase(i + 2, False) if of_photos or lead.alone else None
    at = i + (key(t, i) == "in")
    end = at + length_of_any(t, at, _WITHOUT)
    sure = at > i or of_photos or key(t, at) in _INITIALS
    is_said = end > at and (sure or (lead.alone and end == len(t)))
    return Phrase(end, True) if is_said else None


def read_shape(t: Words, i: int, lead: Lead) -> Phrase[str] | None:
    """Return the shape that the phrase at token `i` names, one of SHAPES; None for none."""
    word, after = key(t, i), key(t, i + 1)
    many = word in ("verticali", "orizzontali", "quadrate")
    # "Verticali", "non verticali"
    is_all = len(t) == 1 or (len(t) == 2 and key(t, 0) in ("non", "ne"))
    if word in SHAPE and (lead.before in PICTURES or (many and not lead.before and is_all)):
        return Phrase(i + 1, SHAPE[word])
    if word == "in" and after in ("verticale", "orizzontale"):
        last = i + 2 == len(t) and i <= MOST_BEFORE  # but not "gira la tavola in verticale"
        return Phrase(i + 2, SHAPE[after]) if lead.photos or not lead.before or last else None
    at = i + (word in ("in", "con", "di"))
    if key(t, at) in SHAPE_OF and key(t, at + 1) in SHAPE:
        return Phrase(at + 2, SHAPE[key(t, at + 1)])
    return None


def read_format(t: Words, i: int, lead: Lead) -> Phrase[str] | None:
    """Return the format that the phrase at token `i` names, in lower case; None for none."""
    at = skip(t, i, ("in", "di", "con", "i", "dei", "file", "formato"))
    named = at > i
    if key(t, at) == ".":
        at += 1
    name = key(t, at)
    if name not in FORMAT_NAMES:
        return None
    named = named or lead.before in FILES or (not lead.before and at + 1 == len(t))
    return Phrase(at + 1, name) if named and _is_meant(t, i, at) else None


def _is_meant(t: Words, i: int, at: int) -> bool:
    """Whether the name at `at` means a format, in a phrase that begins at `i`: it is the whole
    phrase, or the word before it is like "in" ("in raw", but not "di gif")."""
    return at == i or key(t, at - 1) in ("in", "file", "formato", ".")
