"""Answer only browsers that were let in, and no requests that other sites make them send.

A foreign page can make a browser send requests here (forms, pictures, its own host name resolving
to this machine). But the foreign page knows no token, the browser does not send the SameSite=Strict
cookie with such requests, and they carry the foreign origin or host.

`KeyGuard` lets in whoever has the key in the first address, that is, the person who started the
server; `proxy_guard.py` has the guard of a page for several people.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cercafoto.web.hosts import Hosts
from cercafoto.web.templating import render

KEY = "chiave"  # the parameter of the first address
READING = frozenset(["GET", "HEAD"])
FOREIGN = "Richiesta di un altro sito.\n"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: a form would then be sent with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
WELCOME = (
    '<!doctype html><html lang="it"><title>cercafoto</title>'
    '<link rel="icon" href="/risorse/icona.svg">'
    '<meta http-equiv="refresh" content="0; url=/"><a href="/">Entra</a></html>'
)
# The page for visitors without a key contains its style: nothing else is served to them.
STRANGERS_STYLE = Path(__file__).with_name("static").joinpath("senza_chiave.css").read_text("utf-8")
_STYLE_DIGEST = b64encode(sha256(STRANGERS_STYLE.encode()).digest()).decode()
STRANGERS_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# The browser may store an answer for going back, but must ask again before using it.
USUAL_CACHE = "private, no-cache"


class Guard:
    """Middleware that refuses requests before they reach the application `app`.

    It adds HEADERS to every answer. Subclasses decide who is let in.

    hosts: the accepted values of the header Host.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # uvicorn runs without WebSockets; start and end are the application's.
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (*HEADERS.items(), ("Cache-Control", USUAL_CACHE)):
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(scope) or self.app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is refused; None if the application may answer."""
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self.hosts:
            return PlainTextResponse("Host sconosciuto.\n", 421)
        if not (scope["method"] in READING or _is_own(scope, headers)):
            return PlainTextResponse(FOREIGN, 403)
        return self._answer_stranger(scope, headers)

    def _answer_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a visitor who was not let in; None for visitors who were."""
        raise NotImplementedError


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Return True if a writing request comes from a page of this server.

    Browsers send the origin; a request without an origin comes from another program.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        return False
    return origin == f"{scope['scheme']}://{headers['host']}"


class KeyGuard(Guard):
    """Lets in a browser that sends the token in the first address, and then a cookie instead.

    port: the port of the server.
    token: the key in the first address.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, port: int, token: str) -> None:
        super().__init__(app, hosts)
        # Browsers share cookies between ports of a host, so each server uses another name.
        self.cookie = f"cercafoto-{port}"
        self.token = token
        self.session = secrets.token_urlsafe(32)

    def _answer_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        for cookie in self._cookies(headers):
            if secrets.compare_digest(cookie.encode(), self.session.encode()):
                return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get(KEY, [""])[0]
        if scope["method"] in READING and secrets.compare_digest(
            given.encode(), self.token.encode()
        ):
            return self._welcome()
        return HTMLResponse(
            render("senza_chiave.html", style=STRANGERS_STYLE),
            403,
            {"Content-Security-Policy": STRANGERS_POLICY, "Cache-Control": "no-store"},
        )

    def _cookies(self, headers: Headers) -> Iterator[str]:
        """Yield the values that the browser sends for our cookie, usually one."""
        for header in headers.getlist("cookie"):
            try:
                found = SimpleCookie(header).get(self.cookie)
            except CookieError:
                continue
            if found:
                yield found.value

    def _welcome(self) -> Response:
        """Return a page that sets the cookie and leads to the address without the token.

        The cookie stays until the browser is closed.
        """
        # Not a redirection: after a click in another program or page, the browser would not send
        # the new cookie with the redirected request.
        response = HTMLResponse(WELCOME, headers={"Cache-Control": "no-store"})
        response.set_cookie(self.cookie, self.session, httponly=True, samesite="strict", path="/")
        return response
