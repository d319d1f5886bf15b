"""Output of commands: results to stdout, the rest to stderr; bars and questions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from cercafoto.errors import CercafotoError, UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.library import Library


def refuse_several_outputs(*chosen: bool) -> None:
    if sum(chosen) > 1:
        raise UsageError(
            "--json, --percorsi e --null si escludono a vicenda.", "Scegline uno solo."
        )


def open_library(settings: Settings) -> Library:
    from cercafoto.library import Library

    return Library(settings)


def write(text: str | bytes) -> None:
    """Results go to stdout; bytes exactly as they are."""
    if isinstance(text, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(text)


def notice(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def sayer(quiet: bool) -> Callable[[str], None]:
    return (lambda line: None) if quiet else notice


def report_error(error: CercafotoError) -> None:
    hint = f"\n{error.hint}" if error.hint else ""
    notice(f"cercafoto: {error.message}{hint}")


def can_ask(quiet: bool) -> bool:
    return not quiet and sys.stdin.isatty() and sys.stderr.isatty()


def ask_above(bars: Any) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        """Yes unless the answer begins with n; the end of the input is a no."""
        bars.hide()
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        return bool(answer) and not answer.strip().lower().startswith("n")

    return ask


def progress(quiet: bool) -> AbstractContextManager[Any]:
    """Bars on a terminal, silence elsewhere."""
    from cercafoto.cli.progress import Bars, Silence

    return Bars() if sys.stderr.isatty() and not quiet else nullcontext(Silence())
