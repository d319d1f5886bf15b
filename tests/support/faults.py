"""Command lines that fail at one of their writes, each in a process of its own.

`python -m tests.support.faults` is a server that has everything imported: for each line of JSON it
forks, lets the command fail as it is told, and answers with the exit code and the number of
writes. What counts as a write: opening a file for writing, giving it a name or taking one away,
waiting for the disk, and the begin and end of a transaction of SQLite.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.waiting import PATIENCE

FULL, KILL = "full", "kill"
KILLED = 99  # exit code of a process that was to be killed
TWO_NAMES = ("replace", "rename", "link")  # of os
WRITES = (*TWO_NAMES, "fsync", "mkdir")
REMOVALS = ("unlink", "remove", "rmdir")  # on a full disk they make room, but a kill can hit them


class FaultServer:
    """Runs command lines; use it as a context manager."""

    def __enter__(self) -> FaultServer:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def run(
        self, line: list[str], at: int = 0, how: str = FULL, apart: str = ""
    ) -> tuple[int, int, str]:
        """Run a command line.

        at: the write that fails, from 1; 0 for none.
        how: FULL as on a full disk, this write and all that follow; KILL as by SIGKILL.
        apart: paths with this part are on another disk than all others.

        Return its exit code, the number of writes that it made, and what it said.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([line, at, how, apart]) + "\n")
        self._process.stdin.flush()
        code, writes, said = json.loads(self._process.stdout.readline())
        return code, writes, said


class _Writes:
    """Counts writes, and fails at one of them."""

    def __init__(self, at: int, how: str, counted: int) -> None:
        self.how = how
        self._at, self._counted = at, counted
        self._number = 0

    def __call__(self) -> None:
        self._number += 1
        os.write(self._counted, b".")
        if self._number == self._at and self.how == KILL:
            os._exit(KILLED)
        if self._at and self._number >= self._at and self.how == FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _install(tick: _Writes, apart: str) -> None:
    def counted(real: Callable[..., Any], two_names: bool) -> Callable[..., Any]:
        def write(*args: Any, **options: Any) -> Any:
            if two_names and len({apart in os.fsdecode(name) for name in args[:2]}) > 1:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
            tick()
            return real(*args, **options)

        return write

    for name in WRITES + (REMOVALS if tick.how == KILL else ()):
        two_names = bool(apart) and name in TWO_NAMES
        setattr(os, name, counted(getattr(os, name), two_names))
    real_open, real_os_open = builtins.open, os.open

    def open_(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if not isinstance(file, int) and set(mode) & set("wax+"):
            tick()
        return real_open(file, mode, *args, **options)

    def os_open(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and path != os.devnull:
            tick()
        return real_os_open(path, flags, *args, **options)

    builtins.open = io.open = open_  # type: ignore[assignment]
    os.open = os_open
    real_connect = sqlite3.connect

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql.split(maxsplit=1)[0].upper() in {"BEGIN", "COMMIT"}:
                try:
                    tick()
                except OSError:
                    raise sqlite3.OperationalError("database or disk is full") from None
            return super().execute(sql, *values)

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        return real_connect(*args, factory=Connection, **options)

    sqlite3.connect = connect  # type: ignore[assignment]


def _child(line: list[str], at: int, how: str, apart: str, counted: int, said: int) -> int:
    from cercafoto.cli.main import run

    os.dup2(said, 1)
    os.dup2(said, 2)
    _install(_Writes(at, how, counted), apart)
    return run(line)


def main() -> None:
    """Serve command lines until the input ends."""
    # Modules that commands import late; no graph is opened, because a fork loses its threads.
    import numpy  # noqa: F401
    import onnxruntime  # noqa: F401

    from cercafoto.models import things_model
    from cercafoto.ocr import ocr_processes
    from tests.support import fake_engine

    things_model.EMBEDDED_PATH = Path("nowhere")  # see `no_things` in conftest.py
    ocr_processes.ENGINE = fake_engine.MODULE
    answers = os.fdopen(os.dup(1), "w")
    for request in sys.stdin:
        line, at, how, apart = json.loads(request)
        counting, counted = os.pipe()
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    os.close(counting)
                    code = _child(line, at, how, apart, counted, said.fileno())
                finally:
                    sys.stdout.flush()
                    os._exit(code)
            os.close(counted)
            with os.fdopen(counting, "rb") as stream:
                writes = len(stream.read())
            _, status = os.waitpid(child, 0)
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
        answers.write(json.dumps([os.waitstatus_to_exitcode(status), writes, text]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
