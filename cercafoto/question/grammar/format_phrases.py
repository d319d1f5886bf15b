"""Read phrases that name the format of files: "in formato raw", "foto jpeg", "file png"."""

from __future__ import annotations

from cercafoto.question.grammar.vocabulary import PHOTOS, Lead, Phrase, Words, key, skip
from cercafoto.question.values import FORMATS, SAME_FORMAT

NAMES = frozenset(name.lower() for name in (*FORMATS, *SAME_FORMAT))
FILES = PHOTOS | {"file", "formato"}


def read_format(t: Words, i: int, lead: Lead) -> Phrase[str] | None:
    """Return the format that the phrase at token `i` names, in lower case; None for none."""
    at = skip(t, i, ("in", "di", "con", "i", "dei", "file", "formato"))
    named = at > i
    if key(t, at) == ".":
        at += 1
    name = key(t, at)
    if name not in NAMES:
        return None
    named = named or lead.before in FILES or (not lead.before and at + 1 == len(t))
    return Phrase(at + 1, name) if named and _is_meant(t, i, at) else None


def _is_meant(t: Words, i: int, at: int) -> bool:
    """Whether the name at `at` means a format, in a phrase that begins at `i`: it is the whole
    phrase, or the word before it is like "in" ("in raw", but not "di gif")."""
    return at == i or key(t, at - 1) in ("in", "file", "formato", ".")
