"""The filter for the lens that a photo was taken with: a focal length, or part of a name."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Option, Typed
from cercafoto.question.lens_names import lens_meant

OPTION = Option(
    "--obiettivo",
    "lens",
    "NOME",
    "Focale o nome, anche in parte: 50mm, 24-70.",
    completion="LENS",
)


def _parse(typed: Typed) -> int | str | None:
    text = typed.one(OPTION)
    meant = None if text is None else lens_meant(text)
    if meant == 0:
        raise UsageError(f"--obiettivo vuole una focale come 50mm, o un nome, non «{text}».")
    return meant


# The value is a focal length in mm, or the name of a lens, or a part of the names of some.
LENS = Filter[int | str](
    name="lens",
    say=lambda lens: f"obiettivo: {lens} mm" if isinstance(lens, int) else f"obiettivo: {lens}",
    hidden="è di un altro obiettivo",
    options=(OPTION,),
    parse=_parse,
)
