"""Labels that a question asks for, as the archive spells them: "Gatti" is the label "gatto"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cercafoto.archive.archive import Rows
from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold, is_telling, stem, stems, words_of
from cercafoto.errors import UsageError
from cercafoto.question.grammar.tokens import tidy
from cercafoto.question.spelling import is_slip

SUGGESTED = 5  # labels that are named where none fits
ALL_OF_THEM = "Quelle che ci sono le elenca «cercafoto stato»."

# From the strictest to the loosest: how two names may be the same.
_AS: tuple[Callable[[str], str], ...] = (str, fold, stems)


def spelt_as_known(rows: Rows, names: Sequence[str]) -> tuple[str, ...]:
    """Find the label of the archive that each name means, the first in order where several fit.

    Raises UsageError for a name that no label is called by, or anything like it.
    """
    if not names:
        return ()
    known = rows.labels.names()
    return tuple(_spelt(tidy(name), known) for name in names)


def _spelt(name: str, known: Sequence[str]) -> str:
    for same in _AS:
        for label in known:
            if same(label) == same(name):
                return label
    raise no_such_label(name, known)


def no_such_label(name: str, known: Sequence[str]) -> UsageError:
    """Say that no photo bears a label, and which of those that there are may be meant."""
    if not known:
        return UsageError(
            "Nessuna foto ha ancora etichette.",
            "Per darle a tutte: cercafoto tag --labels predefinite",
        )
    near = [label for label in known if _is_near(name, label)]
    hint = f"Forse: {', '.join(map(printable, near[:SUGGESTED]))}." if near else ALL_OF_THEM
    return UsageError(f"Nessuna foto ha l'etichetta «{printable(name)}».", hint)


def _is_near(name: str, label: str) -> bool:
    """Whether a word of one is a word of the other, or one slip away from it."""
    return any(
        stem(one) == stem(other) or (len(one) > 3 and is_slip(one, other))
        for one in filter(is_telling, words_of(name))
        for other in words_of(label)
    )
