"""The page on a free port of this machine, in a thread, for clients that need a real one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from cercafoto import Settings
from cercafoto.web.answers import PageArchive
from cercafoto.web.guard import KEY
from cercafoto.web.hosts import LOOPBACK, Place
from cercafoto.web.server import configuration, key_app, listen

TOKEN = "segreto-di-prova"


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The first address, token included."""
    with listen(Place(port=0)) as listener:
        port = listener.getsockname()[1]
        archive = PageArchive(settings)
        archive.warm()
        server = uvicorn.Server(configuration(key_app(archive, Place(), port, TOKEN)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://{LOOPBACK}:{port}/?{KEY}={TOKEN}"
        finally:
            server.should_exit = True
            thread.join()
