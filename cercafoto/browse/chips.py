"""Make the chips of a question: one for each condition, by which the person can drop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from cercafoto.base.italian_counts import clock
from cercafoto.browse.asked import Asked
from cercafoto.question.filters.all_filters import FILTERS
from cercafoto.question.filters.names import MINE, OWN_WORD
from cercafoto.question.grammar.sayings import ORDERED
from cercafoto.question.heard import ALSO_OWN, bare
from cercafoto.question.values import ORDER_NAMES
from cercafoto.question.word_roles import (
    EXCLUDED,
    FILE,
    ORDER,
    OWN,
    PERSON,
    PLACE,
    QUANTITY,
    TEXT,
    TIME,
    WRITTEN,
    WordRole,
)
from cercafoto.question.wording import STOPS

A = TypeVar("A", bound=Asked)

# Kind of a role -> the word before its meaning on a chip. Other kinds have no chip.
_KINDS = {
    TEXT: "",
    WRITTEN: "dal testo",
    TIME: "quando",
    PLACE: "dove",
    EXCLUDED: "",
    PERSON: "",
    OWN: "",
    FILE: "",
    ORDER: "",
    QUANTITY: "",
}


ONLY, ALSO_OTHERS = "solo queste", "anche altre"


@dataclass(frozen=True)
class Chip(Generic[A]):
    """One condition of a question.

    kind: a word to show before the meaning, or "".
    meaning: the condition in Italian.
    rest: the question without this condition.
    turned: the question in which words of the person's own, which only order the photos, filter
        them, or the other way round; None for other conditions.
    to_turn: what `turned` does, in Italian.
    """

    kind: str
    meaning: str
    rest: A
    turned: A | None = None
    to_turn: str = ""


def chips(
    asked: A,
    parts: Sequence[WordRole],
    names: Mapping[int, str],
    say_folder: Callable[[Path], str],
) -> Iterator[Chip[A]]:
    """Yield a chip for each condition of a question.

    parts: the roles of the words of the question.
    names: id -> name of the photos that the question names.
    say_folder: returns a folder's path as it is shown.
    """
    for part in parts:
        if part.kind not in _KINDS:
            continue
        words = part.words.strip(STOPS)
        if part.kind == WRITTEN:
            words = words[1:-1]  # between the quotes
        meaning = (
            f"«{words}»" if part.kind in (TEXT, WRITTEN) else part.meaning.removeprefix("luogo: ")
        )
        rest = asked.without_part(part)
        if part.kind == OWN or part.meaning == ALSO_OWN:
            only = rest.but(typed=OWN_WORD.added(asked.typed, bare(words)))
            said = f"«{words}» {part.meaning}" if part.kind == OWN else meaning
            yield Chip("", said, rest, only, ONLY)
        else:
            yield Chip(_KINDS[part.kind], meaning, rest)
    for each in FILTERS:
        for chip in each.chips(asked.typed):
            meaning = say_folder(chip.meaning) if isinstance(chip.meaning, Path) else chip.meaning
            rest = asked.but(typed=chip.rest)
            if each is MINE:
                spoken = rest.but(words=f"{meaning} {asked.words}".strip())
                yield Chip(chip.kind, meaning, rest, spoken, ALSO_OTHERS)
            else:
                yield Chip(chip.kind, meaning, rest)
    if asked.order:
        yield Chip("", ORDERED[ORDER_NAMES[asked.order]], asked.but(order=""))
    for picture in asked.like:
        name = names.get(picture.photo_id or 0, "la foto che hai scelto")
        name += "" if picture.at is None else f" a {clock(picture.at)}"
        yield Chip("come", name, asked.without("like", picture))
    for field, kind in (("more", "più come"), ("less", "meno come")):
        for number in getattr(asked, field):
            yield Chip(kind, names.get(number, "?"), asked.without(field, number))
