"""Where in a photo something is."""

from __future__ import annotations

from pathlib import Path

import click

from cercafoto.cli import options
from cercafoto.cli.app import DONE, Common, app
from cercafoto.cli.console import notice, write


@app.command(epilog='Esempio: cercafoto dove "un gatto" foto.jpg -o mappa.png')
@click.argument("parole", metavar="PAROLE", help="Che cosa cerchi nella foto, tra virgolette.")
@click.argument("foto", type=options.PATH, metavar="FOTO", help="La foto, nell'archivio o no.")
@click.option(
    "--mappa",
    "-o",
    type=options.PATH,
    metavar="FILE",
    help="Scrive la foto con la mappa sopra (PNG).",
)
@click.option(
    "--occlusione",
    is_flag=True,
    help="Coprendo la foto un pezzo alla volta: più lento, va con ogni modello.",
)
@options.overwrite
@options.json
@options.model
@options.archive
@options.quiet
@click.pass_obj
def dove(
    common: Common,
    parole: str,
    foto: Path,
    mappa: Path | None,
    occlusione: bool,
    overwrite: bool,
    json: bool,
    modello: str | None,
    archivio: Path | None,
    quieto: bool,
) -> int:
    """Mostra in quale parte di una foto si vede quello che scrivi."""
    from cercafoto.base.atomic_file import refuse_existing, write_atomically
    from cercafoto.cli.render import where as render
    from cercafoto.library import Library

    if mappa is not None:
        refuse_existing(mappa, overwrite)
    region = Library(common.settings(archivio, modello)).where(foto, parole, occlusione)
    if mappa is not None:
        write_atomically(mappa, region.map(), overwrite)
    write(render.look_json(region, mappa) if json else render.look_text(region))
    if not (quieto or common.quiet):
        if not region.likely:
            notice(
                "Dalla foto intera non si direbbe che ci sia: questo è il punto più somigliante."
            )
        if mappa is not None:
            notice(f"La mappa è in {mappa}.")
    return DONE
