"""Options that several commands share: decorators."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import completion

# As it was typed: whether it can be read is said by what reads it.
PATH = click.Path(readable=False, path_type=Path)

archive = click.option("--archivio", type=PATH, metavar="CARTELLA", help="Dove sta l'archivio.")
model = click.option(
    "--modello",
    metavar="NOME",
    help="Modello da usare (vedi «modello elenco»).",
    shell_complete=completion.models,
)
offline = click.option("--offline", is_flag=True, help="Non usa mai la rete.")
quiet = click.option("--quieto", "-q", is_flag=True, help="Scrive solo i risultati e gli errori.")
literal = click.option(
    "--letterale", is_flag=True, help="Cerca le parole come sono, senza interpretarle."
)
json = click.option("--json", is_flag=True, help="Scrive il risultato in JSON.")
inside = click.option(
    "in_",
    "--in",
    type=PATH,
    multiple=True,
    metavar="CARTELLA",
    help="Solo in questa cartella; ripetibile.",
)
overwrite = click.option(
    "overwrite", "--sovrascrivi", is_flag=True, help="Prende il posto di un file che c'è già."
)
paths = click.option("--percorsi", is_flag=True, help="Scrive solo i percorsi, uno per riga.")
null = click.option("--null", "-0", is_flag=True, help="Percorsi separati da NUL, per «xargs -0».")
