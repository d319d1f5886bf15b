"""Read phrases that name a lens: "con il 50 mm", "obiettivo 24-70", "fatte con l'85mm"."""

from __future__ import annotations

import re

from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    MADE,
    TAKEN,
    Context,
    Phrase,
    Words,
    key,
    skip,
)
from cercafoto.question.lens_names import lens_meant

LENSES = word_set("obiettivo zoom")
ONE = word_set("un uno una")
_RANGE = re.compile(r"\d{1,4}-\d{1,4}(mm)?")
_FOCAL = re.compile(r"\d{1,4}mm")


def read_lens(t: Words, i: int, context: Context) -> Phrase[int | str] | None:
    """Return the lens that the phrase at token `i` names; None if it names none. A length names a
    lens only after "con il", "obiettivo" or "foto", or as the whole question: a photo shows "un
    chiodo da 50 mm"."""
    at = i + (key(t, i) in TAKEN | MADE)
    said = key(t, at) in ("con", "col")
    at += said
    at = skip(t, at, ARTICLES) if said else at
    named = key(t, at) in LENSES
    at += named
    at += named and key(t, at) in ("da", "di")
    name, end = _length(t, at)
    if not name or not (said or named or context.photos or (i == 0 and end == len(t))):
        return None
    if named and not said and context.before in ONE:
        return None  # "un obiettivo da 50 mm su un tavolo": a photo shows it
    if not (named or _RANGE.fullmatch(name) or _FOCAL.fullmatch(name)):
        return None  # "con il 50" may be anything
    if _RANGE.fullmatch(name) and not (said or named or name.endswith("mm")):
        return None  # "foto 24-70"
    return Phrase(end, lens_meant(name))


def _length(t: Words, at: int) -> tuple[str, int]:
    """Return the focal length at token `at` as one word ("50", "50mm", "24-70mm"), and the index
    after it; ("", at) if there is none."""
    name, end = "", at
    while end < len(t) and len(name) < 9 and (not name or t[end].glued):
        name, end = name + t[end].key, end + 1
    if key(t, end) == "mm":
        name, end = f"{name}mm", end + 1
    return (name, end) if re.fullmatch(r"\d{1,4}(-\d{1,4})?(mm)?", name) else ("", at)
