"""The command `pulisci`: delete from the archive what it knows about photos that are gone."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, refuse_several, write
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("pulisci", epilog="Esempio: cercafoto pulisci --conferma")
def clean(
    ctx: typer.Context,
    forget: Annotated[
        list[Path],
        typer.Option(
            "--dimentica",
            click_type=options.PATH,
            metavar="CARTELLA",
            help="Toglie dall'archivio questa cartella intera, e nient'altro; ripetibile.",
        ),
    ] = [],
    forget_texts: Annotated[
        bool,
        typer.Option("--dimentica-testi", help="Toglie soltanto le parole lette nelle foto."),
    ] = False,
    confirmed: Annotated[
        bool,
        typer.Option("--conferma", help="Lo fa davvero; senza, mostra soltanto che cosa farebbe."),
    ] = False,
    rehearsal: options.Unconfirmed = False,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Toglie dall'archivio le foto che non ci sono più. I file non vengono toccati."""
    from cercafoto.cli.render import care as render

    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    common = Common.of(ctx)
    library = open_library(common.settings(archive))
    if forget_texts:
        if forget:
            raise UsageError(
                "--dimentica-testi e --dimentica si escludono a vicenda.",
                "Scrivi un comando dopo l'altro.",
            )
        number = library.forget_texts(confirmed=confirmed)
        if json:
            write(render.forgotten_texts_json(number, confirmed))
        elif not (quiet or common.quiet):
            notice(render.forgotten_texts_summary(number, confirmed))
        return DONE
    report = library.clean(forget, confirmed=confirmed)
    if json:
        write(render.clean_json(report))
        return DONE
    if not confirmed:
        write(render.clean_paths(report))
    if not (quiet or common.quiet):
        notice("\n".join(render.clean_summary(report)))
    return DONE
