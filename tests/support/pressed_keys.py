"""Run a command on its own terminal and press keys."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Mapping, Sequence

from tests.support.waiting import PATIENCE


def on_a_terminal(
    command: Sequence[str], environ: Mapping[str, str], *keys: bytes
) -> tuple[int, bytes, bytes]:
    """Run a command on a terminal, its stdout into a pipe, and press keys once it mentions a photo.
    Return (exit code, bytes written to the terminal, bytes in the pipe)."""
    import pty

    read, write = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.execve(command[0], command, environ)
    os.close(write)
    screen, out, left = b"", b"", list(keys)
    watched, asked = [terminal, read], False
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        ready, _, _ = select.select(watched, [], [], 0.3)
        if read in ready:
            piece = os.read(read, 65536)
            if not piece:
                break
            out += piece
        if terminal in ready:
            try:
                screen += os.read(terminal, 65536)
            except OSError:  # the command has ended
                watched.remove(terminal)
        if not asked and b"\x1b[c" in screen:
            os.write(terminal, b"\x1b[?62c")
            asked = True
        if not ready and left and b"1 di " in screen:
            os.write(terminal, left.pop(0))
    else:
        os.kill(pid, signal.SIGKILL)  # it hangs; the exit code says so
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    os.close(read)
    return os.waitstatus_to_exitcode(status), screen, out
