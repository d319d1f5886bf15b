"""Read phrases about how photos came out: "foto sfocate", "mosse o troppo scure", "nitide", "venute
male".

What photos show stays text: "mare mosso", "onde mosse", "uno sfondo sfocato", "scarpe scure".
"""

from __future__ import annotations

from collections.abc import Collection

from cercafoto.base.photo_quality import BLURRED, BRIGHT, DARK, MOVED, SHARP
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    MOST_LISTED,
    PHOTOS,
    TAKEN,
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
}  # fmt: skip
_WHICH = word_set("che sono erano venute venuta riuscite riuscita quelle quella")
_NOT = word_set("non senza ne")
# Of "a fuoco", when it is a flame.
_FLAMES = word_set("lento vivo basso medio alto dolce moderato")
# Bare after another quality: "mosse e scure". "Nitide e chiare" says one thing.
_BARE = {"scure": DARK, "buie": DARK, "chiare": BRIGHT, "luminose": BRIGHT}
# These are rough, not blurred.
_WATERS = word_set("acque acqua onde onda")


def read_quality(t: Words, i: int, lead: Lead) -> Phrase[tuple[str, ...]] | None:
    """Return the qualities that the phrase at token `i` asks for, one of which a photo must have;
    None if it asks for none."""
    start = i if length_of_any(t, i, _SAID) else skip(t, i, _WHICH)
    of_photos = lead.photos or lead.taken or lead.before in ("", ",") or _is_denied(t, i)
    # What was denied was looked for before: "foto non troppo scure".
    if not of_photos or lead.before in _WATERS | _NOT:
        return None
    qualities, end, at = list[str](), i, start
    while len(qualities) < MOST_LISTED and (length := _length(t, at, qualities)):
        said = tuple(key(t, at + n) for n in range(length))
        qualities += _SAID.get(said) or _bare(said[0], qualities)
        end = at + length
        at = end + (key(t, end) in AND | {","})
        if at == end:
            break
    if not qualities or _is_seen(t, i, end, lead):
        return None
    return Phrase(end, tuple(dict.fromkeys(qualities)))


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


def is_of_several(t: Words, i: int) -> bool:
    """Whether the words at `i` say a quality of several photos: "mosse", "troppo scure", but not
    "mossa", as a boat is."""
    length = length_of_any(t, i, _SAID)
    return length > 0 and not key(t, i + length - 1).endswith("a")


def _is_denied(t: Words, i: int) -> bool:
    """Whether the words at `i` come after "non" and are said of several photos."""
    return key(t, i - 1) in _NOT and is_of_several(t, skip(t, i, _WHICH))
