"""End the server soon after Ctrl-C, even if requests are still being answered.

A thread cannot be stopped: a running search, or a photo that is waited for, would delay the end.
Ending the process is safe, since searches only read, and writes happen in transactions.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import uvicorn

# Seconds after Ctrl-C.
ANSWERS_END = 0.8  # connections are dropped
ALL_ENDS = 1.5  # the process ends


class PageServer(uvicorn.Server):
    """A server that ends soon after Ctrl-C. It drops all connections after ANSWERS_END seconds.

    leave: ends the process; called in a thread of its own unless `ended` was called within ALL_ENDS
        seconds after the end began. None: the end waits for whatever still runs.
    """

    def __init__(self, config: uvicorn.Config, leave: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._leave = leave
        self._timer: threading.Timer | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._leave is not None:
            self._timer = threading.Timer(ALL_ENDS, self._leave)
            self._timer.daemon = True
            self._timer.start()
        dropping = asyncio.get_running_loop().call_later(ANSWERS_END, self._drop_connections)
        await super().shutdown(sockets)
        dropping.cancel()

    def _drop_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def ended(self) -> None:
        """Cancel the call of `leave`. To be called when everything is closed."""
        if self._timer is not None:
            self._timer.cancel()


def leave_now() -> None:
    """End the process at once with exit code 0; its child processes end with it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
