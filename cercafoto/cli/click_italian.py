"""Click's own words in Italian: the headings of the help, and what is wrong with an argument."""

from __future__ import annotations

from typing import Any

import click
from click.exceptions import NoSuchCommand

from cercafoto.errors import UsageError

HELP = "Mostra questo aiuto ed esce."


class _ItalianHelp(click.Command):
    """What a command and a group have in common: their help, with Italian headings."""

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
        arguments = [p.get_help_record(ctx) for p in params if isinstance(p, click.Argument)]
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


class Command(_ItalianHelp):
    """A command whose help is in Italian."""

    allow_extra_args = True  # to Click, which would refuse them in English

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            raise UsageError(f"C'è qualcosa di troppo: {' '.join(extra)}.", _hint(ctx))
        return extra


class Group(_ItalianHelp, click.Group):
    """A group of commands whose help is in Italian, listed in the order of their definition."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def explain(error: click.UsageError) -> UsageError:
    """What is wrong with the words on the command line, and what to do."""
    return UsageError(_what(error), _meant(error) + _hint(error.ctx))


def _what(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"L'opzione {error.option_name} non esiste."
        case NoSuchCommand():
            return f"Il comando {error.command_name} non esiste."
        case click.MissingParameter():
            return f"Manca {_name_of(error.param)}."
        case click.BadOptionUsage():
            return f"L'opzione {error.option_name} vuole un valore, e uno solo."
        case click.BadParameter():
            return f"{_name_of(error.param).capitalize()} vuole {_kind_of(error.param)}."
    if error.ctx is not None and isinstance(error.ctx.command, click.Group):
        return "Manca il comando."
    return f"La riga di comando non si capisce ({error.message})."


def _meant(error: click.UsageError) -> str:
    """The names that look like the wrong one."""
    similar: list[str] = []
    if isinstance(error, click.NoSuchOption):
        similar = sorted(error.possibilities or ())
    elif isinstance(error, NoSuchCommand) and error.ctx is not None:
        from difflib import get_close_matches

        # Click knows only of those whose module is imported.
        group = error.ctx.command
        assert isinstance(group, click.Group)
        similar = get_close_matches(error.command_name, group.list_commands(error.ctx))
    return f"Forse intendevi: {', '.join(similar)}. " if similar else ""


def _hint(ctx: click.Context | None) -> str:
    return f"Vedi «{ctx.command_path if ctx is not None else 'cercafoto'} --help»."


def _name_of(param: click.Parameter | None) -> str:
    if param is None:
        return "un argomento"
    if isinstance(param, click.Option):
        return f"l'opzione {'/'.join(param.opts)}"
    return f"l'argomento {param.human_readable_name}"


def _kind_of(param: Any) -> str:
    """What the parameter wants, in words."""
    if param is not None and param.type is click.INT:
        return "un numero intero"
    if param is not None and param.type is click.FLOAT:
        return "un numero, per esempio 0.5"
    return "un altro valore"
