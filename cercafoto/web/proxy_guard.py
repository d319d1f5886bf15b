"""The guard of a shared page: a proxy in front knows who asks, and says it in a header.

The header counts only on connections that come from the proxy itself: whoever else could reach the
port could write any name into it.
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
NOT_HERE = "Queste foto si aprono all'indirizzo che ti ha dato chi le gestisce, non da qui.\n"
NOBODY = "Il proxy davanti a questa pagina non ha detto chi sei: avvisa chi la gestisce.\n"

_HEADER = re.compile(r"[A-Za-z0-9-]+")  # proxies drop or confuse names with an underscore


@dataclass(frozen=True)
class Visitor:
    """Who asks, by the name that the proxy gives."""

    name: str
    may_label: bool


@dataclass(frozen=True)
class ProxyUsers:
    """How visitors are known.

    header: its value is the visitor's name. proxies: where it is believed from. labellers: the
    names that may label.
    """

    header: str
    proxies: frozenset[IPAddress]
    labellers: frozenset[str] = frozenset()

    def visitor(self, scope: Scope) -> Visitor | None:
        """Return who asks; None if the header is missing, there twice, or holds no name."""
        values = _values(scope, self.header)
        try:
            name = values[0].decode() if len(values) == 1 else ""
        except UnicodeDecodeError:
            return None
        return Visitor(name, name in self.labellers) if is_name(name) else None


def header_name(text: str) -> str:
    """Return the name of a header. Raises UsageError."""
    if not _HEADER.fullmatch(text):
        raise UsageError(
            f"--utente-da vuole il nome di un'intestazione HTTP, non «{printable(text)}».",
            "Lettere, cifre e trattini, per esempio: --utente-da X-Remote-User",
        )
    return text


def label_names(text: str) -> frozenset[str]:
    """Read names separated by commas. Raises UsageError."""
    names = frozenset(name.strip() for name in text.split(","))
    if wrong := sorted(name for name in names if not is_name(name)):
        raise UsageError(
            f"--etichettano vuole nomi separati da virgole, e «{printable(wrong[0])}» non può "
            "essere un nome.",
            "Per esempio: --etichettano anna,bruno",
        )
    return names


def is_name(text: str) -> bool:
    """Tell whether a text can be a visitor's name. A comma is in none: proxies join headers that
    are there twice with one."""
    return (
        0 < len(text) <= LONGEST_NAME
        and text.isprintable()
        and "," not in text
        and text == text.strip()
    )


class ProxyGuard(Guard):
    """Lets in whom the proxy names. Puts the Visitor into the state of the request, as `visitor`,
    and into its scheme what the browser sees."""

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
        # The proxy lets the browser in for pages of other sites too. They may lead here by a link;
        # they may not load pictures or answers, whose timing tells what the archive holds.
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
