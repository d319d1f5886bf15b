"""Start the screen of `sfoglia` on the terminal, even if stdin, stdout or stderr are pipes."""

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
from cercafoto.terminal.graphics import BLOCKS, KITTY, SHADES, Terminal, this_terminal

EXTRA = "terminale"
MIN_COLOURS = 256  # with fewer, images are drawn without colours


@dataclass(frozen=True)
class Ended:
    """How browsing ended.

    marked: paths of the marked photos.
    write: whether the person asked to write these paths.
    """

    marked: tuple[bytes, ...]
    write: bool = False


def browse(settings: Settings, words: str, page: int) -> Ended | None:
    """Show the screen until the person leaves it, and return which photos are marked; None if the
    person interrupted it with Ctrl-C.

    words: the first question, "" for the latest photos.
    page: number of photos fetched at a time.

    Raises CercafotoError (Textual is not installed, there is no terminal, or the screen failed),
    ArchiveError.
    """
    if find_spec("textual") is None:
        raise CercafotoError(
            "Per «cercafoto sfoglia» manca Textual, che disegna la schermata.",
            f"Si installa con: {install_command(EXTRA)}",
        )
    archive = BrowsedArchive(settings, page=page, graph=False)
    try:
        archive.answer(Asked())  # raises ArchiveError before the screen appears
        with on_the_terminal(), killed_by_hangup():
            terminal = with_usable_colours(this_terminal(), os.environ)
            if terminal.graphics == KITTY or os.environ.get("TMUX"):
                # kitty numbers images by the exact colour of their placeholders. tmux accepts any
                # colour, whatever TERM it sets, and rounds it if it must.
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


def with_usable_colours(terminal: Terminal, environ: Mapping[str, str]) -> Terminal:
    """Return the terminal with SHADES as its graphics if it has too few colours, or if the person
    set NO_COLOR; otherwise unchanged."""
    if environ.get("NO_COLOR") or (terminal.graphics == BLOCKS and not has_colours(environ)):
        return replace(terminal, graphics=SHADES)
    return terminal


def has_colours(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal has at least MIN_COLOURS colours, or has no terminfo entry that
    says how many."""
    if environ.get("TMUX") or environ.get("COLORTERM") in ("truecolor", "24bit"):
        return True
    if sys.platform == "win32":
        return True
    import curses

    try:
        curses.setupterm(environ.get("TERM"), 1)
        return curses.tigetnum("colors") >= MIN_COLOURS
    except curses.error:
        return True


@contextmanager
def killed_by_hangup() -> Iterator[None]:
    """Within the block, end the process at once when its terminal is closed (SIGHUP), unless that
    signal is ignored.

    Otherwise Textual would wait forever to draw on the closed terminal. Nothing is lost: labels are
    written in transactions, and marks exist only on the screen.
    """
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
    """Within the block, connect stdin, stdout and stderr to the terminal, so that a pipe gets only
    the paths written afterwards. Raises CercafotoError if there is no terminal."""
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
