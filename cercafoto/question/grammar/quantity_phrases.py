"""Read how many photos are asked for: "5 foto di gatti", "mostrami un paio di foto", but not "un
muro con 5 foto"."""

from __future__ import annotations

from cercafoto.question.grammar.request_phrases import PICTURES, only_asks
from cercafoto.question.grammar.vocabulary import IN, OF, TAKEN, TO, Phrase, Words, count, key

ABOUT = {"paio": 2, "decina": 10, "dozzina": 12, "quindicina": 15, "ventina": 20, "trentina": 30,
         "cinquantina": 50}  # fmt: skip
# Words that may follow the photos asked for. After another word, the photos are a thing that a
# photo shows: "4 foto appese al muro".
FOLLOWING = OF | IN | TO | TAKEN | {"", "con", "senza", "dove", "che", "quando", "piu", ",", "?"}
MOST_ASKING = 12  # words that only ask, before the number: "vorrei rivedere, per favore,"


def read_quantity(t: Words, i: int, before: Words) -> Phrase[int] | None:
    """Return how many photos the phrase at token `i` asks for; it ends before "foto" and the like.
    None if it does not say, or if the words `before` it do more than ask."""
    at = i + (key(t, i) in ("un", "una"))
    if at > i and key(t, at + 1) != "di":
        return None
    number = ABOUT.get(key(t, at), 0) if at > i else count(key(t, i))
    end = at + 1 + (at > i)
    if not number or key(t, end) not in PICTURES or key(t, end + 1) not in FOLLOWING:
        return None
    asks = len(before) <= MOST_ASKING and only_asks(before)
    return Phrase(end, number) if asks else None
