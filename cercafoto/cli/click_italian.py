"""Make Typer and Click speak Italian: in the help of commands and in command line errors."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby
from types import MappingProxyType
from typing import Any, TypeVar

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from cercafoto.base.paths import printable
from cercafoto.base.shared_address import masked_word, refuse_password
from cercafoto.cli.console import write
from cercafoto.cli.line_breaks import NARROWEST, broken
from cercafoto.errors import ArchiveBusyError, UsageError

Action = TypeVar("Action", bound=Callable[..., Any])

WAIT = "--aspetta"
HELP = "Mostra questo aiuto ed esce."
OPTIONS = "Opzioni"
NOT_LISTED = ""  # heading of options that only the help of the program lists
MIN_TO_GROUP = 20  # a command with fewer options has one list, without headings
# Words and options that people try instead of the right ones.
ASKING_FOR_HELP = frozenset({"aiuto", "help", "guida", "-?", "--aiuto", "--guida"})
OTHER_OPTIONS = {
    "--fiducia": "--min",
    "--soglia": "--min",
    "--limite": "--max",
    "--numero": "--max",
    "--cartella": "--in",
    "--force": "--conferma",
}
_EXCLUDED_WORD = re.compile(r"-[^\W\d_]{2}")
_NEEDS_NO_QUOTES = re.compile(r"[\w./:=,+-]+")


class NoArgumentsError(Exception):
    """Raised if a group of commands is called without arguments.

    text: help of the group, to be shown.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _ItalianHelp(click.Command):
    """A command or group whose help has Italian headings."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help, option.callback = HELP, _show_help
        return option

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            if "" in args or any(arg.endswith("=") for arg in args):
                self._refuse_empty(ctx, args)
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # Click's parser does not always set the command
            raise

    def _refuse_empty(self, ctx: click.Context, args: list[str]) -> None:
        """Raise UsageError for an empty value, which a shell variable without a value leaves.

        As a path, an empty value would be the current folder.
        """
        if ctx.resilient_parsing:
            return
        given = self.make_parser(ctx).parse_args(list(args))[0]
        for param in self.get_params(ctx):
            value = given.get(param.name)
            if value == "" or (isinstance(value, list | tuple) and "" in value):
                empty = "vuota" if isinstance(param, click.Option) else "vuoto"
                here = "CARTELLA" in (param.metavar or "")
                raise UsageError(
                    f"{_capital(_name_of(param))} è {empty}.",
                    "Se è una variabile, non ha un valore."
                    + " La cartella in cui sei si scrive con un punto." * here,
                )

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = ["[OPZIONI]"]
        if isinstance(self, click.Group):
            pieces.append("COMANDO [ARGOMENTI]...")
        for param in self.get_params(ctx):
            pieces += param.get_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Uso: ")

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        columns = min(shutil.get_terminal_size().columns, ctx.max_content_width or 80)
        formatter.width = max(NARROWEST, columns - 2)  # Click would take at least 50
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        sections = [(heading, rows) for heading, rows in self._sections(ctx) if rows]
        for heading, rows in sections:
            with formatter.section(broken(heading, formatter.width)):
                # In a short list even long names share a line with their help; on a narrow terminal
                # none does.
                wide = 34 if len(rows) < 5 else 30
                formatter.write_dl(rows, col_max=wide if formatter.width > 2 * wide - 4 else 4)
        if self.epilog:  # commands to be copied: not wrapped
            formatter.write(f"\n{self.epilog}\n")

    def _sections(self, ctx: click.Context) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield the heading of each section, and its rows as (name, help)."""
        params = self.get_params(ctx)
        # Not get_help_record: Typer's adds English words.
        arguments = [
            (param.make_metavar(ctx), param.help)
            for param in params
            if isinstance(param, TyperArgument) and param.help
        ]
        yield "Argomenti", arguments
        if isinstance(self, Group):
            for heading, names in self.sections(ctx).items():
                commands = [(name, self.get_command(ctx, name)) for name in names]
                yield (
                    heading,
                    [
                        (name, c.get_short_help_str(limit=200))
                        for name, c in commands
                        if c is not None
                    ],
                )
        panels: dict[str, list[click.Option]] = {OPTIONS: []}
        for param in params:
            if isinstance(param, click.Option) and not param.hidden:
                panel = getattr(param, "rich_help_panel", None)
                panels.setdefault(OPTIONS if panel is None else panel, []).append(param)
        panels.pop(NOT_LISTED, None)
        if sum(map(len, panels.values())) < MIN_TO_GROUP:
            panels = {OPTIONS: [option for options in panels.values() for option in options]}
        for heading, options in panels.items():
            if ctx.parent is not None and heading == OPTIONS:
                options = [option for option in options if "--help" not in option.opts]
                heading = (
                    f"{OPTIONS} (quelle di ogni comando: {ctx.find_root().command_path} --help)"
                )
            yield heading, list(_rows(ctx, options))


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        write(f"{ctx.get_help()}\n")  # not Click's `echo`, which loses what a full disk refuses
        ctx.exit()


def _rows(ctx: click.Context, options: list[click.Option]) -> Iterator[tuple[str, str]]:
    """Yield a row (names, help) for each option; neighbours with the same help share a row."""
    for text, same_help in groupby(options, key=lambda option: option.help):
        *before, last = same_help
        record = last.get_help_record(ctx)
        if record is not None:
            names = [", ".join(option.opts) for option in before]
            yield ", ".join([*names, record[0]]), text or ""


class Command(_ItalianHelp, TyperCommand):
    """A command whose help and errors are in Italian."""

    allow_extra_args = True  # `parse_args` refuses them, in Italian

    def __init__(
        self, name: str | None, *, callback: Callable[..., Any] | None, **settings: Any
    ) -> None:
        super().__init__(name, callback=callback, **settings)
        for param in self.params:
            if isinstance(param, TyperArgument) and callback is not None:
                # Click 8.5 and later overwrite Typer's help of an argument.
                param.help = callback.__annotations__[str(param.name)].__metadata__[0].help

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            words = " ".join(masked_word(word) or '""' for word in extra)
            raise UsageError(f"C'è qualcosa di troppo: {words}.", _hint(ctx))
        return extra

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ArchiveBusyError as error:
            if any(WAIT in param.opts for param in self.params):
                error.hint = f"Aspetta che finisca, oppure aggiungi {WAIT}."
            raise


class QuestionCommand(Command):
    """A command that takes a question, in which words may be excluded ("cerca mare -gatto")."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(self._with_excluded_words(ctx, args)))

    def _with_excluded_words(self, ctx: click.Context, args: list[str]) -> Iterator[str]:
        """Yield the arguments, with a space before excluded words ("-gatto"), which Click would
        otherwise read as short options.

        Raises UsageError for a long option with one hyphen, and for an address with a password.
        """
        options = [param for param in self.params if isinstance(param, click.Option)]
        names = {name for option in options for name in option.opts}
        taking = {name for option in options if not option.is_flag for name in option.opts}
        is_value = False
        for at, arg in enumerate(args):
            if arg == "--":
                yield from args[at:]
                return
            is_excluded = not is_value and _EXCLUDED_WORD.match(arg)
            is_word, is_value = not is_value, not is_value and arg in taking
            if is_word and not arg.startswith("-"):
                refuse_password(arg)
            if not is_excluded or all(f"-{letter}" in names for letter in arg[1:]):
                yield arg
            elif f"-{arg}" in names:
                raise UsageError(
                    f"L'opzione {arg} non esiste.", _suggestion([f"-{arg}"]) + _hint(ctx)
                )
            else:
                yield f' -"{arg[1:]}"' if " " in arg else f" {arg}"


class Group(_ItalianHelp, TyperGroup):
    """A group of commands whose help and errors are in Italian.

    other_names: name that people may try -> command line to suggest for it.
    headings: heading of the help -> commands under it; if empty, the help lists all commands
        together.
    for_words: command to suggest if the first word is no command; None: suggest none.
    """

    other_names: Mapping[str, str] = MappingProxyType({})
    headings: Mapping[str, Sequence[str]] = MappingProxyType({})
    for_words: str | None = None

    def sections(self, ctx: click.Context) -> Mapping[str, Sequence[str]]:
        """Return heading of the help -> commands under it."""
        return self.headings or {"Comandi": self.list_commands(ctx)}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not (args or ctx.resilient_parsing or self.invoke_without_command):
            raise NoArgumentsError(ctx.get_help())
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name and not ctx.resilient_parsing:
            raise UsageError("Il comando è vuoto.", _hint(ctx))
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            if name.startswith("-"):
                self.parse_args(ctx, args)  # raises: there is no such option
            hint = self._likely_command(ctx, args)
            raise UsageError(f"Il comando {masked_word(name)} non esiste.", hint)
        return super().resolve_command(ctx, args)

    def _likely_command(self, ctx: click.Context, args: list[str]) -> str:
        """Return a hint with the command line that may have been meant."""
        name, *rest = args
        names = self.list_commands(ctx)
        if name.lower() in ASKING_FOR_HELP:
            return _perhaps(ctx, [*(word for word in rest[:1] if word in names), "--help"])
        similar = get_close_matches(name, names, cutoff=0.7)  # lower, and "gatto" means "stato"
        if other := self.other_names.get(name.lower()):
            meant = [*other.split(), *rest]
        elif self.for_words is not None and not similar:
            meant = [self.for_words, *args]
        else:
            return _suggestion(similar) + _hint(ctx)
        return f"{_perhaps(ctx, meant)}\n{_hint(ctx)}"


class Typer(typer.Typer):
    """A Typer application with Italian help, without Typer's colours and shell completion."""

    def __init__(self, *, cls: type[Group] = Group, **settings: Any) -> None:
        super().__init__(
            cls=cls,
            add_completion=False,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Action], Action]:
        return super().command(name, **{"cls": Command, **settings})


def explain(error: click.UsageError) -> UsageError:
    """Return Click's error in Italian: what is wrong with the command line, and what to do."""
    if not isinstance(error, click.NoSuchOption):
        return UsageError(_reason(error), _hint(error.ctx))
    if error.option_name == "--version" and error.ctx is not None:
        return UsageError(
            _reason(error), f"La versione: {error.ctx.find_root().command_path} --version"
        )
    if error.option_name in ASKING_FOR_HELP and error.ctx is not None:
        return UsageError(_reason(error), _perhaps(error.ctx, ["--help"]))
    return UsageError(_reason(error), _suggestion(_likely_options(error)) + _hint(error.ctx))


def _likely_options(error: click.NoSuchOption) -> list[str]:
    """Return the options that may have been meant, the most likely first."""
    if error.ctx is None:
        return []
    params = [param for param in error.ctx.command.params if isinstance(param, click.Option)]
    names = [name for param in params for name in (*param.opts, *param.secondary_opts)]
    meant = OTHER_OPTIONS.get(error.option_name)
    return [meant] if meant in names else get_close_matches(error.option_name, names, cutoff=0.7)


def _reason(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"L'opzione {masked_word(error.option_name)} non esiste."
        case click.MissingParameter():
            return f"Manca {_name_of(error.param)}."
        case click.BadOptionUsage():
            return f"L'opzione {error.option_name} vuole un valore, e uno solo."
        case click.BadParameter():
            return f"{_capital(_name_of(error.param))} vuole {_kind_of(error.param)}."
    if error.ctx is not None and isinstance(error.ctx.command, click.Group):
        return "Manca il comando."
    return f"La riga di comando non si capisce ({error.message})."


def _suggestion(similar: list[str]) -> str:
    return f"Forse intendevi: {', '.join(similar)}. " if similar else ""


def _perhaps(ctx: click.Context, words: list[str]) -> str:
    """Return a suggestion: a command line with these words, quoted so that it can be pasted."""
    shown = map(masked_word, words)
    typed = [word if _NEEDS_NO_QUOTES.fullmatch(word) else f'"{printable(word)}"' for word in shown]
    return f"Forse intendevi: {' '.join([ctx.command_path, *typed])}"


def _hint(ctx: click.Context | None) -> str:
    return f"Vedi «{ctx.command_path if ctx is not None else 'cercafoto'} --help»."


def _name_of(param: click.Parameter | None) -> str:
    if param is None:
        return "un argomento"
    if isinstance(param, click.Option):
        return f"l'opzione {'/'.join(param.opts)}"
    return f"l'argomento {param.human_readable_name.strip('[.]')}"


def _capital(text: str) -> str:
    """Return a text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def _kind_of(param: click.Parameter | None) -> str:
    """Return the Italian name of the kind of value that a parameter takes."""
    if param is not None and param.type is click.INT:
        return "un numero intero"
    return "un altro valore"
