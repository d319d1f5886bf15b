"""Write a command's results to stdout, and everything else to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from cercafoto.base.paths import printable, printable_lines
from cercafoto.base.shared_address import masked_in
from cercafoto.cli.line_breaks import fitted
from cercafoto.errors import CercafotoError, UsageError

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
    """Write lines to stderr, with control characters escaped and passwords masked; on a terminal
    broken between words."""
    sys.stderr.write(f"{fitted(printable_lines(masked_in(text)), sys.stderr)}\n")


def report_error(error: CercafotoError) -> None:
    """Write an error to stderr: what went wrong on one line, what to do on the next."""
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {printable(error.message)}{hint}")
