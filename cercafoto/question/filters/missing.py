"""The filter for what a photo lacks: a date, a position, labels, names of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from cercafoto.errors import UsageError
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.file_filters import RATING
from cercafoto.question.filters.filter import AskedArchive, Facet, Filter, Option, Typed
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.with_people import PEOPLE

DATE, POSITION, LABELS, KEYWORDS, TITLE, NAMES, STARS, COLLECTION = KINDS = (
    "data", "posizione", "etichette", "parole-chiave", "titolo", "nomi", "stelle", "raccolta",
)  # fmt: skip

OPTION = Option(
    "--manca",
    "missing",
    "COSA",
    "Senza data, posizione, etichette, parole-chiave, titolo, nomi, stelle o raccolta; ripetibile.",
    repeatable=True,
    completion="MISSING",
    title="Manca",
    example="data, posizione, raccolta",
)


class Lack(NamedTuple):
    """A kind of data that photos must lack, with values that SQL can compare.

    kind: one of KINDS.
    bearing: the filter that all photos with this data fulfil, and its value; None if only the SQL
        of the kind tells them.
    """

    kind: str
    bearing: tuple[Filter[Any], Any] | None = None


def _needed(which: Filter[Any]) -> Callable[[AskedArchive], Any]:
    assert which.needs is not None
    every = which.needs.every
    return lambda archive: every()


# Kind -> a filter, and the value of it that all photos with this data fulfil. "nomi" are people by
# name, of files or of faces; that a photo shows somebody is no name.
_BEARING: dict[str, tuple[Filter[Any], Callable[[AskedArchive], Any]]] = {
    DATE: (DAYS, _needed(DAYS)),
    POSITION: (PLACE, _needed(PLACE)),
    STARS: (RATING, _needed(RATING)),
    NAMES: (PEOPLE, lambda archive: (archive.named(),)),
    COLLECTION: (COLLECTIONS, lambda archive: archive.in_collections()),
}


def lack_of(kind: str, archive: AskedArchive) -> Lack:
    """Return what SQL compares to find the photos that lack one of KINDS. Raises UsageError if the
    archive cannot tell."""
    which = _BEARING.get(kind)
    return Lack(kind, which and (which[0], which[1](archive)))


def in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return kinds in the order of KINDS, each once."""
    wanted = set(kinds)
    return tuple(kind for kind in KINDS if kind in wanted)


def _parse(typed: Typed) -> tuple[str, ...]:
    from cercafoto.question.grammar.missing_phrases import kind_called

    kinds = {name: kind_called(name) for name in typed.several(OPTION)}
    for name, kind in kinds.items():
        if kind is None:
            raise UsageError(f"--manca non conosce «{name}».", f"Conosce: {', '.join(KINDS)}.")
    return in_order(kind for kind in kinds.values() if kind)


def say_missing(kind: str) -> str:
    """Return one of KINDS as a person says it: "parole chiave"."""
    return kind.replace("-", " ")


def _say(kinds: tuple[str, ...]) -> str:
    named = [say_missing(kind) for kind in kinds if kind != COLLECTION]
    said = [f"senza {' né '.join(named)}"] if named else []
    return ", ".join([*said, *(["in nessuna raccolta"] if COLLECTION in kinds else [])])


def _say_choice(kind: str) -> str:
    return "in nessuna raccolta" if kind == COLLECTION else f"senza {say_missing(kind)}"


def _both(kinds: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return in_order((*kinds, *other))


# A photo must lack all that the value names.
MISSING = Filter[tuple[str, ...]](
    name="missing",
    say=_say,
    hidden="ha quello che doveva mancare",
    options=(OPTION,),
    parse=_parse,
    data=lambda kinds: {"missing": list(kinds)},
    both=_both,
    narrow=lambda option, words: (_both(option, words), ""),
    resolve=lambda kinds, archive: tuple(lack_of(kind, archive) for kind in kinds),
    is_common=lambda kinds: True,
    facet=Facet("Che cosa manca", OPTION.added, _say_choice, tuple),
)
