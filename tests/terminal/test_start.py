"""Starting `sfoglia` on the terminal, even if stdout is a pipe; the paths written at the end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.terminal import start
from cercafoto.terminal.graphics import BLOCKS, SHADES, SIXEL, Terminal
from tests.conftest import Cli
from tests.support.pressed_keys import on_a_terminal
from tests.support.waiting import PATIENCE, until

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")


def test_without_the_extra_one_line_says_how_to_get_it(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "find_spec", lambda name: None)
    code, out, err = cli("sfoglia")
    assert (code, out) == (1, "")
    first, second = err.splitlines()
    assert "manca Textual" in first and "[terminale]" in second


def test_what_is_refused_before_the_screen(cli: Cli) -> None:
    # Without an archive the error comes before the screen.
    code, out, err = cli("sfoglia")
    assert (code, out) == (1, "") and "cercafoto index" in err
    # Impossible options are refused.
    code, _, err = cli("sfoglia", "-n", "0")
    assert code == 2 and "--max vuole un numero da 1 in su" in err
    code, _, err = cli("sfoglia", "--percorsi", "-0")
    assert code == 2 and "si escludono" in err


def test_colours_are_left_out_where_they_are_not_wanted_or_not_there() -> None:
    assert start.with_usable_colours(Terminal(SIXEL, 80), {"NO_COLOR": "1"}).graphics == SHADES
    assert start.with_usable_colours(Terminal(SIXEL, 80), {"TERM": "vt100"}).graphics == SIXEL
    tmux = {"TERM": "screen", "TMUX": "/tmp/tmux-1000/default,1,0"}
    assert start.with_usable_colours(Terminal(BLOCKS, 80), tmux).graphics == BLOCKS


@posix
@pytest.mark.parametrize(("term", "graphics"), [("xterm-256color", BLOCKS), ("xterm", SHADES)])
def test_a_terminal_says_whether_it_has_colours(term: str, graphics: str) -> None:
    # In its own process: terminfo reads only one terminal's description per process.
    code = (
        "import os; from cercafoto.terminal.start import *; "
        "print(repr(with_usable_colours(Terminal(BLOCKS, 80), os.environ).graphics))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TERM": term, "COLORTERM": "", "TMUX": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == repr(graphics)


@posix
@pytest.mark.parametrize(("option", "wanted"), [("--percorsi", b"{}\n"), ("-q", b"")])
def test_only_paths_reach_a_pipe(
    settings: Settings, indexed: Path, option: str, wanted: bytes
) -> None:
    pytest.importorskip("textual")
    photo = os.fsencode(indexed / "2019" / "img0r.png")
    code, screen, out = on_a_terminal(
        [sys.executable, "-m", "cercafoto", "sfoglia", "rosso", option],
        surroundings(settings),
        b" ",
        b"q",
    )
    assert (code, out) == (0, wanted.replace(b"{}", photo))
    assert b"img0r.png" in screen and b"\x1b[?1049h" in screen


@posix
def test_marked_photos_are_copied_at_the_end(
    settings: Settings, indexed: Path, tmp_path: Path
) -> None:
    pytest.importorskip("textual")
    line = ["cercafoto", "sfoglia", "rosso", "--copia-in", str(tmp_path / "scelte")]
    code, _, _ = on_a_terminal([sys.executable, "-m", *line], surroundings(settings), b" ", b"q")
    assert code == 0
    assert [path.name for path in (tmp_path / "scelte").iterdir()] == ["img0r.png"]


@posix
def test_without_a_terminal_that_is_said(settings: Settings, indexed: Path) -> None:
    pytest.importorskip("textual")
    done = subprocess.run(
        [sys.executable, "-m", "cercafoto", "sfoglia"],
        env=surroundings(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # without a terminal of its own
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "ha bisogno di un terminale" in done.stderr


def surroundings(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "TERM": "xterm-256color",
    }


@posix
def test_a_terminal_that_is_closed_ends_it(settings: Settings, indexed: Path) -> None:
    pytest.importorskip("textual")
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        command = [sys.executable, "-m", "cercafoto", "sfoglia", "rosso"]
        os.execve(command[0], command, surroundings(settings))
    screen = b""
    try:
        while b"1 di " not in screen and select.select([terminal], [], [], PATIENCE)[0]:
            screen += os.read(terminal, 65536)
        assert b"1 di " in screen
        os.close(terminal)
        until(lambda: os.waitpid(pid, os.WNOHANG)[0])
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


@posix
@pytest.mark.parametrize("ignored", [False, True])
def test_within_the_screen_a_hangup_has_its_usual_end(ignored: bool) -> None:
    usual = signal.SIG_IGN if ignored else signal.default_int_handler
    before = signal.signal(signal.SIGHUP, usual)
    try:
        with start.killed_by_hangup():
            inside = signal.getsignal(signal.SIGHUP)
        assert inside is (signal.SIG_IGN if ignored else signal.SIG_DFL)
        assert signal.getsignal(signal.SIGHUP) is usual
    finally:
        signal.signal(signal.SIGHUP, before)
