"""The page in a thread, on a free port of this machine, for clients that need a real server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cercafoto import Settings
from cercafoto.web.ending import PageServer
from cercafoto.web.guard import KEY
from cercafoto.web.hosts import LOOPBACK, Place
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.proxy_guard import ProxyUsers
from cercafoto.web.server import Access, configuration, key_app, listen, user_app

TOKEN = "segreto-di-prova"
PIECE = 3000  # bytes


@contextmanager
def running(settings: Settings, slow: bool = False) -> Iterator[str]:
    """Yield the first address, token included. slow: every answer comes in pieces."""

    def make(archive: PageArchive, port: int) -> ASGIApp:
        app = key_app(archive, Place(), port, TOKEN)
        return in_pieces(app) if slow else app

    with _serving(settings, make) as port:
        yield f"http://{LOOPBACK}:{port}/?{KEY}={TOKEN}"


def in_pieces(app: ASGIApp) -> ASGIApp:
    """Return an app whose answers come PIECE bytes at a time, as over a telephone or from a busy
    machine."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_slowly(message: Message) -> None:
            body = message.get("body", b"")
            for at in range(PIECE, len(body), PIECE):
                await send({**message, "body": body[at - PIECE : at], "more_body": True})
                await asyncio.sleep(0.1)
            await send(
                {**message, "body": body[-(len(body) % PIECE or PIECE) :]} if body else message
            )

        await app(scope, receive, send_slowly)

    return slow


@contextmanager
def running_for_users(settings: Settings, access: Access, users: ProxyUsers) -> Iterator[int]:
    """Yield the port of a page behind a proxy."""
    with _serving(settings, lambda archive, port: user_app(archive, access, users, port)) as port:
        yield port


@contextmanager
def _serving(settings: Settings, make: Callable[[PageArchive, int], ASGIApp]) -> Iterator[int]:
    with listen(Place(port=0)) as listener:
        port = listener.getsockname()[1]
        archive = PageArchive(settings)
        archive.warm()
        server = PageServer(configuration(make(archive, port)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield port
        finally:
            server.should_exit = True
            thread.join()
