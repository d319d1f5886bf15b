"""Find the labels of the archive that a question asks for: "Gatti" means the label "gatto"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cercafoto.archive.archive import Rows
from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold, is_telling, stem, stems, words_of
from cercafoto.errors import UsageError
from cercafoto.question.grammar.tokens import tidy
from cercafoto.question.spelling import is_slip

SUGGESTED = 5  # most labels that an error message suggests
ALL_OF_THEM = "Quelle che ci sono le elenca «cercafoto stato»."

# Two names are the same if one of these functions gives the same for both; the strictest is first.
_FORMS: tuple[Callable[[str], str], ...] = (str, fold, stems)


def spelt_as_known(rows: Rows, names: Sequence[str]) -> tuple[str, ...]:
    """Return the label of the archive that each name means; of several, the first.

    Raises UsageError for a name that means no label.
    """
    if not names:
        return ()
    known = rows.labels.names()
    return tuple(_spelt(tidy(name), known) for name in names)


def _spelt(name: str, known: Sequence[str]) -> str:
    for form in _FORMS:
        for label in known:
            if form(label) == form(name):
                return label
    raise no_such_label(name, known)


def no_such_label(name: str, known: Sequence[str]) -> UsageError:
    """Return the error that says that no photo has a label, and suggests similar labels.

    known: all labels of the archive.
    """
    if not known:
        return UsageError(
            "Nessuna foto ha ancora etichette.",
            "Per darle a tutte: cercafoto tag --labels predefinite",
        )
    near = [label for label in known if _is_near(name, label)]
    hint = (
        f"Forse intendevi: {', '.join(map(printable, near[:SUGGESTED]))}." if near else ALL_OF_THEM
    )
    return UsageError(f"Nessuna foto ha l'etichetta «{printable(name)}».", hint)


def _is_near(name: str, label: str) -> bool:
    """Whether a name and a label share a word, or have words that are one slip apart."""
    return any(
        stem(word) == stem(other) or (len(word) > 3 and is_slip(word, other))
        for word in filter(is_telling, words_of(name))
        for other in words_of(label)
    )
