"""The command `dati`: show all that the archive knows about a photo."""

from pathlib import Path
from typing import Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import open_library
from cercafoto.cli.console import report_error, write
from cercafoto.cli.options import argument
from cercafoto.cli.shell_completion import PATH
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("dati", epilog="Esempio: cercafoto dati ~/Foto/gita.jpg")
def data(
    photos: Annotated[
        list[Path] | None, argument("FOTO...", "Le foto dell'archivio da mostrare.", PATH)
    ] = None,
    json: options.Json = False,
) -> int:
    """Mostra tutto quello che l'archivio sa di una foto."""
    from cercafoto.cli.render.photo_data import known_photo_text

    if not photos:
        raise UsageError("Serve una foto.", "Per esempio: cercafoto dati ~/Foto/gita.jpg")
    library, several, code = open_library(), len(photos) > 1, DONE
    for number, photo in enumerate(photos):
        try:
            known = library.data(photo)
        except UsageError as error:
            if not several:
                raise
            report_error(error)
            code = SKIPPED
            continue
        if json:
            write(as_json(known, one_line=several))
        else:
            write(("\n" if number else "") + known_photo_text(known))
    return code
