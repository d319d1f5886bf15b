"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cercafoto import completing

Archive = Annotated[
    Path | None,
    typer.Option("--archivio", metavar="CARTELLA", help="Dove sta l'archivio."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--modello",
        metavar="NOME",
        help="Modello da usare (vedi «modello elenco»).",
        autocompletion=completing.models,
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
Inside = Annotated[
    list[Path] | None,
    typer.Option("--in", metavar="CARTELLA", help="Solo in questa cartella; ripetibile."),
]
Overwrite = Annotated[
    bool, typer.Option("--sovrascrivi", help="Prende il posto di un file che c'è già.")
]
Paths = Annotated[bool, typer.Option("--percorsi", help="Scrive solo i percorsi, uno per riga.")]
Null = Annotated[
    bool, typer.Option("--null", "-0", help="Percorsi separati da NUL, per «xargs -0».")
]
