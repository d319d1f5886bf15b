"""The page behind nginx, with the very configuration that docs/ufficio.md shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cercafoto import Library
from tests.support.office import NAME, PASSWORD, SECURE, SECURE_OWN, write_users
from tests.support.web_server import running_for_users

PAGE = Path(__file__).parents[2] / "docs" / "ufficio.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="needs nginx and openssl"
)
MAIN = """\
{user}
daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{site}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def example(**instead: str) -> str:
    """The block of the page, with these words in the place of its own."""
    (text,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{instead['tls']} ssl;"),
        ("listen 80;", f"listen 127.0.0.1:{instead['plain']};"),
        ("http://127.0.0.1:8420;", f"http://127.0.0.1:{instead['port']};"),
        ("/etc/ssl/foto.ufficio.it.pem;", "site.pem;"),
        ("/etc/ssl/private/foto.ufficio.it.key;", "site.key;"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Site:
    """The proxy as a browser sees it: its name, which resolves to this machine."""

    def __init__(self, folder: Path, tls: int, plain: int) -> None:
        self.tls, self.plain = tls, plain
        self.client = httpx.Client(
            verify=ssl.create_default_context(cafile=str(folder / "site.pem")), timeout=30
        )

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        headers = {"Host": NAME, "Accept": "text/html", **more.pop("headers", {})}  # type: ignore[dict-item]
        return self.client.request(
            method,
            f"https://127.0.0.1:{self.tls}{path}",
            headers=headers,
            extensions={"sni_hostname": NAME},
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture
def site(library: Library, photos: Path, tmp_path: Path) -> Iterator[Site]:
    library.index([photos])
    users = write_users(tmp_path / "utenti.txt")
    folder = tmp_path / "nginx"
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         "site.key", "-out", "site.pem", "-subj", f"/CN={NAME}", "-addext",
         f"subjectAltName=DNS:{NAME}"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    tls, plain = free_port(), free_port()
    with running_for_users(library.settings, users, (NAME,)) as port:
        # As root it would work as another user, who cannot write to the folder of a test.
        user = "user root;" if os.geteuid() == 0 else ""
        text = MAIN.format(user=user, site=example(tls=str(tls), plain=str(plain), port=str(port)))
        (folder / "nginx.conf").write_text(text, "utf-8")
        with subprocess.Popen(
            [str(NGINX), "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"],
            stderr=(folder / "errors").open("wb"),
        ) as nginx:
            try:
                wait_for(nginx, tls, folder / "errors")
                yield Site(folder, tls, plain)
            finally:
                nginx.terminate()


def wait_for(nginx: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    for _ in range(300):
        assert nginx.poll() is None, errors.read_text("utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(errors.read_text("utf-8"))


def test_a_day_at_the_office(site: Site) -> None:
    answer = site.ask("GET", "/?q=rosso")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/entra?verso=%2F%3Fq%3Drosso"
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "non è cifrata" not in site.ask("GET", "/entra").text

    form = {"nome": "anna", "password": PASSWORD, "verso": "/?q=rosso"}
    foreign = {"Origin": "https://esempio.it", "Sec-Fetch-Site": "cross-site"}
    plain = {"Origin": f"http://{NAME}"}
    for headers in (foreign, plain, {}):
        assert site.ask("POST", "/entra", data=form, headers=headers).status_code == 403
    answer = site.ask("POST", "/entra", data=form, headers=SECURE_OWN)
    assert answer.status_code == 303 and answer.headers["location"] == "/?q=rosso"
    cookie = answer.headers["set-cookie"]
    for flag in ("HttpOnly", "Secure", "SameSite=strict"):
        assert flag in cookie

    # The cookie by hand: to httpx the page is at an address of IP.
    inside = {"Cookie": cookie.partition(";")[0]}
    site.client.cookies.clear()
    page = site.ask("GET", "/?q=rosso", headers=inside)
    assert page.status_code == 200 and "rosso.png" in page.text and "<span>anna</span>" in page.text

    labels = site.ask(
        "POST", "/foto/1/etichette", json={"aggiungi": ["nonna"]}, headers=inside | SECURE_OWN
    )
    assert labels.status_code == 200 and "nonna" in labels.text
    # Larger than nginx lets through by itself.
    sent = site.ask("POST", "/carica", content=bytes(3_000_000), headers=inside | SECURE_OWN)
    assert sent.status_code == 422 and "errore" in sent.json()
    form = {"foto": ["1", "2", "3"]}
    zipped = site.ask("POST", "/scarica", data=form, headers=inside | SECURE_OWN)
    assert zipped.status_code == 200 and zipped.content[:2] == b"PK"

    assert site.ask("POST", "/esci", headers=inside | SECURE_OWN).status_code == 303
    assert site.ask("GET", "/", headers=inside).status_code == 303


def test_who_asks_is_told_by_the_proxy_alone(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """What a visitor says of himself is written over: else he had as many attempts as addresses."""
    form = {"nome": "anna", "password": "sbagliata", "verso": "/"}
    codes = []
    for at in range(7):
        headers = SECURE_OWN | {"X-Forwarded-For": f"10.0.0.{at}", "X-Forwarded-Proto": "http"}
        codes.append(site.ask("POST", "/entra", data=form, headers=headers).status_code)
    assert codes == [403] * 5 + [429] * 2
    assert "da 127.0.0.1: anna" in caplog.text and "10.0.0" not in caplog.text


def test_plain_http_is_sent_to_tls(site: Site) -> None:
    answer = httpx.get(f"http://127.0.0.1:{site.plain}/dove?q=x", headers={"Host": NAME})
    assert answer.status_code == 301 and answer.headers["location"] == f"{SECURE}/dove?q=x"
