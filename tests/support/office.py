"""A shared page: a file of two users, and clients of it that have not entered yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from cercafoto import Settings
from cercafoto.web.answers import PageArchive
from cercafoto.web.hosts import Place
from cercafoto.web.passwords import hash_of
from cercafoto.web.reception import Reception
from cercafoto.web.server import user_app
from cercafoto.web.users import UserFile
from tests.support.web_client import HOME, OWN, PORT

pytest.importorskip("argon2", reason="passwords are hashed by argon2-cffi")

PASSWORD = "città di mare"
NAME = "foto.ufficio.it"
SECURE = f"https://{NAME}"
SECURE_OWN = {"Origin": SECURE, "Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html,*/*"}


@cache
def hashed(password: str = PASSWORD) -> str:
    return hash_of(password)


def write_users(path: Path, *lines: str) -> Path:
    """Anna may label, Bruno may search; or these lines."""
    usual = (f"anna:cerca+etichetta:{hashed()}", f"bruno:cerca:{hashed()}")
    path.write_text("".join(f"{line}\n" for line in lines or usual), "utf-8")
    path.chmod(0o600)
    return path


class Clock:
    """Seconds, as a test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def office(
    settings: Settings, users: Path, clock: Clock | None = None, secure: bool = False
) -> Iterator[TestClient]:
    """A browser of the page. secure: as a proxy hands it on that speaks TLS."""
    reception = Reception(UserFile(users), clock or Clock())
    app = user_app(PageArchive(settings), Place(), PORT, (NAME,), reception)
    with TestClient(
        app, base_url=SECURE if secure else HOME, follow_redirects=False, headers=PAGE
    ) as client:
        yield client


def enter(
    client: TestClient,
    name: str = "anna",
    password: str = PASSWORD,
    towards: str = "/",
    headers: Mapping[str, str] = OWN,
) -> Response:
    """Send the form of the way in."""
    form = {"nome": name, "password": password, "verso": towards}
    return client.post("/entra", data=form, headers=headers)
