"""Let in the visitors of a shared page, whom a proxy names in a header.

The header counts only on connections from the proxy itself: anybody else who reaches the port
could write any name into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Scope

from cercafoto.base.paths import printable
from cercafoto.errors import UsageError
from cercafoto.web.guard import FOREIGN, Guard
from cercafoto.web.hosts import Hosts, IPAddress, ip_address_or_none

LONGEST_NAME = 254  # letters: a mail address has no more (RFC 5321, 4.5.3.1.3)
NOT_HERE = "Queste foto si aprono all’indirizzo che ti ha dato chi le gestisce, non da qui.\n"
NOBODY = "Il proxy davanti a questa pagina non ha detto chi sei: avvisa chi la gestisce.\n"

_HEADER = re.compile(r"[A-Za-z0-9-]+")  # proxies drop or confuse names with an underscore


@dataclass(frozen=True)
class Visitor:
    """The person who sends a request, named by the proxy. may_label: whether they may label."""

    name: str
    may_label: bool


@dataclass(frozen=True)
class ProxyUsers:
    """How visitors are recognised.

    header: the header that holds the visitor's name.
    proxies: the addresses from which this header is believed.
    labellers: names of visitors who may give labels.
    """

    header: str
    proxies: frozenset[IPAddress]
    labellers: frozenset[str] = frozenset()

    def visitor(self, scope: Scope) -> Visitor | None:
        """Return a request's visitor; None if the header is missing, occurs twice or has no valid
        name."""
        values = _values(scope, self.header)
        try:
            name = values[0].decode() if len(values) == 1 else ""
        except UnicodeDecodeError:
            return None
        return Visitor(name, name in self.labellers) if is_name(name) else None


def header_name(text: str) -> str:
    """Return `text`, the name of an HTTP header. Raises UsageError if it cannot be such a name."""
    if not _HEADER.fullmatch(text):
        raise UsageError(
            f"--utente-da vuole il nome di un'intestazione HTTP, non «{printable(text)}».",
            "Lettere, cifre e trattini, per esempio: --utente-da X-Remote-User",
        )
    return text


def label_names(text: str) -> frozenset[str]:
    """Return the visitors who may label: the names in `text`, where commas separate them. Raises
    UsageError for an invalid name."""
    names = frozenset(name.strip() for name in text.split(","))
    if wrong := sorted(name for name in names if not is_name(name)):
        raise UsageError(
            f"--etichettano vuole nomi separati da virgole, e «{printable(wrong[0])}» non può "
            "essere un nome.",
            "Per esempio: --etichettano anna,bruno",
        )
    return names


def is_name(text: str) -> bool:
    """Return True if a text can be a visitor's name.

    Names contain no comma: proxies join headers that occur twice with one.
    """
    return (
        0 < len(text) <= LONGEST_NAME
        and text.isprintable()
        and "," not in text
        and text == text.strip()
    )


class ProxyGuard(Guard):
    """Lets in visitors whom the proxy names.

    Stores the Visitor in the request's state, as `visitor`, and in the request's scope the scheme
    that the browser uses (http or https).

    users: how visitors are recognised.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts, users: ProxyUsers) -> None:
        super().__init__(app, hosts)
        self.users = users

    def _refusal(self, scope: Scope) -> Response | None:
        peer = scope["client"][0] if scope.get("client") else ""
        if ip_address_or_none(peer) not in self.users.proxies:
            return PlainTextResponse(NOT_HERE, 403)
        is_tls = _values(scope, "X-Forwarded-Proto") == [b"https"]
        scope["scheme"] = "https" if is_tls else "http"
        return super()._refusal(scope)

    def _answer_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        # The proxy also lets through requests that other sites make the browser send. A link to a
        # page is fine; loading pictures or answers would reveal the archive by their timing.
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if elsewhere and headers.get("sec-fetch-dest") != "document":
            return PlainTextResponse(FOREIGN, 403)
        visitor = self.users.visitor(scope)
        if visitor is None:
            return PlainTextResponse(NOBODY, 403)
        scope["state"] = {**scope.get("state", {}), "visitor": visitor}
        return None


def _values(scope: Scope, header: str) -> list[bytes]:
    key = header.lower().encode()
    return [value for name, value in scope["headers"] if name == key]
