"""Give `index` a flag for each sense that has one, built from the senses' own declarations."""

from __future__ import annotations

from typing import Annotated, Any

from cercafoto.cli.options import Action, flag, in_place_of
from cercafoto.looking.sense import Sense
from cercafoto.senses import SENSES


def with_senses(command: Action) -> Action:
    """Give a command the flags of the senses in place of its parameter `senses`. The command still
    receives `senses`: a list of those whose flags were given."""
    offered = {sense.name: (sense, sense.option) for sense in SENSES if sense.option}

    def given_senses(given: dict[str, Any]) -> list[Sense[Any]]:
        return [sense for name, (sense, _) in offered.items() if given.pop(name)]

    flags = [
        (name, Annotated[bool, flag(option.flag, option.help)], False)
        for name, (_, option) in offered.items()
    ]
    return in_place_of("senses", flags, given_senses)(command)
