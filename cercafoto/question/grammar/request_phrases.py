"""Find the words of a sentence that only ask: "mostrami le foto di", "quante foto ho di", "hai
delle foto di quando siamo andati". They say nothing about what a photo shows. The table
`request_phrases.txt` has them, by their role."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    HOURS,
    IN,
    MOST_SMALL,
    OF,
    ON,
    SEASONS,
    SOME,
    TAKEN,
    TO,
    Words,
    key,
    skip,
)

HOW_MANY = ARTICLES | word_set(
    "tutte tutti delle dei qualche alcune alcuni altre mie miei nostre nostri tue mia nostra quelle"
)
THE = word_set("la l'")
OF_WHOM = word_set("mie nostre miei nostri")
# Words for photos that mean nothing else, unlike "uno scatto di corsa", "un ricordo di Parigi".
PICTURES = word_set("foto fotografia fotografie immagine immagini scatti")
SHOWING = word_set("mostrano mostra ritraggono ritrae raffigurano contengono rappresentano")
# "Foto e video di Ugo": all files.
VIDEOS = word_set("video filmati")
# Words that after "foto di" name a kind of photo, not what it shows.
KINDS = word_set("gruppo classe squadra copertina profilo scena tessera scuola epoca altri")
MANY = word_set("quanti quante")
# Between "foto e" and "video".
BEFORE_OTHER = HOW_MANY | MANY | word_set("solo soltanto solamente anche pure")
# "Quanti anni", "quante volte" ask for another number than that of photos.
UNITS = word_set("anni mesi giorni ore volte soldi euro chili chilometri km metri")
QUESTION_MARKS = frozenset("?!")


def read_count(t: Words) -> int:
    """Return where words end that ask how many photos there are ("quante foto ho di"); 0 if the
    sentence begins with other words."""
    at = _longest(t, 0, "asking")
    other, more = _other_kind(t, at + 2), 0
    if key(t, at) in MANY and _are_both_kinds(t, at + 1, other):
        # "quante foto e video ho di" asks as "quante foto ho di"
        counted = [t[at]._replace(key="quante"), t[at + 1]._replace(key="foto")]
        t, more = [*t[:at], *counted, *t[other + 1 :]], other - at - 1
    end = _longest(t, at, "counting")
    if end == at:
        return 0
    end = _photos(t, end) or end
    return end + more + (key(t, end) in OF | {"con"})


def read_how_many(t: Words) -> tuple[int, int, int]:
    """Return where "quanti" ends, and where "ci sono" or the like behind a thing begins and ends:
    "quanti gatti ci sono sul divano". (0, 0, 0) if the sentence begins with other words."""
    at = _longest(t, 0, "asking")
    if key(t, at) not in MANY or key(t, at + 1) in UNITS:
        return 0, 0, 0
    for begin in range(at + 2, min(at + 2 + MOST_SMALL, len(t))):
        if (end := _longest(t, begin, "counted")) > begin:
            return at + 1, begin, end
    return at + 1, at + 1, at + 1


def read_written(t: Words, i: int) -> int:
    """Return where a phrase such as "con scritto" at `i` ends, after which stands what is written
    in a photo; `i` if there is none."""
    return _longest(t, i, "written")


def read_together(t: Words, i: int) -> int:
    """Return where a phrase such as "insieme" at `i` ends; `i` if there is none."""
    return _longest(t, i, "together")


def read_request(t: Words) -> int:
    """Return where the words that only ask end; 0 if the sentence begins with other words."""
    at = _longest(t, 0, "asking")
    while further := _longest(t, at, "asking") - at:
        at += further
    about = _longest(t, at, "asking about")
    for_photos = _longest(t, at, "asking for photos")
    photos = _photos(t, at) or _photos(t, for_photos)
    if photos:
        return photos
    if for_photos > at and key(t, len(t) - 1) == "?":
        return max(for_photos, about)  # "ci sono gatti?"
    if about > at:
        return about
    return max(at, _when_we_were(t, at) or _that_time(t, at))


def before_whom(t: Words, end: int) -> int:
    """Return where a request that ends at `end`, and is the whole sentence, ends before who is
    seen: before "io" of "foto in cui ci sono io", "ci siamo" of "foto in cui ci siamo"; 0 if it
    names nobody."""
    length = {"io": 1, "siamo": 2}.get(key(t, end - 1), end)
    return end - length


def read_purpose(t: Words) -> int:
    """Return where the words begin that say at the end of a sentence what photos are for, such as
    "da stampare"; the end of the sentence if there are none."""
    end = trailing_marks(t)
    return next((i for i in range(1, end) if _longest(t, i, "purpose") == end), end)


def only_asks(t: Words) -> bool:
    """Whether these words only ask, apart from articles, commas and semicolons."""
    at = 0
    while at < len(t):
        end = max(_longest(t, at, "asking"), _longest(t, at, "asking for photos"))
        end = end if end > at else at + (key(t, at) in ARTICLES | {",", ";"})
        if end == at:
            return False
        at = end
    return True


def trailing_marks(t: Words) -> int:
    """Return where the question and exclamation marks at the end of a sentence begin."""
    end = len(t)
    while end and key(t, end - 1) in QUESTION_MARKS:
        end -= 1
    return end


def _photos(t: Words, i: int) -> int:
    """Return where a phrase such as "le foto di", "alcune immagini in cui si vede" at `i` ends; 0
    if there is none."""
    at = skip(t, i, HOW_MANY)
    if key(t, at) in VIDEOS and _are_both_kinds(t, at, other := _other_kind(t, at + 1)):
        at = other  # "i video e le foto"
    if key(t, at) == "un" and (key(t, at + 1), key(t, at + 2)) == ("po'", "di"):
        at += 3
    one = at > i and key(t, at - 1) in SOME
    if key(t, at) not in PICTURES:
        return 0
    other = _other_kind(t, at + 1)
    at = (other if _are_both_kinds(t, at, other) else at) + 1
    if key(t, at) in OF_WHOM:
        at += 1
    link, after = key(t, at), key(t, at + 1)
    if link in OF | {"con"} and after in KINDS | HOURS.keys() | SEASONS.keys():
        return 0
    if link == "di" and after == "quando":
        return _when_we_were(t, at + 1) or at + 2
    if link in OF or (link == "con" and not one):
        return at + 1
    if link == "quando":
        return _when_we_were(t, at) or at + 1
    if link == "che" and after in SHOWING:
        return at + 2
    if link in ("dove", "in", "nelle", "nella") and (link == "dove" or after in ("cui", "quali")):
        at += 1 + (link != "dove")
        return max(at, _longest(t, at, "seen there"))
    if link in TO | IN | ON and at > 1 and not (one or key(t, at - 2) in THE):
        return at
    return at if at > 1 and (at == len(t) or link in TAKEN | QUESTION_MARKS) else 0


def _other_kind(t: Words, i: int) -> int:
    """Return where the word behind "e", "e le", "e solo i" at `i` is; `i` if "e" is not there."""
    return skip(t, i + 1, BEFORE_OTHER) if key(t, i) == "e" else i


def _are_both_kinds(t: Words, i: int, other: int) -> bool:
    """Whether of the words at `i` and at `other` one means photos, and one videos."""
    one, two = key(t, i), key(t, other)
    return (one in PICTURES and two in VIDEOS) or (one in VIDEOS and two in PICTURES)


def _when_we_were(t: Words, i: int) -> int:
    """Return where a phrase such as "quando eravamo" at `i` ends; 0 if there is none."""
    begin = _longest(t, i, "that time")
    end = _longest(t, begin, "being there")
    return end if end > begin > i else 0


def _that_time(t: Words, i: int) -> int:
    """Return where "quella volta" or the like at `i` ends, with "di" behind it; 0 if it is not
    there. "Quando" alone asks only after other words that ask."""
    end = _longest(t, i, "that time")
    if end == i or (not i and key(t, i) == "quando"):
        return 0
    return end + (key(t, end) in OF)


def _longest(t: Words, i: int, name: str) -> int:
    """Return where the longest phrase at `i` of a list ends; `i` if none is there.

    name: name of the list in request_phrases.txt.
    """
    ends = (
        i + len(phrase)
        for phrase in _phrases()[name].get(key(t, i), ())
        if all(key(t, i + n) == word for n, word in enumerate(phrase))
    )
    return max(ends, default=i)


@cache
def _phrases() -> dict[str, dict[str, list[tuple[str, ...]]]]:
    """Return the lists of request_phrases.txt: name -> first word -> phrases."""
    result: dict[str, dict[str, list[tuple[str, ...]]]] = {}
    for name, phrases in read_phrase_lists(Path(__file__).with_suffix(".txt")).items():
        by_first = result[name] = {}
        for phrase in phrases:
            words = tuple(phrase.split())
            by_first.setdefault(words[0], []).append(words)
    return result
