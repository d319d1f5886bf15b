"""Output of a command: results on stdout, the rest on stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cercafoto.errors import CercafotoError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.library import Library
    from cercafoto.session import Session


def refuse_several_outputs(chosen: Mapping[str, bool]) -> None:
    """Raise UsageError where more than one of these options is given."""
    given = [name for name, is_given in chosen.items() if is_given]
    if len(given) > 1:
        *first, last = given
        raise UsageError(
            f"{', '.join(first)} e {last} si escludono a vicenda.", "Scegline uno solo."
        )


def open_library(
    settings: Settings, session: Session | None = None, *, any_model: bool = False
) -> Library:
    """Open the archive for a command: once, until the command ends.

    session: as `Library` takes it.
    any_model: the command takes any model, where others take that of the archive.

    Raises UsageError for a model that is not the archive's, UnknownModelError for none.
    """
    import click

    from cercafoto.library import Library

    library = click.get_current_context().with_resource(Library(settings, session))
    library.session.expect_model(any_model)
    return library


def write(text: str | bytes) -> None:
    """Write results to stdout; bytes exactly as they are."""
    if isinstance(text, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(text)


def notice(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def report_error(error: CercafotoError) -> None:
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {error.message}{hint}")
