"""Read phrases about how photos came out: "foto sfocate", "mosse o troppo scure", "nitide", "venute
male".

What photos show stays text: "mare mosso", "onde mosse", "uno sfondo sfocato", "scarpe scure".
"""

from __future__ import annotations

from collections.abc import Collection

from cercafoto.base.photo_quality import BLURRED, BRIGHT, DARK, MOVED, SHARP
from cercafoto.question.grammar.request_phrases import read_request, trailing_marks
from cercafoto.question.grammar.tokens import Token, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    IN,
    MOST_LISTED,
    OF,
    ON,
    PHOTOS,
    TAKEN,
    TO,
    Lead,
    Phrase,
    Words,
    key,
    length_of_any,
    skip,
)

_BAD = (BLURRED, MOVED, DARK, BRIGHT)
# Said of photos, which are feminine.
_SAID: dict[tuple[str, ...], tuple[str, ...]] = {
    ("fuori", "fuoco"): (BLURRED,), ("a", "fuoco"): (SHARP,), ("mal", "esposte"): (DARK, BRIGHT),
    **{(f"{word}{end}",): (quality,) for end in "ae" for word, quality in (
        ("sfocat", BLURRED), ("sfuocat", BLURRED), ("moss", MOVED), ("nitid", SHARP),
        ("sottoespost", DARK), ("sovraespost", BRIGHT),("sovrespost", BRIGHT))},
    **{("troppo", f"{word}{end}"): (quality,) for end in "ae" for word, quality in (
        ("scur", DARK), ("bui", DARK), ("chiar", BRIGHT), ("luminos", BRIGHT))},
    **{(f"{word}{end}", "male"): _BAD for end in "ae" for word in ("venut", "riuscit")},
    **{(came, f"{word}e"): (quality,) for came in ("venute", "riuscite") for word, quality in (
        ("scur", DARK), ("bui", DARK), ("chiar", BRIGHT), ("luminos", BRIGHT))},
}  # fmt: skip
_WHICH = word_set("che sono erano venute venuta riuscite riuscita quelle quella")
_NOT = word_set("non senza ne")
# Of "a fuoco", when it is a flame.
_FLAMES = word_set("lento vivo basso medio alto dolce moderato")
# Bare after another quality: "mosse e scure". "Nitide e chiare" says one thing.
_BARE = {"scure": DARK, "buie": DARK, "chiare": BRIGHT, "luminose": BRIGHT}
# With these words things come that "sfocate" may be said of: "foto delle luci", "con le mani".
_OF_OTHERS = word_set("delle alle nelle sulle dalle le con col coi senza due tre tante molte")
# What follows these is one thing, or masculine.
_OF_ONE = word_set(
    "del dello della dell' dei degli al allo alla all' ai agli nel nello nella nell' "
    "nei negli sul sullo sulla sull' sui sugli il lo la l' i gli un uno una un'"
)
_FEMININE = ("zioni", "sioni", "gioni", "trici")
# Feminine plurals that do not end in "e".
_FEMININE_WORDS = word_set(
    "auto moto bici foto citta luci navi mani chiavi notti croci voci reti pareti madri mogli nubi "
    "volpi tigri api valli torri radici carni vesti ali armi dita uova braccia labbra"
)
# They are photos, and masculine.
PORTRAITS = word_set("ritratto ritratti autoritratto autoritratti selfie")
# These are rough, not blurred.
_WATERS = word_set("acque acqua onde onda")


def read_quality(t: Words, i: int, lead: Lead) -> Phrase[tuple[str, ...]] | None:
    """Return the qualities that the phrase at token `i` asks for, one of which a photo must have;
    None if it asks for none."""
    start = _start(t, i)
    of_photos = lead.photos or lead.taken or lead.before in ("", ",") or _is_denied(t, i)
    # What was denied was looked for before: "foto non troppo scure".
    if lead.before in _WATERS | _NOT:
        return None
    qualities, end, at = list[str](), i, start
    while len(qualities) < MOST_LISTED and (length := _length(t, at, qualities)):
        said = tuple(key(t, at + n) for n in range(length))
        qualities += _SAID.get(said) or _bare(said[0], qualities)
        end = at + length
        at = end + (key(t, end) in AND | {","})
        if at == end:
            break
    if not qualities or (of_photos and _is_seen(t, i, end, lead)):
        return None
    if not of_photos and not (end == trailing_marks(t) and _agrees_with_photos(t, i)):
        return None
    return Phrase(end, tuple(dict.fromkeys(qualities)))


def as_of_photos(t: Words, is_too: bool = False) -> list[Token]:
    """Return words in which a portrait is a photo, as what is said of it is said of the photo:
    "foto sfocata" for "ritratto sfocato".

    is_too: whether "foto troppo scura" is returned for "ritratto scuro", as of "ritratto non
        scuro".
    """
    of_photos, is_portrait = list[Token](), False
    for word in t:
        if word.key in PORTRAITS:
            word, is_portrait = word._replace(key="foto"), True
        elif is_portrait and word.key[-1:] in ("o", "i"):
            word = word._replace(key=word.key[:-1] + ("a" if word.key.endswith("o") else "e"))
            if is_too and f"{word.key[:-1]}e" in _BARE and of_photos[-1].key in PHOTOS:
                of_photos.append(word._replace(key="troppo"))
        of_photos.append(word)
    return of_photos


def _length(t: Words, i: int, qualities: Collection[str]) -> int:
    """Return how many words the quality at `i` has, after other ones; 0 if there is none."""
    if (length := length_of_any(t, i, _SAID)) and key(t, i + length - 1) == "fuoco":
        return 0 if key(t, i) == "a" and key(t, i + length) in _FLAMES else length
    return length or bool(key(t, i - 1) in AND and _bare(key(t, i), qualities))


def _bare(word: str, qualities: Collection[str]) -> tuple[str, ...]:
    """Return the quality of a word that says one only after other qualities; () if it says none."""
    quality = _BARE.get(word)
    if quality is None or not qualities or (SHARP in qualities and quality != BRIGHT):
        return ()
    return (SHARP,) if SHARP in qualities else (quality,)


def _is_seen(t: Words, i: int, end: int, lead: Lead) -> bool:
    """Whether a phrase that does not follow "foto" describes what comes after it, or is itself a
    thing: "nitide montagne", "mosse di karate"."""
    said = lead.photos or lead.taken or _is_denied(t, i)
    return not said and key(t, end) not in {"", ","} | AND | PHOTOS | TAKEN


def _agrees_with_photos(t: Words, i: int) -> bool:
    """Whether the words at `i`, behind things, can only be said of the photos with which a question
    begins: "foto del mare nitide", "foto di gatti sfocate"; not "foto di onde mosse", of waves, nor
    "foto con lo sfondo fuori fuoco"."""
    start = _start(t, i)
    # "foto di una casa a fuoco"
    return key(t, start) != "a" and is_of_several(t, start) and is_said_of_photos(t, i)


def is_said_of_photos(t: Words, i: int) -> bool:
    """Whether a feminine plural at `i`, behind things, can only be said of the photos with which a
    question begins; see `_agrees_with_photos`."""
    begin = max(read_request(t), 2)
    link = next((n for n in range(1, begin + 1) if key(t, n - 1) in PHOTOS), i)
    if key(t, link) not in OF | IN | TO | ON | TAKEN or link + 1 >= i:
        return False
    return not any(_may_agree(t, n) for n in range(link, i))


def _may_agree(t: Words, i: int) -> bool:
    """Whether the word at `i` may be a feminine plural, or begins one: "luci", "delle"."""
    word = key(t, i)
    if word in _OF_OTHERS:
        return True
    if word in AND | OF | IN | TO | ON or key(t, i - 1) in _OF_ONE or t[i].is_name:
        return False
    return word in _FEMININE_WORDS or word.endswith(("e", *_FEMININE))


def is_of_several(t: Words, i: int) -> bool:
    """Whether the words at `i` say a quality of several photos: "mosse", "troppo scure", but not
    "mossa", as a boat is."""
    words = [key(t, i + n) for n in range(length_of_any(t, i, _SAID))]
    return bool(words) and not any(word.endswith("a") and word != "a" for word in words)


def _is_denied(t: Words, i: int) -> bool:
    """Whether the words at `i` come after "non" and are said of several photos."""
    return key(t, i - 1) in _NOT and is_of_several(t, _start(t, i))


def _start(t: Words, i: int) -> int:
    """Return where the quality begins, behind "che sono" or the like at `i`."""
    at = i if length_of_any(t, i, _SAID) else skip(t, i, _WHICH)
    return at - 1 if at > i and length_of_any(t, at - 1, _SAID) else at  # "venute male"
