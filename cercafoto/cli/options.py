"""Options that several commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer
from click.shell_completion import CompletionItem

from cercafoto.cli import completion
from cercafoto.cli.completion import PATH


class _ArchivePlace(click.ParamType[str | Path]):
    """A folder, or the address of a shared archive, which is no path: it has two slashes."""

    name = "archive"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | Path:
        return value  # `Path` would make one slash of two

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
        help="Dove sta l'archivio: una cartella, o l'indirizzo di uno condiviso.",
    ),
]
Roots = Annotated[
    list[str],
    typer.Option(
        "--radice",
        metavar="FONTE=CARTELLA",
        help="Dove sono qui le foto di una fonte dell'archivio condiviso; ripetibile.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--modello",
        click_type=completion.MODEL,
        metavar="NOME",
        help="Modello da usare (vedi «modello elenco»).",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Non usa mai la rete.")]
Quiet = Annotated[
    bool, typer.Option("--quieto", "-q", help="Scrive solo i risultati e gli errori.")
]
Literal = Annotated[
    bool, typer.Option("--letterale", help="Cerca le parole come sono, senza interpretarle.")
]
Json = Annotated[bool, typer.Option("--json", help="Scrive il risultato in JSON.")]
Order = Annotated[
    str | None,
    typer.Option(
        "--ordina",
        click_type=completion.ORDER,
        metavar="COME",
        help="Per data (dalla più recente), vecchie (dalla più vecchia), nome o fiducia.",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--sovrascrivi", help="Prende il posto di un file che c'è già.")
]
Paths = Annotated[bool, typer.Option("--percorsi", help="Scrive solo i percorsi, uno per riga.")]
Null = Annotated[
    bool, typer.Option("--null", "-0", help="Percorsi separati da NUL, per «xargs -0».")
]
RowTemplate = Annotated[
    str | None,
    typer.Option(
        "--formato-riga",
        metavar="MODELLO",
        help="Scrive ogni foto così: '{percorso}\\t{fiducia}'.",
    ),
]

# -- what else to do with an answer (AnswerActions) ---------------------------------------------

Preview = Annotated[bool, typer.Option("--anteprima", help="Mostra le miniature nel terminale.")]
Gallery = Annotated[
    Path | None,
    typer.Option(
        "--html", click_type=PATH, metavar="FILE", help="Scrive una pagina con le miniature."
    ),
]
CopyTo = Annotated[
    Path | None,
    typer.Option(
        "--copia-in", click_type=PATH, metavar="CARTELLA", help="Copia lì le foto trovate."
    ),
]
LinkTo = Annotated[
    Path | None,
    typer.Option(
        "--collega-in",
        click_type=PATH,
        metavar="CARTELLA",
        help="Fa lì un collegamento a ogni foto trovata.",
    ),
]
Rehearsal = Annotated[
    bool,
    typer.Option("--prova", help="Con --copia-in o --collega-in: dice che cosa farebbe e basta."),
]
Open = Annotated[
    bool, typer.Option("--apri", help="Apre la prima foto trovata; con --html, la pagina.")
]
