"""The command `dove`: find the part of a photo that matches a text."""

import os
from pathlib import Path
from typing import Annotated

from cercafoto.base.json_keys import as_data, as_json
from cercafoto.base.paths import typed_path
from cercafoto.base.shared_address import refuse_address, refuse_password
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import write
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.shell_completion import PATH
from cercafoto.cli.standard_input import pictures
from cercafoto.errors import UsageError
from cercafoto.question.weights import named_moment

app = click_italian.Typer()

EXAMPLE = "cercafoto dove un gatto foto.jpg"
# File extension of the map -> the format's name in Pillow.
MAP_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


@app.command("dove", epilog=f"Esempio: {EXAMPLE} -o mappa.png")
def where(
    # Words and photo as one argument: if one is missing, the message can say that both are needed.
    given: Annotated[
        list[str] | None,
        argument(
            "PAROLE... FOTO",
            "Che cosa cerchi e, per ultima, la foto; con - arriva dallo standard input. "
            "Di un video, se vuoi, anche il momento: festa.mp4 1:23.",
        ),
    ] = None,
    map_file: Annotated[
        Path | None,
        option("--mappa -o", "FILE", "Scrive la foto con sopra la mappa (.png o .jpg).", PATH),
    ] = None,
    occlusion: Annotated[
        bool,
        flag(
            "--occlusione", "Copre la foto un pezzo alla volta: più lento, ma va con ogni modello."
        ),
    ] = False,
    overwrite: Annotated[bool, flag("--sovrascrivi", "Sostituisce il file, se c'è già.")] = False,
    json: options.Json = False,
) -> int:
    """Mostra in quale parte di una foto si vede quello che scrivi."""
    from cercafoto.base.atomic_file import refuse_existing, write_atomically
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import where as render

    words, photo = _words_and_photo(given or [])
    map_format = _format_of_map(map_file)
    if map_file is not None:
        refuse_existing(map_file, overwrite)
    photo, at = named_moment(photo)
    (picture,) = pictures([photo])
    region = open_library(any_model=True).photos.where(picture, words, occlusion, at)
    if map_file is not None:
        write_atomically(map_file, region.map(map_format), overwrite)
    if json:
        write(as_json(as_data(region) | {"map": map_file}))
    else:
        write(render.look_text(region))
    if not region.is_likely:
        nearest = "; questo è il punto più somigliante" if region.boxes else ""
        whole = at is None and isinstance(picture, Path)  # of a piped video only the beginning
        what = "nella foto" if region.at is None else "nel video" if whole else "lì"
        tell(f"Forse {what} non c'è{nearest}.")
    if map_file is not None:
        tell(f"La mappa è in {printable(map_file)}.")
    return DONE


def _words_and_photo(given: list[str]) -> tuple[str, Path]:
    """Split the arguments into words and a photo, which comes last. Raises UsageError if either is
    missing, there are several photos, or an argument is an address of a shared archive."""
    from cercafoto.photos.decoding.file_kind import ENDINGS

    if len(given) < 2:
        raise UsageError("Servono le parole da cercare e poi la foto.", f"Per esempio: {EXAMPLE}")
    *words, photo = given
    for word in words:
        refuse_password(word)
    refuse_address(photo)
    if len(words) > 1 and ":" in photo and " " not in photo:
        row = Path(f"{words[-1]} {photo}")  # as a search writes it: festa.mp4  1:23
        if named_moment(row)[1] is not None:
            return " ".join(words[:-1]), row
    # A wildcard that matched several photos.
    if any(_ending(word) in ENDINGS and Path(word).is_file() for word in words):
        raise UsageError("La foto è una sola, e viene dopo le parole.", f"Per esempio: {EXAMPLE}")
    return " ".join(words), typed_path(photo)


def _ending(name: str) -> bytes:
    return os.fsencode(Path(name).suffix.lower())


def _format_of_map(path: Path | None) -> str:
    """Return Pillow's name of the format that the map's file extension asks for, PNG if there is no
    extension or no file. Raises UsageError for an unknown extension."""
    ending = path.suffix.lower() if path is not None else ""
    if ending and ending not in MAP_FORMATS:
        raise UsageError(
            f"La mappa si scrive in un file .png o .jpg, non {ending}.", "Per esempio: -o mappa.png"
        )
    return MAP_FORMATS.get(ending, "PNG")
