"""The command `leggi`: read the words inside photos."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cercafoto.base.json_keys import as_json
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.commands.tag import notice_unknown
from cercafoto.cli.common import open_library, tell
from cercafoto.cli.console import report_error, write
from cercafoto.cli.options import argument, flag
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.shell_completion import PATH
from cercafoto.cli.standard_input import STANDARD_INPUT, pictures
from cercafoto.errors import ArchiveError, ImageError, ModelError, UsageError

if TYPE_CHECKING:
    from cercafoto.library import Library

app = click_italian.Typer()


Photos = Annotated[
    list[Path] | None,
    argument(
        "[CARTELLA|FOTO]...",
        "Cartelle da leggere (se non ne indichi, tutte); di una foto mostra le parole.",
        PATH,
    ),
]
Every = Annotated[
    bool, flag("--tutte", "Anche le foto in cui è improbabile che ci sia scritto qualcosa.")
]
Again = Annotated[
    bool,
    flag(
        "--rileggi",
        "Anche le foto lette con un'altra versione del motore, e quelle illeggibili.",
    ),
]
Videos = Annotated[
    bool,
    flag(
        "--video",
        "Anche i momenti dei video, e non solo come cominciano: da qualche secondo a due "
        "minuti per ogni video.",
    ),
]


@app.command("leggi", epilog="Esempio: cercafoto leggi ~/Foto/2019")
def read(
    photos: Photos = None,
    every: Every = False,
    again: Again = False,
    retry: options.RetryUnread = False,
    videos: Videos = False,
    wait: options.Wait = False,
    json: options.Json = False,
) -> int:
    """Legge le parole scritte nelle foto. Comincia da quelle che è più probabile ne abbiano; di
    una foto, nell'archivio o no, mostra le parole. Con - la foto arriva dallo standard input."""
    from cercafoto.cli.render.looks import look_data, look_summary
    from cercafoto.ocr.word_sense import Words

    if photos and all(map(_is_photo, photos)):
        library, given = open_library(any_model=True), pictures(photos)
        files = [photo for photo in given if isinstance(photo, Path)]
        if files and videos:
            with TerminalReporter() as reporter:
                library.texts.read(
                    files,
                    every=every,
                    again=again,
                    retry=retry,
                    videos=True,
                    wait=wait,
                    reporter=reporter,
                )
        elif files:
            # Indexed photos can be found by their words from now on. If the archive is busy or
            # missing, the words are still shown.
            with suppress(ArchiveError, ModelError, UsageError):
                library.texts.read(files, every=every, again=again, retry=retry, wait=wait)
        return _show(library, given, json, videos)
    library = open_library()
    with TerminalReporter() as reporter:
        report = library.texts.read(
            photos or (),
            every=every,
            again=again,
            retry=retry,
            videos=videos,
            wait=wait,
            reporter=reporter,
        )
    if json:
        write(as_json(look_data(Words(), report)))
    else:
        tell(look_summary(Words(), report))
    missed = notice_unknown(report.unknown)
    return SKIPPED if report.problems or report.skipped else missed or DONE


def _is_photo(path: Path) -> bool:
    """Whether a path is one photo: an existing file, or "-" for standard input."""
    return path == STANDARD_INPUT or (os.path.lexists(path) and not path.is_dir())


def _show(
    library: "Library", photos: Sequence[Path | PipedPicture], json: bool, videos: bool
) -> int:
    """Write the words of each photo to stdout, and return the exit code.

    Several photos have their names above their words, and those that cannot be read are skipped.
    Raises ImageError if the only photo cannot be read.

    videos: whether to write the words of each moment of a video, below its name and the time.
    """
    from cercafoto.base.italian_counts import clock
    from cercafoto.browse.text_rows import NO_WORDS
    from cercafoto.cli.render import ocr_texts as render

    code, several = DONE, len(photos) > 1
    for photo in photos:
        moments = library.texts.in_video(photo) if videos and isinstance(photo, Path) else ()
        for start, text in moments:
            write(
                render.text_json(text, str(photo), start)
                if json
                else render.text_of_photo(text, f"{photo} {clock(start)}")
            )
        if moments:
            continue
        try:
            text = library.texts.of_photo(photo)
        except ImageError as error:
            if not several:
                raise
            report_error(error)
            code = SKIPPED
            continue
        name = str(photo) if several else None
        write(render.text_json(text, name) if json else render.text_of_photo(text, name))
        if not (text.lines or json or several):
            tell(NO_WORDS)
    return code
