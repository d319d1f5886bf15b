"""Give `index` a flag for each sense that has one, built from the senses' own declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from cercafoto.cli.options import flag
from cercafoto.senses import SENSES

Action = Callable[..., int]


def with_senses(command: Action) -> Action:
    """Give a command the flags of the senses in place of its parameter `senses`. The command still
    receives `senses`: a list of those whose flags were given."""
    offered = {sense.name: (sense, sense.option) for sense in SENSES if sense.option}

    @wraps(command)
    def run(*args: Any, **given: Any) -> int:
        senses = [sense for name, (sense, _) in offered.items() if given.pop(name)]
        return command(*args, senses=senses, **given)

    flags = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=False,
            annotation=Annotated[bool, flag(option.flag, option.help)],
        )
        for name, (_, option) in offered.items()
    ]
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += flags if parameter.name == "senses" else [parameter]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
