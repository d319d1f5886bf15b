"""`testo`: what is written in a photo."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.standard_input import pictures

app = click_italian.Typer()


@app.command("testo", epilog="Esempio: cercafoto testo scontrino.jpg")
def text(
    ctx: typer.Context,
    photo: Annotated[
        Path,
        typer.Argument(
            click_type=options.PATH,
            metavar="FOTO",
            help="La foto, nell'archivio o no; - per una in arrivo.",
        ),
    ],
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Mostra che cosa c'è scritto in una foto, riga per riga."""
    from cercafoto.cli.render import texts as render

    common = Common.of(ctx)
    (picture,) = pictures([photo])
    found = open_library(common.settings(archive), any_model=True).text_in(picture)
    write(render.text_json(found) if json else render.text_of_photo(found))
    if not found.lines and not (json or quiet or common.quiet):
        notice("In questa foto non c'è niente di scritto che si legga.")
    return DONE
