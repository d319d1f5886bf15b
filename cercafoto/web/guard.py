"""The guard of the page: who may ask is a browser that was let in, and no other page that it shows.

A page of the network can make a browser send requests here (forms, pictures, a name of its own
that resolves to this machine), but it knows no token, has no use of a SameSite=Strict cookie, and
its requests carry its own origin or host.

`KeyGuard` lets in who has the key of the first address, the person who started the server;
`proxy_guard.py` has the guard of a page for several people.
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
# The page for whom has no key carries its style in itself: nothing else is served without one.
STRANGERS_STYLE = Path(__file__).with_name("static").joinpath("senza_chiave.css").read_text("utf-8")
_STYLE_DIGEST = b64encode(sha256(STRANGERS_STYLE.encode()).digest()).decode()
STRANGERS_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Kept by the browser for going back, but asked for again.
USUAL_CACHE = "private, no-cache"


class Guard:
    """Around the application. hosts: what it may be asked as."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # There is no WebSocket to refuse, and the start and the end are the application's.
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
        """Say what to answer in the place of the application; None for whom it may serve."""
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self.hosts:
            return PlainTextResponse("Host sconosciuto.\n", 421)
        if not (scope["method"] in READING or _is_own(scope, headers)):
            return PlainTextResponse(FOREIGN, 403)
        return self._answer_stranger(scope, headers)

    def _answer_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Say what to answer to whom is not in; None for whom the application may serve."""
        raise NotImplementedError


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Tell whether a write comes from a page of this server. Browsers say so; what does not say
    is none of them."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        return False
    return origin == f"{scope['scheme']}://{headers['host']}"


class KeyGuard(Guard):
    """token: that of the first address, which becomes a cookie; port: the one listened on."""

    def __init__(self, app: ASGIApp, hosts: Hosts, port: int, token: str) -> None:
        super().__init__(app, hosts)
        # Browsers keep cookies by host, not by port: each server has a name of its own.
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
        """Give what the browser sends as our cookie: usually one."""
        for header in headers.getlist("cookie"):
            try:
                found = SimpleCookie(header).get(self.cookie)
            except CookieError:
                continue
            if found:
                yield found.value

    def _welcome(self) -> Response:
        """The token leaves the address bar; the cookie stays until the browser is closed."""
        # A page that goes on by itself, not a redirection: after a click in another program or
        # page, the browser would not send the new cookie along with that.
        response = HTMLResponse(WELCOME, headers={"Cache-Control": "no-store"})
        response.set_cookie(self.cookie, self.session, httponly=True, samesite="strict", path="/")
        return response
