"""The filter for the format of a photo's file."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Option, Typed

OPTION = Option("--formato", "format", "NOME", "Formato del file: jpeg, png, heic.")


def _parse(typed: Typed) -> str | None:
    name = typed.one(OPTION)
    if name is None:
        return None
    from cercafoto.question.values import FORMATS, SAME_FORMAT

    name = name.lower().lstrip(".")  # ".JPG" is "jpg"
    if SAME_FORMAT.get(name.upper(), name.upper()) not in FORMATS:
        raise UsageError(
            f"--formato non conosce «{typed.values[OPTION.key]}».",
            f"Conosce: {', '.join(FORMATS).lower()}; jpg, tif e heic vanno bene lo stesso.",
        )
    return name


FORMAT = Filter[str](
    name="format",
    say=lambda format: f"formato: {format}",
    hidden="è di un altro formato",
    options=(OPTION,),
    parse=_parse,
    is_common=lambda format: True,
)
