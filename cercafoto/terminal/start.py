"""Open the screen: on the terminal itself, whatever stdin, stdout and stderr are."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec

from cercafoto.base.installation import install_command
from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings
from cercafoto.terminal.means import BLOCKS, KITTY, SHADES, Terminal, this_terminal

EXTRA = "terminale"
ENOUGH = 256  # colours


@dataclass(frozen=True)
class Ended:
    """How it ended. marked: photos that were chosen; write: the person asked for their paths."""

    marked: tuple[bytes, ...]
    write: bool = False


def browse(settings: Settings, words: str, page: int) -> Ended | None:
    """Let a person look through the archive; None where they broke it off.

    words: the first question. page: photos at a time.

    Raises CercafotoError (the extra is not installed, or there is no terminal), ArchiveError.
    """
    if find_spec("textual") is None:
        raise CercafotoError(
            "Per «cercafoto sfoglia» manca Textual, che disegna la schermata.",
            f"Si installa con: {install_command(EXTRA)}",
        )
    archive = BrowsedArchive(settings, page=page, graph=False)
    try:
        archive.answer(Asked())  # where there is none, that is said before anything is drawn
        with on_the_terminal(), ended_with_its_terminal():
            terminal = described(this_terminal(), os.environ)
            if terminal.means == KITTY or os.environ.get("TMUX"):
                # kitty's placeholders are told apart by colours, of which none may be rounded;
                # tmux takes all of them, whatever it calls itself, and rounds where it has to.
                os.environ["COLORTERM"] = "truecolor"
            from cercafoto.terminal.app import BrowseApp

            app = BrowseApp(archive, terminal, Asked(words=words))
            app.run()
        if app.return_code:
            raise CercafotoError("La schermata si è chiusa per un errore.")
        if app.return_value is None:
            return None
        return Ended(tuple(app.return_value), app.writes)
    finally:
        archive.close()


def described(terminal: Terminal, environ: Mapping[str, str]) -> Terminal:
    """The terminal as pictures are drawn for it: without colours where there are too few, or where
    the person wants none."""
    if environ.get("NO_COLOR") or (terminal.means == BLOCKS and not has_colours(environ)):
        return replace(terminal, means=SHADES)
    return terminal


def has_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that it has colours enough for a picture, more than the sixteen of
    old; one without description counts as having them."""
    if environ.get("TMUX") or environ.get("COLORTERM") in ("truecolor", "24bit"):
        return True
    if sys.platform == "win32":
        return True
    import curses

    try:
        curses.setupterm(environ.get("TERM"), 1)
        return curses.tigetnum("colors") >= ENOUGH
    except curses.error:
        return True


@contextmanager
def ended_with_its_terminal() -> Iterator[None]:
    """Let a terminal that is closed end the process at once, within the block, unless that is to be
    ignored: Textual would wait for it to take what is still to be drawn, which it never does.
    Nothing is lost by that: labels are written in transactions, and marks are of the screen."""
    number = getattr(signal, "SIGHUP", None)
    if number is None or signal.getsignal(number) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def on_the_terminal() -> Iterator[None]:
    """Let stdin, stdout and stderr be the terminal: pipes that they are get the photos' paths at
    the end, and nothing before. Raises CercafotoError where there is no terminal."""
    if all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        yield
        return
    if sys.platform == "win32":
        raise CercafotoError("Su Windows «sfoglia» va solo in una finestra, senza altri programmi.")
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise CercafotoError(
            "«cercafoto sfoglia» ha bisogno di un terminale.",
            "Per una risposta sola: cercafoto cerca PAROLE",
        ) from error
    sys.stdout.flush()
    kept = [(number, os.dup(number)) for number in (0, 1, 2)]
    try:
        for number, _ in kept:
            os.dup2(terminal, number)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(terminal)
