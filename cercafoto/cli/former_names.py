"""Commands that are forms of others now: their old names still work, and are listed nowhere."""

from __future__ import annotations

from collections.abc import Collection

import click
import typer
from typer.core import TyperArgument

from cercafoto.cli import shell_completion
from cercafoto.cli.app import Common
from cercafoto.cli.commands import read, search
from cercafoto.cli.console import open_library


def former(name: str) -> click.Command:
    """Return the command that an old name stands for."""
    return {"capisci": _understand, "simili": _similar, "testo": _text}[name]()


def _similar() -> click.Command:
    """`simili FOTO...` is `cerca --come FOTO...`."""
    command = _without(search.app, {"words", "like"})
    photos = TyperArgument(
        param_decls=["like"], type=shell_completion.PATH, nargs=-1, required=True, metavar="FOTO..."
    )
    photos.help = "Foto a cui devono somigliare; con - arriva dallo standard input."
    command.params.insert(0, photos)
    return _named(command, "simili", "cerca --come", "~/Foto/2019/tramonto.jpg -n 5")


def _text() -> click.Command:
    """`testo FOTO` is `leggi FOTO`."""
    command = _without(read.app, ())
    command.params[0].required = True  # without one, `leggi` reads the whole archive
    return _named(command, "testo", "leggi", "scontrino.jpg")


def _understand() -> click.Command:
    """`capisci PAROLE` is what `cerca --spiega` says where there is no archive."""
    command = _without(search.app, ())
    kept = ("words", "literal", "explained", "json")
    command.params = [param for param in command.params if param.name in kept]
    command.callback = _tell_reading
    return _named(command, "capisci", "cerca --spiega", '"al mare, senza persone"')


def _tell_reading(words: Collection[str] | None, literal: bool, explained: bool, json: bool) -> int:
    from cercafoto.cli.question_reading import tell_reading
    from cercafoto.question.question import Question

    common = Common.of(click.get_current_context())  # type: ignore[arg-type]
    if common.model:  # it takes none, but one that is asked for must be right
        open_library(common.settings())
    question = Question(tuple(words or ()), literal=literal)
    return tell_reading(question, explained=explained, json=json)


def _without(app: typer.Typer, names: Collection[str]) -> click.Command:
    """Return the command of an application without the parameters of these names."""
    command = typer.main.get_command(app)
    command.params = [param for param in command.params if param.name not in names]
    return command


def _named(command: click.Command, name: str, of: str, example: str) -> click.Command:
    """Give a command its old name, and say in its help what it is called now."""
    command.name, command.epilog = name, f"Esempio: cercafoto {of} {example}"
    command.help = f"Il nome di prima di «{of}»."
    return command
