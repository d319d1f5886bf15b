"""Give commands the options of the filters, built from the filters' own declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from cercafoto.cli import shell_completion
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import Filters, Option

Action = Callable[..., int]

FILTERS = "Filtri"


def with_filters(*chosen: Option) -> Callable[[Action], Action]:
    """Return a decorator that gives a command the options of filters in place of its parameter
    `typed`. The command still receives `typed`: a `Filters` with the values of these options.

    chosen: the options to give; if none is named, all.
    """

    def decorate(command: Action) -> Action:
        which = chosen or OPTIONS

        @wraps(command)
        def run(*args: Any, **given: Any) -> int:
            typed = Filters({option.key: _value(option, given) for option in which})
            return command(*args, typed=typed, **given)

        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            parameters += map(_parameter, which) if parameter.name == "typed" else [parameter]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _value(option: Option, given: dict[str, Any]) -> Any:
    value = given.pop(option.key)
    if option.repeatable:
        return tuple(value or ())
    return None if value is False else value  # zero is a value too: the filter judges it


def _parameter(option: Option) -> inspect.Parameter:
    click_type: Any = None
    if option.completion:
        click_type = getattr(shell_completion, option.completion)
    elif option.kind is Path:
        click_type = shell_completion.PATH
    declared = typer.Option(
        option.flag,
        click_type=click_type,
        metavar=option.metavar or None,
        rich_help_panel=FILTERS,
        help=option.help,
    )
    if option.kind is bool:
        flag: Any = Annotated[bool, declared]
        return inspect.Parameter(
            option.key, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=flag
        )
    of: Any = list[option.kind] if option.repeatable else option.kind | None  # type: ignore[name-defined]
    default: Any = [] if option.repeatable else None
    return inspect.Parameter(
        option.key,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=default,
        annotation=Annotated[of, declared],
    )
