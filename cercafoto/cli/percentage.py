"""A confidence on the command line, as people write one: 0,3, 0.3 or 30%."""

from __future__ import annotations

import re

import click
from click.types import FloatParamType

from cercafoto.errors import UsageError

_WRITTEN = re.compile(r"(\d+|\d*[.,]\d+) ?(%?)")


class _Confidence(FloatParamType):
    """A number from 0 to 1, or a percentage with its sign: what 2 means is anybody's guess."""

    name = "fiducia"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):  # what the option is where it is not given
            return value
        match = _WRITTEN.fullmatch(str(value).strip())
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
