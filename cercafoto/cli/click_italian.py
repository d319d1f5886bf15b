"""Typer and Click in Italian: the help of commands, and the errors of a command line."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from cercafoto.errors import UsageError

Action = TypeVar("Action", bound=Callable[..., Any])

HELP = "Mostra questo aiuto ed esce."


class NoArgumentsError(Exception):
    """A group of commands was called without any word.

    text: its help, which is the answer.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _ItalianHelp(click.Command):
    """The help that commands and groups have in common, with Italian headings."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = ["[OPZIONI]"]
        if isinstance(self, click.Group):
            pieces.append("COMANDO [ARGOMENTI]...")
        for param in self.get_params(ctx):
            pieces += param.get_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Uso: ")

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        params = self.get_params(ctx)
        # Typer's own record of an argument adds English words to its help.
        arguments = [
            (param.make_metavar(ctx), param.help or "")
            for param in params
            if isinstance(param, TyperArgument)
        ]
        options = [p.get_help_record(ctx) for p in params if isinstance(p, click.Option)]
        commands = []
        if isinstance(self, click.Group):
            for name in self.list_commands(ctx):
                command = self.get_command(ctx, name)
                if command is not None:
                    commands.append((name, command.get_short_help_str(limit=200)))
        for heading, rows in (
            ("Argomenti", arguments),
            ("Opzioni", options),
            ("Comandi", commands),
        ):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl([row for row in rows if row is not None])
        self.format_epilog(ctx, formatter)


class Command(_ItalianHelp, TyperCommand):
    """A command whose help is in Italian."""

    allow_extra_args = True  # to Click, which would refuse them in English

    def __init__(
        self, name: str | None, *, callback: Callable[..., Any] | None, **settings: Any
    ) -> None:
        super().__init__(name, callback=callback, **settings)
        for param in self.params:
            if isinstance(param, TyperArgument) and callback is not None:
                # The help of an argument that Click has from 8.5 on takes the place of Typer's.
                param.help = callback.__annotations__[str(param.name)].__metadata__[0].help

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            raise UsageError(f"C'è qualcosa di troppo: {' '.join(extra)}.", _hint(ctx))
        return extra


class Group(_ItalianHelp, TyperGroup):
    """A group of commands whose help is in Italian, listed in the order of their definition."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            raise NoArgumentsError(ctx.get_help())
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            if name.startswith("-"):
                self.parse_args(ctx, args)  # an option that does not exist is a better reason
            similar = get_close_matches(name, self.list_commands(ctx))
            raise UsageError(f"Il comando {name} non esiste.", _suggestion(similar) + _hint(ctx))
        return super().resolve_command(ctx, args)


class Typer(typer.Typer):
    """A Typer application that speaks Italian, without Typer's colours and completion."""

    def __init__(self, *, cls: type[Group] = Group, **settings: Any) -> None:
        super().__init__(
            cls=cls,
            add_completion=False,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Action], Action]:
        return super().command(name, cls=Command, **settings)


def explain(error: click.UsageError) -> UsageError:
    """Say in Italian what is wrong with the words on the command line, and what to do."""
    similar = error.possibilities if isinstance(error, click.NoSuchOption) else None
    return UsageError(_reason(error), _suggestion(sorted(similar or ())) + _hint(error.ctx))


def _reason(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"L'opzione {error.option_name} non esiste."
        case click.MissingParameter():
            return f"Manca {_name_of(error.param)}."
        case click.BadOptionUsage():
            return f"L'opzione {error.option_name} vuole un valore, e uno solo."
        case click.BadParameter():
            return f"{_name_of(error.param).capitalize()} vuole {_kind_of(error.param)}."
    if error.ctx is not None and isinstance(error.ctx.command, click.Group):
        return "Manca il comando."
    return f"La riga di comando non si capisce ({error.message})."


def _suggestion(similar: list[str]) -> str:
    return f"Forse intendevi: {', '.join(similar)}. " if similar else ""


def _hint(ctx: click.Context | None) -> str:
    return f"Vedi «{ctx.command_path if ctx is not None else 'cercafoto'} --help»."


def _name_of(param: click.Parameter | None) -> str:
    if param is None:
        return "un argomento"
    if isinstance(param, click.Option):
        return f"l'opzione {'/'.join(param.opts)}"
    return f"l'argomento {param.human_readable_name}"


def _kind_of(param: click.Parameter | None) -> str:
    """Name the kind of value that a parameter takes."""
    if param is not None and param.type is click.INT:
        return "un numero intero"
    return "un altro valore"
