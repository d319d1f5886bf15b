"""The filter for the stars that a person gave a photo."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Needed, Option, Typed

OPTION = Option("--valutazione", "rating", "N", "Con almeno N stelle, da 1 a 5.", kind=int)


def _parse(typed: Typed) -> int | None:
    stars: int | None = typed.values.get(OPTION.key)
    if stars is not None and not 1 <= stars <= 5:
        raise UsageError(f"--valutazione vuole un numero da 1 a 5, non {stars}.")
    return stars


# The least number of stars.
RATING = Filter[int](
    name="rating",
    say=lambda stars: f"valutazione: almeno {stars}",
    hidden="ha meno stelle",
    options=(OPTION,),
    parse=_parse,
    needs=Needed(
        lambda: 1,
        "una foto non ha stelle",
        "{} foto non hanno stelle",
        "nessuna foto ha stelle",
    ),
)
