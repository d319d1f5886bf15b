"""A shared page, and clients whose requests seem to come from its proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from cercafoto import Settings
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.proxy_guard import ProxyUsers
from cercafoto.web.server import Access, configuration, user_app
from tests.support.web_client import HOME, PORT

NAME = "foto.ufficio.it"
SECURE = f"https://{NAME}"
SECURE_OWN = {"Origin": SECURE, "Sec-Fetch-Site": "same-origin"}
HEADER = "X-Remote-User"
USERS = ProxyUsers(HEADER, frozenset([ipaddress.ip_address("127.0.0.1")]), frozenset(["anna"]))
ACCESS = Access(users=USERS, names=(NAME,))


@contextmanager
def office(
    settings: Settings, peer: str = "127.0.0.1", users: ProxyUsers = USERS, home: str = HOME
) -> Iterator[TestClient]:
    """Yield a client without a name, whose connections come from `peer`."""
    app = user_app(PageArchive(settings), ACCESS, users, PORT)
    config = configuration(app)
    config.load()
    whole: ASGIApp = config.loaded_app  # type: ignore[assignment]
    with TestClient(whole, base_url=home, client=(peer, 1), follow_redirects=False) as client:
        yield client
