"""Start a child process and talk to it over pipes: each message is a line of JSON, then bytes.

`multiprocessing` is not used: it would run the caller's main module again, and its pools share
queues, which a killed process leaves locked. The child's side of the pipes is `parent_process`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

START_SECONDS = 60.0  # times PATIENCE; a process starts in a tenth of a second
# A busy machine may give a process a small share of its time; a disk may not answer at all. So an
# answer may take so many times the seconds for which the process may compute.
PATIENCE = 5
END_SECONDS = 30.0  # for a process to end by itself
PIPE_BYTES = 1 << 20  # the most that Linux allows by default; a picture for `mini` has 307,200
CHECK_SECONDS = 0.5  # how often a thread checks whether an answer is late
# Longest line of JSON in an answer: twenty times the longest metadata.
MAX_ANSWER_BYTES = 16_000_000

# -P: never import modules from the current folder, which may be somebody's folder of photos.
FLAGS = ("-P", "-c")


class GoneError(Exception):
    """The child process ended, was killed or sent nonsense before its answer was complete."""


class NotStartedError(Exception):
    """The child process ended, or was killed, before it said that it was ready."""


class ClosedError(Exception):
    """The child process was closed and must not be started again."""


class ChildProcess:
    """A child process that can be started again after it has ended. For one thread at a time.

    command: returns the command line that starts the process.
    environment: environment variables that the process gets in addition to this process's.
    timed_out: after how long the process was ended because an answer took too long, in Italian; ""
        if it was not.
    closed: whether `close` was called.
    """

    def __init__(self, command: Callable[[], list[str]], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._greeting: dict[str, Any] = {}
        self._deadline = inf  # for the answer under way, by the monotonic clock
        self._seconds = START_SECONDS  # see `ask`
        self.timed_out, self.closed = "", False

    def start(self) -> dict[str, Any]:
        """Start the process unless it runs. Return its first message.

        Raises NotStartedError if no message comes within START_SECONDS, ClosedError after `close`.
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
                # Decoders print warnings about harmless defects of files.
                stderr=None if os.environ.get("CERCAFOTO_DEBUG") else subprocess.DEVNULL,
                env=os.environ | self._environment,
                start_new_session=True,  # Ctrl-C must not reach it: the parent decides
            )
            _widen(self._process)
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        try:
            self._greeting = self._receive(START_SECONDS)
        except GoneError as error:
            self.end()
            raise NotStartedError from error
        self.timed_out = ""
        return self._greeting

    def ask(self, message: dict[str, Any], seconds: float, payload: bytes = b"") -> dict[str, Any]:
        """Send a message, then the bytes of `payload`. Return the answer.

        seconds: how long the process may compute for the answer. Sending may take PATIENCE times as
            long, and so may the answer; then the process is killed.

        Raises GoneError.
        """
        self._seconds = seconds
        message = message | {"seconds": seconds}
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

    def payload(self, size: int, max_size: int, seconds: float) -> bytes:
        """Return the `size` bytes that follow an answer.

        seconds: see `ask`.

        Raises GoneError, also if `size` is more than `max_size`: then the process misbehaves.
        """
        if not 0 <= size <= max_size:
            raise GoneError
        stream = self._running.stdout
        assert stream is not None
        with self._limited(seconds):
            payload = stream.read(size)
        if len(payload) != size:
            raise GoneError
        return payload

    def end(self) -> int:
        """Close the pipes, kill the process if it does not end, and return its exit code."""
        with self._lock:
            process, self._process = self._running, None
            _close(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)  # its pipe broke: it is probably ending by itself
            process.kill()
            code = process.wait()
            if code == -getattr(signal, "SIGPROF", inf):
                self.timed_out = f"{self._seconds:.0f} secondi di calcolo"
            return code

    def close(self) -> None:
        """Kill the process if it runs. It cannot be started again."""
        with self._lock:
            self.closed = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                _close(self._process)

    def _receive(self, seconds: float) -> dict[str, Any]:
        """Return the next line of JSON from the process. Raises GoneError."""
        stream = self._running.stdout
        assert stream is not None
        with self._limited(seconds):
            line = stream.readline(MAX_ANSWER_BYTES)
        try:
            reply: dict[str, Any] = json.loads(line)
        except ValueError as error:  # cut short, too long or empty
            raise GoneError from error
        return reply

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Kill the process if the block takes PATIENCE times `seconds`."""
        self._deadline = time.monotonic() + PATIENCE * seconds
        try:
            yield
        finally:
            self._deadline = inf

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Kill `process` when an answer is late. Runs in a thread, as long as the process runs.

        A timer for each message would start some eight threads for each photo.
        """
        while process.poll() is None:
            if time.monotonic() > self._deadline and self._process is process:
                self.timed_out = f"{PATIENCE * self._seconds:.0f} secondi"
                process.kill()
            time.sleep(CHECK_SECONDS)


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Enlarge the pipe to a whole picture, so that the process need not wait for its reader."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a user's pipes may hold only so much together
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)  # type: ignore[arg-type]


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            stream.close()  # type: ignore[union-attr]
