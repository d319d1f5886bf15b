"""Read a confidence from the command line, as people write it: 0,3 or 0.3 or 30%."""

from __future__ import annotations

import re

import click
from click.types import FloatParamType

from cercafoto.errors import UsageError

_WRITTEN = r"(\d+|\d*[.,]\d+) ?(%?)"


class _Confidence(FloatParamType):
    """The type of an option that takes a confidence: a number from 0 to 1, or a percentage with
    its sign. Other numbers are refused: 2 could mean 2% or 200%."""

    name = "fiducia"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):  # the default
            return value
        match = re.fullmatch(_WRITTEN, str(value).strip())
        if match is not None:
            number = float(match[1].replace(",", "."))
            if match[2]:
                number /= 100
            if number <= 1:
                return number
        option = param.opts[0] if param is not None else "La fiducia"
        raise UsageError(
            f"{option} vuole una fiducia da 0 a 1, non «{value}».", "Per esempio: 0,3 oppure 30%."
        )


CONFIDENCE = _Confidence()
