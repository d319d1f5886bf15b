"""`dove`: find the part of a photo that matches a text."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, write

app = click_italian.Typer()


@app.command("dove", epilog='Esempio: cercafoto dove "un gatto" foto.jpg -o mappa.png')
def where(
    ctx: typer.Context,
    words: Annotated[
        str,
        typer.Argument(metavar="PAROLE", help="Che cosa cerchi nella foto, tra virgolette."),
    ],
    photo: Annotated[
        Path,
        typer.Argument(
            click_type=options.PATH, metavar="FOTO", help="La foto, nell'archivio o no."
        ),
    ],
    map_file: Annotated[
        Path | None,
        typer.Option(
            "--mappa",
            "-o",
            click_type=options.PATH,
            metavar="FILE",
            help="Scrive la foto con la mappa sopra (PNG).",
        ),
    ] = None,
    occlusion: Annotated[
        bool,
        typer.Option(
            "--occlusione",
            help="Coprendo la foto un pezzo alla volta: più lento, va con ogni modello.",
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
    model: options.Model = None,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Mostra in quale parte di una foto si vede quello che scrivi."""
    from cercafoto.base.atomic_file import refuse_existing, write_atomically
    from cercafoto.cli.render import where as render

    if map_file is not None:
        refuse_existing(map_file, overwrite)
    common = Common.of(ctx)
    region = open_library(common.settings(archive, model)).where(photo, words, occlusion)
    if map_file is not None:
        write_atomically(map_file, region.map(), overwrite)
    write(render.look_json(region, map_file) if json else render.look_text(region))
    if not (quiet or common.quiet):
        if not region.likely:
            nearest = "; questo è il punto più somigliante" if region.box else ""
            notice(f"Forse nella foto non c'è{nearest}.")
        if map_file is not None:
            notice(f"La mappa è in {map_file}.")
    return DONE
