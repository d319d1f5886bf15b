"""The filter for the shape of a photo: vertical, horizontal or square."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Option, Typed

OPTION = Option(
    "--orientamento",
    "orientation",
    "COME",
    "Verticale, orizzontale o quadrato.",
    completion="SHAPE",
)


def _parse(typed: Typed) -> str | None:
    """Return one of SHAPES; None without the option. Raises UsageError for another word."""
    given = typed.values.get(OPTION.key)
    if given is None:
        return None
    from cercafoto.question.grammar.tokens import fold
    from cercafoto.question.values import SHAPES

    folded = fold(given.strip())
    for shape in SHAPES:
        # "quadrata" and "verticali" are right too: only the last letter differs.
        if folded[:-1] == shape[:-1] and len(folded) == len(shape):
            return shape
    raise UsageError(f"--orientamento vuole {', '.join(SHAPES[:2])} o {SHAPES[2]}, non «{given}».")


ORIENTATION = Filter[str](
    name="orientation",
    say=lambda shape: f"orientamento: {shape}",
    hidden="ha un altro orientamento",
    options=(OPTION,),
    parse=_parse,
    is_common=lambda shape: True,
)
