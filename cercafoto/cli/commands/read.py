"""The command `leggi`: read the words inside photos."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.commands.tag import notice_unknown
from cercafoto.cli.console import notice, open_library, report_error, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.standard_input import STANDARD_INPUT, pictures
from cercafoto.errors import ArchiveError, ImageError, ModelError, UsageError
from cercafoto.results import clock

if TYPE_CHECKING:
    from cercafoto.library import Library

app = click_italian.Typer()


@app.command("leggi", epilog="Esempio: cercafoto leggi ~/Foto/2019")
def read(
    ctx: typer.Context,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(
            click_type=options.PATH,
            metavar="[CARTELLA|FOTO]...",
            help="Cartelle da leggere (se non ne indichi, tutte); di una foto mostra le parole.",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--tutte", help="Anche le foto in cui difficilmente c'è scritto qualcosa."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--rileggi",
            help="Anche le foto lette con un'altra versione del motore, e quelle illeggibili.",
        ),
    ] = False,
    videos: Annotated[
        bool,
        typer.Option(
            "--video",
            help="Anche i momenti dei video, e non solo come cominciano: da qualche secondo a due "
            "minuti per ogni video.",
        ),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta che si liberi.")
    ] = False,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Legge le parole scritte nelle foto. Comincia da quelle che più facilmente ne hanno; di una
    foto, nell'archivio o no, mostra le parole. Con - la foto arriva dallo standard input."""
    from cercafoto.cli.render import ocr_texts as render

    common = Common.of(ctx)
    quiet = quiet or common.quiet
    settings = common.settings(archive)
    if photos and all(map(_is_photo, photos)):
        library, given = open_library(settings, any_model=True), pictures(photos)
        files = [photo for photo in given if isinstance(photo, Path)]
        if files and videos:
            with TerminalReporter(quiet) as reporter:
                library.read_texts(
                    files, every=every, again=again, videos=True, wait=wait, reporter=reporter
                )
        elif files:
            # Indexed photos can be found by their words from now on. If the archive is busy or
            # missing, the words are still shown.
            with suppress(ArchiveError, ModelError, UsageError):
                library.read_texts(files, every=every, again=again, wait=wait)
        return _show(library, given, json, quiet, videos)
    library = open_library(settings)
    with TerminalReporter(quiet) as reporter:
        report = library.read_texts(
            photos or (), every=every, again=again, videos=videos, wait=wait, reporter=reporter
        )
    if json:
        write(render.texts_json(report))
    else:
        TerminalReporter(quiet).say(render.texts_summary(report))
    missed = notice_unknown(report.unknown)
    return SKIPPED if report.problems or report.skipped else missed or DONE


def _is_photo(path: Path) -> bool:
    """Return True if a path is one photo: an existing file, or "-" for standard input."""
    return path == STANDARD_INPUT or (os.path.lexists(path) and not path.is_dir())


def _show(
    library: "Library",
    photos: Sequence[Path | PipedPicture],
    json: bool,
    quiet: bool,
    videos: bool,
) -> int:
    """Write the words of each photo to stdout, and return the exit code.

    Several photos have their names above their words, and those that cannot be read are skipped.
    Raises ImageError if the only photo cannot be read.

    videos: whether to write the words of each moment of a video, below its name and the time.
    """
    from cercafoto.cli.render import ocr_texts as render

    code, several = DONE, len(photos) > 1
    for photo in photos:
        moments = library.texts_in_video(photo) if videos and isinstance(photo, Path) else ()
        for start, found in moments:
            write(
                render.text_json(found, str(photo), start)
                if json
                else render.text_of_photo(found, f"{photo} {clock(start)}")
            )
        if moments:
            continue
        try:
            found = library.text_in(photo)
        except ImageError as error:
            if not several:
                raise
            report_error(error)
            code = SKIPPED
            continue
        name = str(photo) if several else None
        write(render.text_json(found, name) if json else render.text_of_photo(found, name))
        if not (found.lines or json or quiet or several):
            notice("Nessuna scritta leggibile in questa foto.")
    return code
