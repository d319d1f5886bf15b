"""The process that started this one, as `child_process` starts it: its requests come line by line
on standard input, answers go to standard output.

This process ends when its input does, be it in the middle of an answer: it does not outlive the
one that started it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
from queue import SimpleQueue
from typing import Any

# The starting process ends one that hangs; should that be gone, and a library keep Python from
# noticing, nobody else would.
ORPHANED = 3600  # seconds


class ParentProcess:
    """The other end of this process's pipes; made once, before anything may print."""

    def __init__(self) -> None:
        # Ctrl-C reaches every process of a terminal; the one that started this one decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._answers = os.fdopen(os.dup(1), "wb")
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(self._nowhere, 1)  # libraries may print

    def say(self, message: dict[str, Any], payload: bytes = b"") -> None:
        """Send an answer, or a question, with these bytes behind it."""
        self._answers.write(json.dumps(message).encode() + b"\n" + payload)
        self._answers.flush()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Put a question, and wait for the answer."""
        self.say(question)
        answer: dict[str, Any] = json.loads(self._lines.get())
        return answer

    def request(self) -> dict[str, Any]:
        """Wait for the next request; one that said of itself that bytes follow has them taken by
        `payload`."""
        faulthandler.cancel_dump_traceback_later()
        request: dict[str, Any] = json.loads(self._lines.get())
        faulthandler.dump_traceback_later(ORPHANED, exit=True, file=self._nowhere)
        return request

    def payload(self) -> bytes:
        """Take the bytes behind a request, which said how many as "bytes"."""
        return self._lines.get()

    def _listen(self) -> None:
        for line in iter(sys.stdin.buffer.readline, b""):
            self._lines.put(line)
            if size := json.loads(line).get("bytes"):
                self._lines.put(sys.stdin.buffer.read(size))
        os._exit(0)
