"""`leggi`: the words inside photos."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.commands.tag import notice_unknown
from cercafoto.cli.console import open_library, write
from cercafoto.cli.progress import TerminalReporter

app = click_italian.Typer()


@app.command("leggi", epilog="Esempio: cercafoto leggi ~/Foto/2019")
def read(
    ctx: typer.Context,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            click_type=options.PATH,
            metavar="[CARTELLA|FOTO]...",
            help="Quali foto; nessuna: tutte.",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--tutte", help="Anche quelle dove difficilmente c'è scritto qualcosa."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--rileggi",
            help="Anche quelle lette con un'altra versione del motore, o che non si leggevano.",
        ),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta il turno.")
    ] = False,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Legge le parole scritte nelle foto dell'archivio, a cominciare da quelle che più ne hanno."""
    from cercafoto.cli.render import texts as render

    common = Common.of(ctx)
    quiet = quiet or common.quiet
    library = open_library(common.settings(archive))
    with TerminalReporter(quiet) as reporter:
        report = library.read_texts(
            photos or (), every=every, again=again, wait=wait, reporter=reporter
        )
    if json:
        write(render.texts_json(report))
    else:
        TerminalReporter(quiet).say(render.texts_summary(report))
    missed = notice_unknown(report.unknown)
    return SKIPPED if report.problems or report.skipped else missed or DONE
