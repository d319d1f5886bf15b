"""Give commands the options of the filters, built from the filters' own declarations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cercafoto.cli import shell_completion
from cercafoto.cli.options import Action, in_place_of
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import Filters, Option

FILTERS = "Filtri"


def with_filters(*chosen: Option) -> Callable[[Action], Action]:
    """Return a decorator that gives a command the options of filters in place of its parameter
    `typed`. The command still receives `typed`: a `Filters` with the values of these options.

    chosen: the options to give; if none is named, all.
    """

    which = chosen or OPTIONS

    def typed(given: dict[str, Any]) -> Filters:
        return Filters({option.key: _value(option, given) for option in which})

    return in_place_of("typed", [_declared(option) for option in which], typed)


def _value(option: Option, given: dict[str, Any]) -> Any:
    value = given.pop(option.key)
    if option.repeatable:
        return tuple(value or ())
    return None if value is False else value  # zero is a value too: the filter judges it


def _declared(option: Option) -> tuple[str, Any, Any]:
    """Return the name, the annotation and the default of an option."""
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
        return option.key, Annotated[bool, declared], False
    if option.repeatable:
        return option.key, Annotated[list[option.kind], declared], []  # type: ignore[name-defined]
    return option.key, Annotated[option.kind | None, declared], None
