"""A process of our own that is asked over pipes: a line of JSON each way, perhaps bytes behind it.

It has its own pipes, so that killing it leaves nothing locked, and is a program of its own rather
than a copy of this one (`multiprocessing` would run the caller's main module again, and its pools
share queues). What it is asked with is `parent_process`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

TO_START = 60.0  # seconds
PIPE = 1 << 20  # bytes, the most that Linux allows by default; a picture for `mini` has 307,200
LOOK_EVERY = 0.5  # seconds between two looks whether an answer takes too long
# Bytes of an answer, without those behind it: twenty times the longest metadata.
LONGEST = 16_000_000

# Modules are looked for where this process finds them, but never first in the current folder (-P):
# photos may lie there, and what lies beside them.
FLAGS = ("-P", "-c")


class GoneError(Exception):
    """The process ended, or was ended, in the middle of an answer."""


class NotStartedError(Exception):
    """The process did not come to say that it is ready."""


class ClosedError(Exception):
    """The process is to be started no more."""


class ChildProcess:
    """A process that is started on first use, and again after it ended. One thread asks at a time.

    command: what starts it. environment: variables that it has beside those of this process.
    late: whether it was ended because an answer took too long.
    """

    def __init__(self, command: Callable[[], list[str]], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._greeting: dict[str, Any] = {}
        self._deadline = inf  # of the message under way, by the monotonic clock
        self.late = self.closed = False

    def start(self) -> dict[str, Any]:
        """Start it where it does not run; return what it said when it was ready.

        Raises NotStartedError, ClosedError.
        """
        with self._lock:
            if self.closed:
                raise ClosedError
            if self._process is not None:
                return self._greeting
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Decoders complain of every oddity.
                stderr=None if os.environ.get("CERCAFOTO_DEBUG") else subprocess.DEVNULL,
                env=os.environ | self._environment,
                start_new_session=True,  # the terminal's Ctrl-C is not for it
            )
            _widen(self._process)
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        try:
            self._greeting = self._receive(TO_START)
        except GoneError as error:
            self.bury()
            raise NotStartedError from error
        self.late = False
        return self._greeting

    def ask(self, message: dict[str, Any], seconds: float, payload: bytes = b"") -> dict[str, Any]:
        """Send a message, with these bytes behind it, and return the answer. Raises GoneError."""
        stream = self._running.stdin
        assert stream is not None
        try:
            with self._limited(seconds):
                stream.write(json.dumps(message).encode() + b"\n")
                stream.write(payload)
                stream.flush()
        except OSError as error:
            raise GoneError from error
        return self._receive(seconds)

    def payload(self, size: int, most: int, seconds: float) -> bytes:
        """Take `size` bytes behind an answer. Raises GoneError, also if they are more than `most`:
        the process no longer does what it was made for."""
        if not 0 <= size <= most:
            raise GoneError
        stream = self._running.stdout
        assert stream is not None
        with self._limited(seconds):
            payload = stream.read(size)
        if len(payload) != size:
            raise GoneError
        return payload

    def bury(self) -> int:
        """End the process where it has not ended, and return its exit code."""
        with self._lock:
            process, self._process = self._running, None
            _close(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)  # it said nothing more: it is about to end by itself
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the process, and start it no more."""
        with self._lock:
            self.closed = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                _close(self._process)

    def _receive(self, seconds: float) -> dict[str, Any]:
        stream = self._running.stdout
        assert stream is not None
        with self._limited(seconds):
            line = stream.readline(LONGEST)
        try:
            reply: dict[str, Any] = json.loads(line)
        except ValueError as error:  # cut short, too long, or nothing
            raise GoneError from error
        return reply

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """End the process unless the block is done in time."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = inf

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End a process whose deadline has passed; runs in a thread as long as the process.

        A timer for each message would start some eight threads for each photo.
        """
        while process.poll() is None:
            if time.monotonic() > self._deadline and self._process is process:
                self.late = True
                process.kill()
            time.sleep(LOOK_EVERY)


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let the pipe hold a whole picture, so that the process need not wait until it is read."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a user's pipes may hold only so much together
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE)  # type: ignore[arg-type]


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            stream.close()  # type: ignore[union-attr]
