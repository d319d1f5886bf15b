"""Where in a photo something is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.commands.app import DONE, app, command
from cercafoto.commands.options import Archive, Json, Model, Overwrite, Quiet
from cercafoto.commands.output import notice, write


@command(app, "dove", 'cercafoto dove "un gatto" foto.jpg -o mappa.png')
def dove(
    ctx: typer.Context,
    parole: Annotated[
        str, typer.Argument(metavar="PAROLE", help="Che cosa cerchi nella foto, tra virgolette.")
    ],
    foto: Annotated[Path, typer.Argument(metavar="FOTO", help="La foto, nell'archivio o no.")],
    mappa: Annotated[
        Path | None,
        typer.Option(
            "--mappa", "-o", metavar="FILE", help="Scrive la foto con la mappa sopra (PNG)."
        ),
    ] = None,
    occlusione: Annotated[
        bool,
        typer.Option(
            "--occlusione",
            help="Coprendo la foto un pezzo alla volta: più lento, va con ogni modello.",
        ),
    ] = False,
    sovrascrivi: Overwrite = False,
    json: Json = False,
    modello: Model = None,
    archivio: Archive = None,
    quieto: Quiet = False,
) -> int:
    """Mostra in quale parte di una foto si vede quello che scrivi."""
    from cercafoto.looking import look
    from cercafoto.render import look as render
    from cercafoto.whole_file import refuse_taken, write_whole

    if mappa is not None:
        refuse_taken(mappa, sovrascrivi)
    sight = look(ctx.obj.settings(archivio, modello), foto, parole, occlusione)
    if mappa is not None:
        write_whole(mappa, sight.map(), sovrascrivi)
    write(render.look_json(sight, mappa) if json else render.look_text(sight))
    if not (quieto or ctx.obj.quiet):
        if not sight.likely:
            notice(
                "Dalla foto intera non si direbbe che ci sia: questo è il punto più somigliante."
            )
        if mappa is not None:
            notice(f"La mappa è in {mappa}.")
    return DONE
