"""The command `pulisci`: delete from the archive what it knows about photos that are gone."""

from pathlib import Path
from typing import Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import refuse_several, write
from cercafoto.cli.options import flag, option
from cercafoto.cli.shell_completion import PATH
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("pulisci", epilog="Esempio: cercafoto pulisci --conferma")
def clean(
    forget: Annotated[
        list[Path],
        option(
            "--dimentica",
            "CARTELLA",
            "Toglie dall'archivio questa cartella intera, e nient'altro; ripetibile.",
            PATH,
        ),
    ] = [],
    forget_texts: Annotated[
        bool, flag("--dimentica-testi", "Toglie soltanto le parole lette nelle foto.")
    ] = False,
    confirmed: Annotated[
        bool, flag("--conferma", "Lo fa davvero; senza, mostra soltanto che cosa farebbe.")
    ] = False,
    rehearsal: options.Unconfirmed = False,
    json: options.Json = False,
) -> int:
    """Toglie dall'archivio le foto che non ci sono più. I file non vengono toccati."""
    from cercafoto.cli.render import care as render

    refuse_several({"--prova": rehearsal, "--conferma": confirmed})
    library = open_library()
    if forget_texts:
        if forget:
            raise UsageError(
                "--dimentica-testi e --dimentica si escludono a vicenda.",
                "Scrivi un comando dopo l'altro.",
            )
        number = library.texts.forget(confirmed=confirmed)
        if json:
            write(as_json({"done": confirmed, "texts": number}))
        else:
            tell(render.forgotten_texts_summary(number, confirmed))
        return DONE
    report = library.clean(forget, confirmed=confirmed)
    if json:
        write(as_json(report))
        return DONE
    if not confirmed:
        write(render.clean_paths(report))
    tell("\n".join(render.clean_summary(report)))
    return DONE
