"""Decoders shared by tests: starting one for each test would be a fifth of all time.

A decoder keeps nothing of the photo before. One that a test interrupted, or that began with another
environment, is not reused.
"""

from __future__ import annotations

import os
import subprocess
import threading
from typing import Any

from cercafoto.errors import CercafotoError
from cercafoto.photos.decoding import decoder_processes

MOST = 4  # processes that wait for a test to need them
# Variables that change from test to test and that no decoder reads.
PASSING = ("HOME", "USERPROFILE", "XDG_", "PYTEST_", "CERCAFOTO_")

_waiting: list[tuple[object, subprocess.Popen[bytes]]] = []
_lock = threading.Lock()


def _taken(began_with: object) -> subprocess.Popen[bytes] | None:
    """Take and return an idle decoder started with this environment; None if there is none."""
    with _lock:
        for number, (environment, process) in enumerate(_waiting):
            if environment == began_with and process.poll() is None:
                del _waiting[number]
                return process
    return None


def _environment() -> object:
    """Return the environment that a decoder inherits from the process that starts it."""
    return (
        decoder_processes._command(),
        {name: value for name, value in os.environ.items() if not name.startswith(PASSING)},
        os.environ.get("CERCAFOTO_DEBUG"),
    )


class KeptWorker(decoder_processes._Worker):
    """A worker whose idle process goes to the next worker."""

    _began_with: object = None
    _idle = True

    def _start(self) -> None:
        child = self._process
        with child._lock:
            if child._process is None and not child.closed:
                self._began_with = _environment()
                child._process = process = _taken(self._began_with)
                if process is not None:  # whoever started it no longer ends it when it hangs
                    threading.Thread(target=child._watch, args=(process,), daemon=True).start()
        super()._start()  # which starts one only if there is none

    def _read(self, *args: Any) -> Any:
        self._idle = False
        try:
            read = super()._read(*args)
        except CercafotoError as error:
            self._idle = error.__cause__ is None  # the decoder's own answer, to its end
            raise
        self._idle = True
        return read

    def close(self) -> None:
        child = self._process
        with child._lock:
            if self._idle and child._process is not None and len(_waiting) < MOST:
                _waiting.append((self._began_with, child._process))
                child._process = None
        super().close()


def end_waiting() -> None:
    """End the processes that no test is using."""
    while _waiting:
        _, process = _waiting.pop()
        process.kill()
        process.communicate()
