"""Typer's own words in Italian: headings of the help, and what is wrong with an argument.

Typer prints English with no way to translate it, so the help is laid out here, and its errors are
told by their class.
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

HELP = "Mostra questo aiuto ed esce."


class _ItalianHelp:
    """Mixed into Typer's command and group: their help, with Italian headings."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = HELP
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = [self.options_metavar]  # type: ignore[attr-defined]
        if isinstance(self, TyperGroup):
            pieces.append(self.subcommand_metavar)
        for param in self.get_params(ctx):  # type: ignore[attr-defined]
            if param.param_type_name == "argument":
                pieces.append(param.metavar or param.name)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Uso: ")

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)  # type: ignore[attr-defined]
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        for param in self.get_params(ctx):  # type: ignore[attr-defined]
            if param.param_type_name == "argument":
                arguments.append((param.metavar or param.name, param.help or ""))
            elif (record := param.get_help_record(ctx)) is not None:
                options.append(record)
        commands = [
            (name, command.get_short_help_str(limit=200))
            for name in getattr(self, "list_commands", lambda ctx: ())(ctx)
            if not (command := self.get_command(ctx, name)).hidden  # type: ignore[attr-defined]
        ]
        for heading, rows in (
            ("Argomenti", arguments),
            ("Opzioni", options),
            ("Comandi", commands),
        ):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
        self.format_epilog(ctx, formatter)  # type: ignore[attr-defined]


class Command(_ItalianHelp, TyperCommand):
    """A command whose help is in Italian."""


class Group(_ItalianHelp, TyperGroup):
    """A group of commands whose help is in Italian, listed in the order of `order` and then of
    their definition."""

    order: tuple[str, ...] = ()

    def list_commands(self, ctx: Any) -> list[str]:
        first = [name for name in self.order if name in self.commands]
        return first + [name for name in self.commands if name not in first]


# typer.BadParameter is the public face of the family of usage errors; its base is not exported.
UsageProblem: type[Exception] = typer.BadParameter.__mro__[1]


def explain(error: Any) -> tuple[str, str]:
    """What is wrong with the words on the command line, and what to do: (message, hint)."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "cercafoto"
    hint = f"Vedi «{path} --help»."
    kind = type(error).__name__
    param = getattr(error, "param", None)
    if kind == "NoSuchOption":
        similar = ", ".join(sorted(error.possibilities or ()))
        return f"L'opzione {error.option_name} non esiste.", (
            f"Forse intendevi: {similar}. {hint}" if similar else hint
        )
    if kind == "MissingParameter":
        return f"Manca {_name_of(param)}.", hint
    if kind == "BadOptionUsage":
        return f"L'opzione {error.option_name} vuole un valore, e uno solo.", hint
    if kind == "BadParameter":
        return f"{_name_of(param).capitalize()} vuole {_kind_of(param)}.", hint
    name = getattr(error, "message", "")
    if name.startswith("No such command"):
        wrong, *close = re.findall("'([^']+)'", name)
        said = f"Forse intendevi: {', '.join(close)}. " if close else ""
        return f"Il comando {wrong} non esiste.", said + hint
    if name.startswith("Missing command"):
        return "Manca il comando.", hint
    if "unexpected extra argument" in name:
        extra = name.rpartition(" (")[2].rstrip(")")
        return f"C'è qualcosa di troppo: {extra}.", hint
    return f"La riga di comando non si capisce ({name}).", hint


def _name_of(param: Any) -> str:
    if param is None:
        return "un argomento"
    if param.param_type_name == "option":
        return f"l'opzione {'/'.join(param.opts)}"
    return f"l'argomento {param.metavar or param.name}"


def _kind_of(param: Any) -> str:
    """What the parameter wants, in words."""
    annotation = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    if annotation is int:
        return "un numero intero"
    return "un numero, per esempio 0.5" if annotation is float else "un altro valore"
