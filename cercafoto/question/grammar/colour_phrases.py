"""Read phrases that ask for photos in black and white, or in colour: "in bianco e nero", "foto a
colori".

"Un cane bianco e nero" and "una matita a colori" are things that photos show, and stay text.
"""

from __future__ import annotations

from cercafoto.question.grammar.vocabulary import Lead, Phrase, Words, key

_WITHOUT = (
    ("bianco", "e", "nero"), ("bianco", "/", "nero"), ("bianco-nero",), ("bianconero",),
    ("b", "/", "n"), ("b", "&", "n"), ("bn",),
)  # fmt: skip
_INITIALS = frozenset(["b", "bn"])  # beginnings that need no "foto" before them


def read_colour(t: Words, i: int, lead: Lead) -> Phrase[bool] | None:
    """Return True if the phrase at token `i` asks for black and white, False for colour; None if it
    says nothing."""
    of_photos = lead.photos or lead.taken or lead.before == ","
    if (key(t, i), key(t, i + 1)) == ("a", "colori"):
        return Phrase(i + 2, False) if of_photos or lead.alone else None
    at = i + (key(t, i) == "in")
    for phrase in _WITHOUT:
        end = at + len(phrase)
        if tuple(key(t, n) for n in range(at, end)) == phrase:
            sure = at > i or of_photos or phrase[0] in _INITIALS
            return Phrase(end, True) if sure or (lead.alone and end == len(t)) else None
    return None
