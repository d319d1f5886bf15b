"""The filter for how a photo came out: sharp, out of focus, moved, too dark, too bright."""

from __future__ import annotations

from cercafoto.base.photo_quality import QUALITIES, quality_called, said_of_many
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Facet, Filter, Needed, Option, Typed, each_once

OPTION = Option(
    "--qualita",
    "quality",
    "COME",
    "Nitida, sfocata, mossa, scura, chiara; ripetibile.",
    repeatable=True,
    completion="QUALITY",
    title="Qualità",
    example="sfocata, mossa, scura",
)
# In place of the qualities of a photo: any that `index --qualita` would not look at any more.
LOOKED_AT = ("guardata",)


def _parse(typed: Typed) -> tuple[str, ...]:
    qualities = {name: quality_called(name) for name in typed.several(OPTION)}
    for name, quality in qualities.items():
        if quality is None:
            raise UsageError(
                f"--qualita non conosce «{name}».", f"Conosce: {', '.join(QUALITIES)}."
            )
    return each_once(tuple(filter(None, qualities.values())))


# A photo must have one of these qualities.
QUALITY = Filter[tuple[str, ...]](
    name="quality",
    say=lambda qualities: " o ".join(map(said_of_many, qualities)),
    hidden="non è così, o non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda qualities: {"quality": list(qualities)},
    both=each_once,
    needs=Needed(
        lambda: LOOKED_AT,
        "una foto non è stata guardata (per farlo: cercafoto index --qualita)",
        "{} foto non sono state guardate (per farlo: cercafoto index --qualita)",
        "non si è ancora guardato come sono venute le foto (per farlo: cercafoto index --qualita)",
    ),
    facet=Facet("Qualità", OPTION.instead, said_of_many),
)
