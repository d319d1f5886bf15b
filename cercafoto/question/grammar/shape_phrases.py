"""Read phrases that name the shape of photos: "foto verticali", "in orizzontale".

The shape of things stays text: photos show "righe verticali".
"""

from __future__ import annotations

from cercafoto.question.grammar.vocabulary import PHOTOS, Lead, Phrase, Words, key
from cercafoto.question.values import HORIZONTAL, SQUARE, VERTICAL

NAMES = {
    "verticale": VERTICAL, "verticali": VERTICAL, "orizzontale": HORIZONTAL,
    "orizzontali": HORIZONTAL, "quadrata": SQUARE, "quadrate": SQUARE, "quadrato": SQUARE,
    "quadrati": SQUARE,
}  # fmt: skip
# Words for photos, also by what they show.
PICTURES = PHOTOS | {"ritratti", "panorami", "selfie", "autoscatti"}
MOST_BEFORE = 2  # words before a final "in verticale"; a longer sentence describes a scene
SHAPE_OF = ("formato", "orientamento")


def read_shape(t: Words, i: int, lead: Lead) -> Phrase[str] | None:
    """Return the shape that the phrase at token `i` names, one of SHAPES; None for none."""
    word, after = key(t, i), key(t, i + 1)
    many = word in ("verticali", "orizzontali", "quadrate")
    if word in NAMES and (lead.before in PICTURES or (many and not lead.before and len(t) == 1)):
        return Phrase(i + 1, NAMES[word])
    if word == "in" and after in ("verticale", "orizzontale"):
        last = i + 2 == len(t) and i <= MOST_BEFORE  # but not "gira la tavola in verticale"
        return Phrase(i + 2, NAMES[after]) if lead.photos or not lead.before or last else None
    at = i + (word in ("in", "con", "di"))
    if key(t, at) in SHAPE_OF and key(t, at + 1) in NAMES:
        return Phrase(at + 2, NAMES[key(t, at + 1)])
    return None
