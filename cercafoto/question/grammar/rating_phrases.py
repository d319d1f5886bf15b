"""Read phrases that name a rating: "con 5 stelle", "almeno quattro stelle", "da 3 stelle in su".

These are stars given to a photo. Stars that a photo shows stay text: "un albergo a 5 stelle", "un
cielo con tre stelle".
"""

from __future__ import annotations

from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import IN, Lead, Phrase, Words, count, key, length_of_any

MOST = 5
# Things that have stars themselves.
STARRED = word_set(
    "hotel albergo alberghi resort ristorante ristoranti cielo notte bandiera bandiere maglia "
    "maglietta cappello logo divisa generale bottiglia etichetta scudo stemma insegna"
)
# Words after "stelle" that say where or of what kind these are.
SEEN = word_set(
    "su sul sullo sull' sulla sugli sui sulle marine marina alpine alpina filanti cadenti cadente "
    "cielo mare carta natale neve luminose rosse gialle bianche"
)
AT_LEAST = (("almeno",), ("minimo",), ("non", "meno", "di"))
MORE_THAN = (("piu", "di"), ("oltre",))
FROM_UP = (("in", "su"), ("o", "piu"))


def read_rating(t: Words, i: int, lead: Lead) -> Phrase[int] | None:
    """Return the least number of stars, 1 to 5, that the phrase at token `i` asks for; None if it
    asks for none."""
    if lead.before in STARRED:
        return None
    by = key(t, i) if key(t, i) in ("con", "da", "a", "di", "valutate", "votate") else ""
    at = i + bool(by)
    at_least = length_of_any(t, at, AT_LEAST)
    more = 0 if at_least else length_of_any(t, at, MORE_THAN)
    at += at_least + more
    number = count(key(t, at))
    end = at + 1
    if key(t, end) == "o" and count(key(t, end + 1)) > number:
        end += 2  # "4 o 5 stelle"
    if not number or key(t, end) not in ("stelle", "stella", "stelline"):
        return None
    of_photos = lead.photos or lead.before in ("", ",")
    if by in ("da", "a", "di", "") and not (of_photos or at_least or more):
        return None
    if not (of_photos or at_least or more) and not key(t, at).isdigit():
        return None  # "un cappello con tre stelle"
    if key(t, at) in ("una", "un", "uno") and not (lead.photos or at_least):
        return None
    end += 1
    end += length_of_any(t, end, FROM_UP)
    stars = number + bool(more)
    return Phrase(end, stars) if 1 <= stars <= MOST and not _is_seen(t, end) else None


def _is_seen(t: Words, end: int) -> bool:
    """Whether the words at `end`, after "stelle", mean stars that are seen in the photo, not a
    rating: "stelle marine", "stelle nel cielo"."""
    word, after = key(t, end), key(t, end + 1)
    return word in SEEN or (word in IN | {"di"} and after in SEEN)
