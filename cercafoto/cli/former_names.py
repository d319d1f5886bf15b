"""Keep the old names of commands working: capisci, simili, testo. No help lists them."""

from __future__ import annotations

from collections.abc import Collection

import click
import typer
from typer.core import TyperArgument

from cercafoto.cli import shell_completion
from cercafoto.cli.commands import read, search
from cercafoto.cli.common import common, open_library


def former(name: str) -> click.Command:
    """Return the command of an old name."""
    return {"capisci": _understand, "simili": _similar, "testo": _text}[name]()


def _similar() -> click.Command:
    """Return `simili FOTO...`, which does what `cerca --come FOTO...` does."""
    command = _without(search.app, {"words", "like"})
    photos = TyperArgument(
        param_decls=["like"], type=shell_completion.PATH, nargs=-1, required=True, metavar="FOTO..."
    )
    photos.help = "Foto a cui devono somigliare; con - arriva dallo standard input."
    command.params.insert(0, photos)
    return _named(command, "simili", "cerca --come", "~/Foto/2019/tramonto.jpg -n 5")


def _text() -> click.Command:
    """Return `testo FOTO`, which does what `leggi FOTO` does."""
    command = _without(read.app, ())
    command.params[0].required = True  # without a photo, `leggi` reads the whole archive
    return _named(command, "testo", "leggi", "scontrino.jpg")


def _understand() -> click.Command:
    """Return `capisci PAROLE`, which does what `cerca --spiega` does without an archive."""
    command = _without(search.app, ())
    kept = ("words", "literal", "explained", "json")
    command.params = [param for param in command.params if param.name in kept]
    command.callback = _tell_reading
    return _named(command, "capisci", "cerca --spiega", '"al mare, senza persone"')


def _tell_reading(words: Collection[str] | None, literal: bool, explained: bool, json: bool) -> int:
    from cercafoto.cli.question_reading import tell_reading
    from cercafoto.question.question import Question

    if common().model:  # it is not used, but a wrong name is an error
        open_library()
    question = Question(tuple(words or ()), literal=literal)
    return tell_reading(question, explained=explained, json=json)


def _without(app: typer.Typer, names: Collection[str]) -> click.Command:
    """Return the command of an application, without the parameters that `names` lists."""
    command = typer.main.get_command(app)
    command.params = [param for param in command.params if param.name not in names]
    return command


def _named(command: click.Command, name: str, of: str, example: str) -> click.Command:
    """Give a command its old name and a help that names the new command. Return the command.

    of: new command, with its option.
    example: arguments of the new command in the help's example.
    """
    command.name, command.epilog = name, f"Esempio: cercafoto {of} {example}"
    command.help = f"Vecchio nome di «{of}»."
    return command
