"""The page in a thread, on a free port of this machine, for clients that need a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from cercafoto import Settings
from cercafoto.web.ending import PageServer
from cercafoto.web.guard import KEY
from cercafoto.web.hosts import LOOPBACK, Place
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.proxy_guard import ProxyUsers
from cercafoto.web.server import Access, configuration, key_app, listen, user_app

TOKEN = "segreto-di-prova"


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Yield the first address, token included."""
    with _serving(settings, lambda archive, port: key_app(archive, Place(), port, TOKEN)) as port:
        yield f"http://{LOOPBACK}:{port}/?{KEY}={TOKEN}"


@contextmanager
def running_for_users(settings: Settings, access: Access, users: ProxyUsers) -> Iterator[int]:
    """Yield the port of a page behind a proxy."""
    with _serving(settings, lambda archive, port: user_app(archive, access, users, port)) as port:
        yield port


@contextmanager
def _serving(settings: Settings, make: Callable[[PageArchive, int], Starlette]) -> Iterator[int]:
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
