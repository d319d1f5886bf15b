"""The server: a port of this machine only, the address with its token, the end by Ctrl-C."""

from __future__ import annotations

import secrets
import socket
import sys
from collections.abc import Callable

import uvicorn

from cercafoto.errors import CercafotoError
from cercafoto.settings import Settings
from cercafoto.web.answers import PageArchive
from cercafoto.web.app import make_app
from cercafoto.web.guard import KEY

HOST = "127.0.0.1"  # never any other: the photos are this person's
USUAL_PORT = 8420
TRIED = 20  # ports, from the usual one on
SECONDS_TO_END = 2  # for what is being answered when Ctrl-C comes


class PortTakenError(CercafotoError):
    """Another program listens where the person wants the page."""


def serve(settings: Settings, port: int | None, ready: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C. port: None for the usual one, or the first that is free after
    it. ready: called with the address to open, once there is something to answer with.

    Raises PortTakenError; ArchiveError and ModelError where nothing could be answered.
    """
    listener = listen(port)
    with listener:
        archive = PageArchive(settings)
        try:
            archive.warm()
            number = listener.getsockname()[1]
            token = secrets.token_urlsafe(24)
            config = uvicorn.Config(
                make_app(archive, number, token),
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=SECONDS_TO_END,
            )
            ready(f"http://{HOST}:{number}/?{KEY}={token}")
            # uvicorn raises the interruption again once everything is closed.
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            archive.close()


def listen(port: int | None) -> socket.socket:
    """A socket that listens on this machine alone. Raises PortTakenError."""
    ports = range(USUAL_PORT, USUAL_PORT + TRIED) if port is None else [port]
    for number in ports:
        # The protocol by name: asyncio turns Nagle's algorithm off only where it stands, and with
        # it every answer on an open connection takes 40 ms longer.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, number))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if port is not None:
                raise PortTakenError(
                    f"Sulla porta {port} non si può ascoltare: la usa un altro programma, o il "
                    "sistema la riserva.",
                    "Scegline un'altra con --porta, oppure lascia scegliere a cercafoto.",
                ) from error
        else:
            return listener
    raise PortTakenError(
        f"Le porte da {ports[0]} a {ports[-1]} sono tutte occupate.",
        "Scegline un'altra: cercafoto web --porta 9000",
    )
