"""Write a command's results to stdout, and everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

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
    names = [name for name, is_given in chosen.items() if is_given]
    if len(names) > 1:
        *first, last = names
        raise UsageError(
            f"{', '.join(first)} e {last} si escludono a vicenda.", "Scegline uno solo."
        )


class OutputError(OSError):
    """Results could not be written to stdout, for example because its disk is full."""


def open_closed_streams() -> None:
    """Open stdin, stdout and stderr as the null device where they are closed (`>&-`). Otherwise the
    next file opened, such as the catalogue, would take their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # takes the smallest free number
            os.set_inheritable(null, True)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def discard(stream: TextIO) -> None:
    """Write to the null device from now on, what is still buffered too. Otherwise Python would try
    again at exit, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write(text: str | bytes) -> None:
    """Write results to stdout. Bytes are written unchanged; in a text, control characters are
    escaped, except the styles of tables. Raises BrokenPipeError and OutputError."""
    if not text:
        return  # a full disk refuses nothing, too
    try:
        if isinstance(text, bytes):
            sys.stdout.flush()
            sys.stdout.buffer.write(text)
        else:
            pieces = _STYLES.split(text)
            pieces[::2] = map(printable_lines, pieces[::2])
            sys.stdout.write("".join(pieces))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


def notice(text: str) -> None:
    """Write lines to stderr, with control characters escaped and passwords masked; on a terminal
    broken between words. If stderr cannot be written, the command goes on without it."""
    try:
        sys.stderr.write(f"{fitted(printable_lines(masked_in(text)), sys.stderr)}\n")
    except OSError:
        discard(sys.stderr)


def report_error(error: CercafotoError) -> None:
    """Write an error to stderr: what went wrong on one line, what to do on the next."""
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {printable(error.message)}{hint}")
