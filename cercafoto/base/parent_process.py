"""Talk to the parent from a child process that `child_process` started.

Requests come as lines of JSON on standard input; answers go to standard output. The child ends as
soon as its input ends, even in the middle of an answer, so it does not outlive its parent.
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

from cercafoto.base.own_process import limit_time

# The parent kills a child that hangs. If the parent is gone too, and a library blocks Python, the
# child ends itself after this time.
ORPHANED = 3600  # seconds


class ParentProcess:
    """The parent, at the other end of the pipes. Make one object, before anything can print."""

    def __init__(self) -> None:
        # Ctrl-C reaches every process of a terminal; the parent decides what happens.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._answers = os.fdopen(os.dup(1), "wb")
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(self._nowhere, 1)  # what libraries print must not mix with the answers

    def say(self, message: dict[str, Any], payload: bytes = b"") -> None:
        """Send a message, followed by the bytes of `payload`."""
        self._answers.write(json.dumps(message).encode() + b"\n" + payload)
        self._answers.flush()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send a question to the parent. Return its answer."""
        self.say(question)
        answer: dict[str, Any] = json.loads(self._lines.get())
        return answer

    def request(self) -> dict[str, Any]:
        """Wait for the next request and return it. If it has "bytes", call `payload`. If computing
        the answer takes longer than the parent allows, the process ends."""
        faulthandler.cancel_dump_traceback_later()
        limit_time(0)
        request: dict[str, Any] = json.loads(self._lines.get())
        limit_time(request.pop("seconds", 0))
        faulthandler.dump_traceback_later(ORPHANED, exit=True, file=self._nowhere)
        return request

    def payload(self) -> bytes:
        """Return the bytes after a request that has "bytes". Never returns after other requests."""
        return self._lines.get()

    def _listen(self) -> None:
        for line in iter(sys.stdin.buffer.readline, b""):
            self._lines.put(line)
            if (size := json.loads(line).get("bytes")) is not None:
                self._lines.put(sys.stdin.buffer.read(size))
        os._exit(0)
