"""A process of our own that is asked over pipes: a line of JSON each way, perhaps bytes behind it.

It has its own pipes, so that killing it leaves nothing locked, and is a program of its own rather
than a copy of this one (`multiprocessing` would run the caller's main module again, and its pools
share queues). What it is asked with is `parent_process`.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

START_SECONDS = 60.0  # seconds
# Bytes of an answer, without those behind it: twenty times the longest metadata.
MAX_ANSWER_BYTES = 16_000_000

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
    timed_out: whether it was ended because an answer took too long.
    """

    def __init__(self, command: Callable[[], list[str]], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._greeting: dict[str, Any] = {}
        self.timed_out = self.closed = False

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
        try:
            self._greeting = self._receive(START_SECONDS)
        except GoneError as error:
            self.end()
            raise NotStartedError from error
        self.timed_out = False
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

    def end(self) -> int:
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
            line = stream.readline(MAX_ANSWER_BYTES)
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
        """End the process unless the work within is done in time."""
        process = self._running

        def end() -> None:
            self.timed_out = True
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            stream.close()  # type: ignore[union-attr]
