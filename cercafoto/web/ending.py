"""The end of the server: soon after Ctrl-C, whatever goes on.

A thread cannot be stopped: a search that runs, or a photo that is waited for, would hold the end up
for as long as it takes. It only reads, and what is written is written in transactions.
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

ANSWERS_END = 0.8  # seconds after Ctrl-C, after which connections are dropped
ALL_ENDS = 1.5  # and the process ends


class PageServer(uvicorn.Server):
    """A server that ends in time.

    leave: called, in a thread of its own, where something still runs ALL_ENDS after the end began;
        it ends the process. None if the process is to wait.
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
        """Everything is closed: `leave` is called no more."""
        if self._timer is not None:
            self._timer.cancel()


def leave_now() -> None:
    """End the process, as a success, whatever its threads do. Its children end with it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
