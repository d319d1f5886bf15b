"""Read phrases that name a lens: "con il 50 mm", "obiettivo 24-70", "fatte con l'85mm"."""

from __future__ import annotations

import re

from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    MADE,
    MOST_LISTED,
    TAKEN,
    Lead,
    Phrase,
    Words,
    key,
    skip,
)
from cercafoto.question.lens_names import lens_meant

LENSES = word_set("obiettivo zoom")
ONE = word_set("un uno una")
WITH = word_set("con col")
MARKS = frozenset(",;:.?!")
_RANGE = re.compile(r"\d{1,4}-\d{1,4}(mm)?")
_FOCAL = re.compile(r"\d{1,4}mm")


def read_lenses(t: Words, i: int, lead: Lead) -> Phrase[tuple[int | str, ...]] | None:
    """Return the lenses that the phrase at token `i` names, of which a photo has one: "con il 50mm
    o il 35mm". None if it names none. A length names a lens only after "con il", "obiettivo" or
    "foto", or as the whole question: a photo shows "un chiodo da 50 mm"."""
    at = i + (key(t, i) in TAKEN | MADE)
    said = key(t, at) in WITH
    at += said
    at = skip(t, at, ARTICLES) if said else at
    named = key(t, at) in LENSES
    at += named
    at += named and key(t, at) in ("da", "di")
    names, end = _lengths(t, at)
    if not names or not (said or named or lead.photos or (i == 0 and end == len(t))):
        return None
    if named and not said and lead.before in ONE:
        return None  # "un obiettivo da 50 mm su un tavolo": a photo shows it
    if not (named or any(_RANGE.fullmatch(name) or _FOCAL.fullmatch(name) for name in names)):
        return None  # "con il 50" may be anything
    if not (said or named or any(name.endswith("mm") for name in names)):
        return None  # "foto 24-70"
    return Phrase(end, tuple(dict.fromkeys(map(lens_meant, names))))


def _lengths(t: Words, at: int) -> tuple[list[str], int]:
    """Return the focal lengths of a list at token `at`, and the index after it."""
    name, end = _length(t, at)
    names = [name] if name else []
    while names and len(names) < MOST_LISTED and key(t, end) in AND | {","}:
        begin = end + 1 + (key(t, end + 1) in WITH)
        begin = skip(t, begin, ARTICLES | LENSES | {"da", "di"})
        name, after = _length(t, begin)
        if not name or not (name.endswith("mm") or _RANGE.fullmatch(name)):
            break
        names.append(name)
        end = after
    return names, end


def _length(t: Words, at: int) -> tuple[str, int]:
    """Return the focal length at token `at` as one word ("50", "50mm", "24-70mm"), and the index
    after it; ("", at) if there is none."""
    name, end = "", at
    while end < len(t) and len(name) < 9 and t[end].key not in MARKS and (not name or t[end].glued):
        name, end = name + t[end].key, end + 1
    if key(t, end) == "mm":
        name, end = f"{name}mm", end + 1
    return (name, end) if re.fullmatch(r"\d{1,4}(-\d{1,4})?(mm)?", name) else ("", at)
