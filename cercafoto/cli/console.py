"""Write a command's results to stdout, and everything else to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cercafoto.base.paths import printable, printable_lines
from cercafoto.base.shared_address import masked_in
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.archive.archive import Archive
    from cercafoto.library import Library

# Bold text and links to local files, as `render.table` writes them.
_STYLES = re.compile(r"(\x1b\[[01]m|\x1b\]8;;(?:file:[!-~]*)?\x1b\\)")


def refuse_several(chosen: Mapping[str, bool]) -> None:
    """Raise UsageError if more than one of these options is given.

    chosen: name of an option -> whether it is given.
    """
    given = [name for name, is_given in chosen.items() if is_given]
    if len(given) > 1:
        *first, last = given
        raise UsageError(
            f"{', '.join(first)} e {last} si escludono a vicenda.", "Scegline uno solo."
        )


def open_library(
    settings: Settings, archive: Archive | None = None, *, any_model: bool = False
) -> Library:
    """Return the library of the current command, opened once and closed when the command ends.

    archive: an open archive to use, as in `Library`.
    any_model: let --modello name any model; otherwise it must be the archive's.

    Raises UsageError (--modello is not the archive's model), UnknownModelError (no such model).
    """
    import click

    from cercafoto.library import Library

    library = click.get_current_context().with_resource(Library(settings, archive))
    library.archive.expect_model(any_model)
    return library


def write(text: str | bytes) -> None:
    """Write results to stdout. Bytes are written unchanged; in a text, control characters are
    escaped, except the styles of tables."""
    if isinstance(text, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    else:
        pieces = _STYLES.split(text)
        pieces[::2] = map(printable_lines, pieces[::2])
        sys.stdout.write("".join(pieces))


def notice(text: str) -> None:
    """Write lines to stderr, with control characters escaped and passwords masked."""
    sys.stderr.write(f"{printable_lines(masked_in(text))}\n")


def report_error(error: CercafotoError) -> None:
    """Write an error to stderr: what went wrong on one line, what to do on the next."""
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {printable(error.message)}{hint}")
