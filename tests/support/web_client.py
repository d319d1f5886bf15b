"""An admitted client of the page: it has the cookie of the first address, and the headers that a
browser sends with forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from cercafoto import Settings
from cercafoto.web.guard import KEY
from cercafoto.web.hosts import Place
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.server import key_app

PORT, TOKEN = 8420, "segreto-di-prova"
HOME = f"http://127.0.0.1:{PORT}"
OWN = {"Origin": HOME, "Sec-Fetch-Site": "same-origin"}


@contextmanager
def stranger(settings: Settings) -> Iterator[TestClient]:
    """Yield a client that has not been admitted yet."""
    app = key_app(PageArchive(settings), Place(), PORT, TOKEN)
    with TestClient(app, base_url=HOME, follow_redirects=False) as client:
        yield client


@contextmanager
def visitor(settings: Settings) -> Iterator[TestClient]:
    with stranger(settings) as client:
        assert client.get(f"/?{KEY}={TOKEN}").status_code == 200
        client.headers.update(OWN)
        yield client
