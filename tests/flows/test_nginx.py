"""The page behind nginx, with the configuration files shown in docs/ufficio.md: one asks for a
password, the other asks oauth2-proxy, which a small server imitates.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from cercafoto import Library
from tests.support.office import ACCESS, HEADER, NAME, SECURE, SECURE_OWN, USERS
from tests.support.waiting import PATIENCE, until
from tests.support.web_server import running_for_users

PAGE = Path(__file__).parents[2] / "docs" / "ufficio.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="needs nginx and openssl"
)
PASSWORD = "città di mare"
ANNA, BRUNO = ("anna", PASSWORD), ("bruno", PASSWORD)
MAIL = {"anna": "anna@ufficio.it", "bruno": "bruno@ufficio.it", "senza posta": None}
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


def listening() -> socket.socket:
    """Return a socket that listens on a port of its own, which nginx inherits: a port that is only
    known to be free may be gone when nginx starts."""
    made = socket.create_server(("127.0.0.1", 0))
    made.set_inheritable(True)
    return made


def example(shows: str, instead: dict[str, str]) -> str:
    """Return the block of docs/ufficio.md that contains `shows`, with some words replaced."""
    blocks = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    (text,) = [block for block in blocks if shows in block]
    for old, new in instead.items():
        assert old in text, old
        text = text.replace(old, new)
    return str(text)


class Site:
    """The proxy as a browser sees it: its name resolves to this machine."""

    def __init__(self, folder: Path, tls: int, plain: int) -> None:
        self.tls, self.plain = tls, plain
        self.client = httpx.Client(
            verify=ssl.create_default_context(cafile=str(folder / "site.pem")), timeout=PATIENCE
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


@contextmanager
def behind_nginx(folder: Path, shows: str, instead: dict[str, str]) -> Iterator[Site]:
    """Start nginx as in docs/ufficio.md. folder: contains the files that it names."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
         "site.key", "-out", "site.pem", "-subj", f"/CN={NAME}", "-addext",
         f"subjectAltName=DNS:{NAME}"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    sockets = listening(), listening()
    tls, plain = (int(each.getsockname()[1]) for each in sockets)
    instead = instead | {
        "listen 443 ssl;": f"listen 127.0.0.1:{tls} ssl;",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "/etc/ssl/foto.ufficio.it.pem;": "site.pem;",
        "/etc/ssl/private/foto.ufficio.it.key;": "site.key;",
    }
    # As root it would work as another user, who cannot write to the folder of a test.
    user = "user root;" if os.geteuid() == 0 else ""
    text = MAIN.format(user=user, site=example(shows, instead))
    (folder / "nginx.conf").write_text(text, "utf-8")
    with subprocess.Popen(
        [str(NGINX), "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr"],
        stderr=(folder / "errors").open("wb"),
        pass_fds=[each.fileno() for each in sockets],
        env=os.environ | {"NGINX": "".join(f"{each.fileno()};" for each in sockets)},
    ) as nginx:
        for each in sockets:
            each.close()
        try:
            until(lambda: is_ready(nginx, folder))
            yield Site(folder, tls, plain)
        finally:
            nginx.terminate()


def is_ready(nginx: subprocess.Popen[bytes], folder: Path) -> bool:
    assert nginx.poll() is None, (folder / "errors").read_text("utf-8")
    return (folder / "nginx.pid").exists()


@pytest.fixture
def folder(library: Library, photos: Path, tmp_path: Path) -> Path:
    library.index([photos])
    found = tmp_path / "nginx"
    found.mkdir()
    return found


@pytest.fixture
def site(library: Library, folder: Path) -> Iterator[Site]:
    """Yield the site that asks for the password of anna or bruno."""
    for name in ("anna", "bruno"):
        made = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],
            input=f"{PASSWORD}\n".encode(), check=True, capture_output=True,
        )  # fmt: skip
        with (folder / "foto.password").open("a", encoding="utf-8") as file:
            file.write(f"{name}:{made.stdout.decode()}")
    with running_for_users(library.settings, ACCESS, USERS) as port:
        instead = {
            "http://127.0.0.1:8420;": f"http://127.0.0.1:{port};",
            "/etc/nginx/foto.password;": "foto.password;",
        }
        with behind_nginx(folder, "auth_basic", instead) as found:
            yield found


# -- with a file of passwords --------------------------------------------------------------------


def test_a_day_at_the_office(site: Site) -> None:
    for auth in (None, ("anna", "sbagliata"), ("anna", ""), ("carla", PASSWORD), ("", PASSWORD)):
        answer = site.ask("GET", "/?q=rosso", auth=auth)
        assert answer.status_code == 401 and "rosso" not in answer.text
        assert answer.headers["www-authenticate"].startswith("Basic ")
    page = site.ask("GET", "/?q=rosso", auth=ANNA)
    assert page.status_code == 200 and "rosso.png" in page.text and ">anna<" in page.text
    assert "max-age" in page.headers["strict-transport-security"]

    labels = {"json": {"aggiungi": ["nonna"]}}
    foreign = {"Origin": "https://esempio.it", "Sec-Fetch-Site": "cross-site"}
    for headers in (foreign, {"Origin": f"http://{NAME}"}, {}):
        answer = site.ask("POST", "/foto/1/etichette", auth=ANNA, headers=headers, **labels)
        assert answer.status_code == 403
    answer = site.ask("POST", "/foto/1/etichette", auth=BRUNO, headers=SECURE_OWN, **labels)
    assert answer.status_code == 403 and "bruno" in answer.json()["errore"]
    assert "nonna" not in site.ask("GET", "/foto/1", auth=BRUNO).text
    answer = site.ask("POST", "/foto/1/etichette", auth=ANNA, headers=SECURE_OWN, **labels)
    assert answer.status_code == 200 and "nonna" in answer.text

    # Larger than nginx accepts by default.
    sent = site.ask("POST", "/carica", auth=BRUNO, content=bytes(3_000_000), headers=SECURE_OWN)
    assert sent.status_code == 422 and "errore" in sent.json()
    form = {"foto": ["1", "2", "3"]}
    zipped = site.ask("POST", "/scarica", auth=BRUNO, data=form, headers=SECURE_OWN)
    assert zipped.status_code == 200 and zipped.content[:2] == b"PK"

    # What the browser says of who it is counts for nothing.
    for header in (HEADER, HEADER.lower(), HEADER.upper(), "X_Remote_User"):
        claims = {header: "anna", "X-Forwarded-For": "10.0.0.1"}
        assert site.ask("GET", "/", headers=claims).status_code == 401
        page = site.ask("GET", "/foto/2", auth=BRUNO, headers=claims)
        assert page.status_code == 200 and ">bruno<" in page.text and "anna" not in page.text
        answer = site.ask(
            "POST", "/foto/1/etichette", auth=BRUNO, headers=claims | SECURE_OWN, **labels
        )
        assert answer.status_code == 403

    answer = httpx.get(
        f"http://127.0.0.1:{site.plain}/dove?q=x", headers={"Host": NAME}, timeout=PATIENCE
    )
    assert answer.status_code == 301 and answer.headers["location"] == f"{SECURE}/dove?q=x"


# -- with oauth2-proxy ---------------------------------------------------------------------------


class StandIn(BaseHTTPRequestHandler):
    """A stand-in for oauth2-proxy: answers with the user of a cookie, or where to sign in."""

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        given = re.search(r"_oauth2_proxy=([^;]*)", self.headers.get("Cookie", ""))
        name = given[1] if given else ""
        if where.path == "/oauth2/auth":
            if name not in MAIL:
                return self.answer(401)
            who = {"X-Auth-Request-User": f"id-{name}", "X-Auth-Request-Email": MAIL[name]}
            return self.answer(202, who)
        if where.path == "/oauth2/start":
            towards = quote(self.headers["X-Auth-Request-Redirect"], safe="")
            return self.answer(302, {"Location": f"https://accesso.ufficio.it/?state={towards}"})
        if where.path == "/oauth2/callback":
            asked = parse_qs(where.query)
            cookie = f"_oauth2_proxy={asked['code'][0]}; Path=/; HttpOnly; Secure"
            return self.answer(302, {"Location": asked["state"][0], "Set-Cookie": cookie})
        return self.answer(404)

    def do_POST(self) -> None:
        self.do_GET()

    def answer(self, status: int, headers: dict[str, str | None] | None = None) -> None:
        assert "Content-Length" not in self.headers, "nginx sends no body here"
        assert self.headers["X-Forwarded-Proto"] == "https" and self.headers["Host"] == NAME
        self.send_response(status)
        for name, value in (headers or {}).items():
            if value is not None:
                self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def signed(library: Library, folder: Path) -> Iterator[Site]:
    """Yield the site behind oauth2-proxy."""
    users = replace(USERS, labellers=frozenset(["anna@ufficio.it"]))
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as provider,
        running_for_users(library.settings, ACCESS, users) as port,
    ):
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        instead = {
            "http://127.0.0.1:8420;": f"http://127.0.0.1:{port};",
            "http://127.0.0.1:4180;": f"http://127.0.0.1:{provider.server_port};",
        }
        try:
            with behind_nginx(folder, "auth_request", instead) as found:
                yield found
        finally:
            provider.shutdown()


def cookie(name: str) -> dict[str, str]:
    return {"Cookie": f"_oauth2_proxy={name}"}


def test_whom_the_provider_knows_comes_in_and_goes_where_he_wanted(signed: Site) -> None:
    answer = signed.ask("GET", "/foto/1?q=rosso&altro=è")
    assert answer.status_code == 302 and "rosso.png" not in answer.text
    towards = urlsplit(answer.headers["location"])
    assert towards.netloc == "accesso.ufficio.it"
    (state,) = parse_qs(towards.query)["state"]
    assert state == "/foto/1?q=rosso&altro=%C3%A8"

    back = signed.ask("GET", f"/oauth2/callback?code=anna&state={quote(state, safe='')}")
    assert back.status_code == 302 and back.headers["location"].endswith(state)
    assert back.headers["set-cookie"].startswith("_oauth2_proxy=anna;")
    signed.client.cookies.clear()
    page = signed.ask("GET", state, headers=cookie("anna"))
    assert page.status_code == 200 and ">anna@ufficio.it<" in page.text
    assert "max-age" in page.headers["strict-transport-security"]
    assert signed.ask("GET", "/oauth2/auth", headers=cookie("anna")).status_code == 404

    labels = {"json": {"aggiungi": ["nonna"]}}
    for name, status in (("bruno", 403), ("anna", 200)):
        headers = cookie(name) | SECURE_OWN
        answer = signed.ask("POST", "/foto/1/etichette", headers=headers, **labels)
        assert answer.status_code == status
    large = cookie("bruno") | SECURE_OWN
    sent = signed.ask("POST", "/carica", content=bytes(3_000_000), headers=large)
    assert sent.status_code == 422 and "errore" in sent.json()
    # A page open for longer than the session: its requests go no further.
    answer = signed.ask("POST", "/foto/1/etichette", headers=SECURE_OWN, **labels)
    assert answer.status_code == 302

    # Nobody signs in by headers of his own.
    for header in (HEADER, HEADER.lower(), "X_Remote_User"):
        claims = {header: "anna@ufficio.it", "X-Auth-Request-Email": "anna@ufficio.it"}
        assert signed.ask("GET", "/foto/2", headers=claims).status_code == 302
        page = signed.ask("GET", "/foto/2", headers=claims | cookie("bruno"))
        assert ">bruno@ufficio.it<" in page.text and "anna" not in page.text
        # Known to the provider, without an address: nginx sends no name at all.
        answer = signed.ask("GET", "/foto/2", headers=claims | cookie("senza posta"))
        assert answer.status_code == 403 and "non ha detto chi sei" in answer.text
