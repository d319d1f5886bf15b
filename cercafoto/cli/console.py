"""Output of a command: results on stdout, the rest on stderr."""

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

# Bold, and links to files of this machine: what `render.table` writes.
_STYLES = re.compile(r"(\x1b\[[01]m|\x1b\]8;;(?:file:[!-~]*)?\x1b\\)")


def refuse_several(chosen: Mapping[str, bool]) -> None:
    """Raise UsageError where more than one of these options is given."""
    given = [name for name, is_given in chosen.items() if is_given]
    if len(given) > 1:
        *first, last = given
        raise UsageError(
            f"{', '.join(first)} e {last} si escludono a vicenda.", "Scegline uno solo."
        )


def open_library(
    settings: Settings, archive: Archive | None = None, *, any_model: bool = False
) -> Library:
    """Open the archive for a command: once, until the command ends.

    archive: as `Library` takes it.
    any_model: the command takes any model, where others take that of the archive.

    Raises UsageError for a model that is not the archive's, UnknownModelError for none.
    """
    import click

    from cercafoto.library import Library

    library = click.get_current_context().with_resource(Library(settings, archive))
    library.archive.expect_model(any_model)
    return library


def write(text: str | bytes) -> None:
    """Write results to stdout; bytes exactly as they are. Of a text, what a terminal would obey is
    escaped, except the styles that tables have."""
    if isinstance(text, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    else:
        pieces = _STYLES.split(text)
        pieces[::2] = map(printable_lines, pieces[::2])
        sys.stdout.write("".join(pieces))


def notice(text: str) -> None:
    """Write lines to stderr, without what a terminal would obey and without passwords."""
    sys.stderr.write(f"{printable_lines(masked_in(text))}\n")


def report_error(error: CercafotoError) -> None:
    """Write what went wrong on one line, and below it what to do."""
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {printable(error.message)}{hint}")
