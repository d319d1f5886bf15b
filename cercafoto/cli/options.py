"""Declare once each option that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer
from click.shell_completion import CompletionItem

from cercafoto.cli import shell_completion
from cercafoto.cli.shell_completion import PATH

# Headings in the help of a command with many options.
ANSWER = "Come scrivere la risposta"
PHOTOS = "Che cosa fare delle foto"


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
    typer.Option(
        "--archivio",
        click_type=_ArchivePlace(),
        metavar="CARTELLA",
        help="Cartella dell'archivio, o indirizzo di uno condiviso.",
    ),
]
Roots = Annotated[
    list[str],
    typer.Option(
        "--radice",
        metavar="FONTE=CARTELLA",
        help="Dove sono qui le foto di una fonte condivisa; ripetibile.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--modello",
        click_type=shell_completion.MODEL,
        metavar="NOME",
        help="Modello da usare (vedi «cercafoto modello»).",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Non usa mai la rete.")]
Quiet = Annotated[
    bool,
    typer.Option("--quieto", "-q", "--silenzioso", help="Scrive solo i risultati e gli errori."),
]
Literal = Annotated[
    bool, typer.Option("--letterale", help="Cerca le parole così come sono, senza interpretarle.")
]
Json = Annotated[
    bool, typer.Option("--json", rich_help_panel=ANSWER, help="Scrive il risultato in JSON.")
]
Order = Annotated[
    str | None,
    typer.Option(
        "--ordina",
        click_type=shell_completion.ORDER,
        metavar="COME",
        help="In che ordine: data, vecchie, nome o fiducia.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--sovrascrivi",
        rich_help_panel=ANSWER,
        help="Sostituisce il file, o la raccolta, se c'è già.",
    ),
]
_PATHS = "Solo i percorsi, uno per riga o separati da NUL."
Paths = Annotated[bool, typer.Option("--percorsi", rich_help_panel=ANSWER, help=_PATHS)]
Null = Annotated[bool, typer.Option("--null", "-0", rich_help_panel=ANSWER, help=_PATHS)]
RowTemplate = Annotated[
    str | None,
    typer.Option(
        "--formato-riga",
        metavar="MODELLO",
        rich_help_panel=ANSWER,
        help="Scrive ogni foto così: '{percorso}\\t{fiducia}'.",
    ),
]

# -- what to do with an answer (AnswerActions) --------------------------------------------------

Preview = Annotated[
    bool,
    typer.Option("--anteprima", rich_help_panel=ANSWER, help="Mostra le miniature nel terminale."),
]
Gallery = Annotated[
    Path | None,
    typer.Option(
        "--html",
        click_type=PATH,
        metavar="FILE",
        rich_help_panel=ANSWER,
        help="Scrive una pagina con le miniature.",
    ),
]
_THERE = "Copia lì le foto, o i loro collegamenti."
CopyTo = Annotated[
    Path | None,
    typer.Option(
        "--copia-in", click_type=PATH, metavar="CARTELLA", rich_help_panel=PHOTOS, help=_THERE
    ),
]
LinkTo = Annotated[
    Path | None,
    typer.Option(
        "--collega-in",
        click_type=PATH,
        metavar="CARTELLA",
        rich_help_panel=PHOTOS,
        help=_THERE,
    ),
]
_OF_VIDEOS = "Dei video altri momenti, o il fotogramma."
Moments = Annotated[bool, typer.Option("--momenti", rich_help_panel=PHOTOS, help=_OF_VIDEOS)]
Frame = Annotated[bool, typer.Option("--fotogramma", rich_help_panel=PHOTOS, help=_OF_VIDEOS)]
Rehearsal = Annotated[
    bool,
    typer.Option("--prova", rich_help_panel=PHOTOS, help="Dice soltanto che cosa farebbe."),
]
# Commands that move or forget only say what they would do, unless --conferma is given. --prova is
# accepted and changes nothing.
Unconfirmed = Annotated[
    bool, typer.Option("--prova", hidden=True, help="Mostra soltanto che cosa farebbe.")
]
Open = Annotated[
    bool,
    typer.Option(
        "--apri", rich_help_panel=PHOTOS, help="Apre la prima foto, o la pagina (--html)."
    ),
]
