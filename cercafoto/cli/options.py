"""Declare once each option that several commands have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from click.shell_completion import CompletionItem

from cercafoto.cli import shell_completion
from cercafoto.cli.shell_completion import PATH

# Headings in the help of a command with many options.
ANSWER = "Come scrivere la risposta"
PHOTOS = "Che cosa fare delle foto"


def flag(names: str, help: str, *, panel: str | None = None, hidden: bool = False) -> Any:
    """Declare an option without a value.

    names: "--null -0".
    panel: heading in the help.
    """
    return typer.Option(*names.split(), rich_help_panel=panel, hidden=hidden, help=help)


def option(
    names: str, metavar: str, help: str, kind: Any = None, *, panel: str | None = None
) -> Any:
    """Declare an option that takes a value. kind: its type in Click; None: as annotated."""
    return typer.Option(
        *names.split(),
        click_type=kind,
        metavar=metavar,
        show_default=False,
        rich_help_panel=panel,
        help=help,
    )


def argument(metavar: str, help: str | None = None, kind: Any = None) -> Any:
    """Declare an argument. kind: its type in Click; None: as annotated."""
    return typer.Argument(metavar=metavar, click_type=kind, show_default=False, help=help)


Action = Callable[..., int]


def in_place_of(
    name: str,
    options: Sequence[tuple[str, Any, Any]],
    take: Callable[[dict[str, Any]], object],
) -> Callable[[Action], Action]:
    """Return a decorator that gives a command other options in place of one of its parameters.

    name: the parameter, which the command still receives.
    options: (name, annotation, default) of each option.
    take: takes the values of the options out of the given values, and returns that of `name`.
    """

    def decorate(command: Action) -> Action:
        @wraps(command)
        def run(*args: Any, **given: Any) -> int:
            return command(*args, **{name: take(given)}, **given)

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        instead = [inspect.Parameter(n, kind, annotation=a, default=d) for n, a, d in options]
        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in signature.parameters.values():
            parameters += instead if parameter.name == name else [parameter]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


class _ArchivePlace(click.ParamType[str | Path]):
    """The type of --archivio: a folder, or the address of a shared archive."""

    name = "archive"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | Path:
        return value  # unchanged: `Path` would turn the two slashes of an address into one

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return PATH.shell_complete(ctx, param, incomplete)


Archive = Annotated[
    str | None,
    option(
        "--archivio",
        "CARTELLA",
        "Cartella dell'archivio, o indirizzo di uno condiviso.",
        _ArchivePlace(),
    ),
]
Roots = Annotated[
    list[str],
    option(
        "--radice", "FONTE=CARTELLA", "Dove sono qui le foto di una fonte condivisa; ripetibile."
    ),
]
Model = Annotated[
    str | None,
    option(
        "--modello", "NOME", "Modello da usare (vedi «cercafoto modello»).", shell_completion.MODEL
    ),
]
Wait = Annotated[bool, flag("--aspetta", "Se l'archivio è occupato, aspetta che si liberi.")]
RetryUnread = Annotated[
    bool, flag("--riprova", "Riprova anche con le foto che non si erano lette.")
]
Offline = Annotated[bool, flag("--offline", "Non usa mai la rete.")]
Quiet = Annotated[bool, flag("--quieto -q --silenzioso", "Scrive solo i risultati e gli errori.")]
Literal = Annotated[
    bool, flag("--letterale", "Cerca le parole così come sono, senza interpretarle.")
]
Json = Annotated[bool, flag("--json", "Scrive il risultato in JSON.", panel=ANSWER)]
Order = Annotated[
    str | None,
    option(
        "--ordina", "COME", "In che ordine: data, vecchie, nome o fiducia.", shell_completion.ORDER
    ),
]
Overwrite = Annotated[
    bool, flag("--sovrascrivi", "Sostituisce il file, o la raccolta, se c'è già.", panel=ANSWER)
]
_PATHS = "Solo i percorsi, uno per riga o separati da NUL."
Paths = Annotated[bool, flag("--percorsi", _PATHS, panel=ANSWER)]
Null = Annotated[bool, flag("--null -0", _PATHS, panel=ANSWER)]
RowTemplate = Annotated[
    str | None,
    option(
        "--formato-riga",
        "MODELLO",
        "Scrive ogni foto così: '{percorso}\\t{fiducia}'.",
        shell_completion.ROW_TEMPLATE,
        panel=ANSWER,
    ),
]

# -- what to do with an answer (AnswerActions) --------------------------------------------------

Preview = Annotated[bool, flag("--anteprima", "Mostra le miniature nel terminale.", panel=ANSWER)]
Gallery = Annotated[
    Path | None,
    option("--html", "NOME", "Galleria da inviare: file .html, o cartella.", PATH, panel=ANSWER),
]
_TITLE_SIDE = "Della galleria: titolo, pixel del lato lungo."
Title = Annotated[str | None, option("--titolo", "VALORE", _TITLE_SIDE, panel=ANSWER)]
Side = Annotated[int | None, option("--lato", "VALORE", _TITLE_SIDE, panel=ANSWER)]
Captions = Annotated[
    bool, flag("--didascalie", "Nella galleria, anche titolo o descrizione.", panel=ANSWER)
]
WithPaths = Annotated[
    bool, flag("--con-percorsi", "Nella galleria, anche nomi e percorsi.", panel=ANSWER)
]
_THERE = "Copia lì le foto, o i loro collegamenti."
CopyTo = Annotated[Path | None, option("--copia-in", "CARTELLA", _THERE, PATH, panel=PHOTOS)]
LinkTo = Annotated[Path | None, option("--collega-in", "CARTELLA", _THERE, PATH, panel=PHOTOS)]
_OF_VIDEOS = "Dei video altri momenti, o il fotogramma."
Moments = Annotated[bool, flag("--momenti", _OF_VIDEOS, panel=PHOTOS)]
Frame = Annotated[bool, flag("--fotogramma", _OF_VIDEOS, panel=PHOTOS)]
Rehearsal = Annotated[bool, flag("--prova", "Dice soltanto che cosa farebbe.", panel=PHOTOS)]
# Commands that move or forget only say what they would do, unless --conferma is given. --prova is
# accepted and changes nothing.
Unconfirmed = Annotated[bool, flag("--prova", "Mostra soltanto che cosa farebbe.", hidden=True)]
Open = Annotated[bool, flag("--apri", "Apre la prima foto, o la galleria.", panel=PHOTOS)]
