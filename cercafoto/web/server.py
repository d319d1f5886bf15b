"""Serve the page on a port until Ctrl-C, and report the address to open.

By default only this machine can connect, and the address holds a key. A page for several people
stands behind a proxy, which names the visitors and handles TLS.
"""

from __future__ import annotations

import errno
import secrets
import socket
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cercafoto.errors import CercafotoError, UsageError
from cercafoto.settings import Settings
from cercafoto.web.app import make_app
from cercafoto.web.connections import BACKLOG, allow_files, connection_class
from cercafoto.web.ending import PageServer, leave_now
from cercafoto.web.guard import KEY, KeyGuard
from cercafoto.web.hosts import Hosts, IPAddress, Place
from cercafoto.web.log import LOG
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.proxy_guard import ProxyGuard, ProxyUsers

USUAL_PORT = 8420
TRIED = 20  # ports, from the usual one on


class PortTakenError(CercafotoError):
    """The port is used by another program, or reserved by the system."""


@dataclass(frozen=True)
class Access:
    """Who may use the page, and where it listens.

    place: where to listen; must be loopback if `users` is None.
    users: how visitors behind a proxy are recognised; None lets in only the person with the key.
    names: public host names that a proxy uses for the page.
    """

    place: Place = field(default_factory=Place)
    users: ProxyUsers | None = None
    names: tuple[str, ...] = ()


def serve(
    settings: Settings,
    access: Access,
    ready: Callable[[str], None],
    closed: Callable[[], None] = lambda: None,
) -> None:
    """Serve the page until Ctrl-C, then raise KeyboardInterrupt.

    ready: called with the address to open, once requests can be answered.
    closed: called if something would delay the end; the process then ends at once with exit code 0,
        without an exception.

    Raises PortTakenError and UsageError as `listen` does; ArchiveError or ModelError if no request
    could be answered.
    """
    place = access.place
    allow_files()
    listener = listen(place)
    with listener:
        archive = PageArchive(settings)
        server = None

        def leave() -> None:
            archive.uploads.close()
            closed()
            leave_now()

        try:
            archive.warm()
            port = listener.getsockname()[1]
            if access.users is None:
                token = secrets.token_urlsafe(24)
                app, key = key_app(archive, place, port, token), f"?{KEY}={token}"
            else:
                app, key = user_app(archive, access, access.users, port), ""
            ready(place.url(port) + key)
            # uvicorn raises the interruption again once everything is closed.
            unlimited = access.users.proxies if access.users else ()
            server = PageServer(configuration(app, unlimited), leave)
            server.run(sockets=[listener])
        finally:
            archive.close()
            if server is not None:
                server.ended()


def key_app(archive: PageArchive, place: Place, port: int, token: str) -> Starlette:
    """Return the application for the person who has the key, `token`."""
    guard = Middleware(KeyGuard, hosts=Hosts(place, port), port=port, token=token)
    return make_app(archive, guard)


def user_app(archive: PageArchive, access: Access, users: ProxyUsers, port: int) -> Starlette:
    """Return the application for people whom a proxy lets in."""
    hosts = Hosts(access.place, port, access.names)
    return make_app(archive, Middleware(ProxyGuard, hosts=hosts, users=users))


def configuration(app: Starlette, unlimited: Collection[IPAddress] = ()) -> uvicorn.Config:
    """Return uvicorn's configuration. unlimited: see `BoundedConnection`."""
    return uvicorn.Config(
        app,
        log_config=LOG,
        http=connection_class(unlimited),
        ws="none",
        backlog=BACKLOG,
        # Warnings would be logged for every malformed request.
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        # The guard must see the real client address, which uvicorn would overwrite.
        proxy_headers=False,
    )


def listen(place: Place) -> socket.socket:
    """Return a socket that listens at `place`.

    If `place` has no port, the socket listens at the first free one of TRIED ports from USUAL_PORT
    on. Raises PortTakenError if no port is free; UsageError if the address is not one of this
    machine.
    """
    port = place.port
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    ports = range(USUAL_PORT, USUAL_PORT + TRIED) if port is None else [port]
    for number in ports:
        # The protocol is given because asyncio turns Nagle's algorithm off only then; with it every
        # answer on an open connection takes 40 ms longer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # makes :: mean only IPv6 on every system
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            listener.bind((place.address, number))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRNOTAVAIL:
                raise UsageError(
                    f"{place.address} non è un indirizzo di questo computer.",
                    "Con --ascolta indica uno dei suoi, o 0.0.0.0 per tutti.",
                ) from error
            if port is not None:
                raise PortTakenError(
                    f"La porta {port} è occupata (forse c'è già una pagina di cercafoto aperta), o "
                    "riservata dal sistema.",
                    "Scegline un'altra con --porta, oppure lascia scegliere a cercafoto.",
                ) from error
        else:
            return listener
    raise PortTakenError(
        f"Le porte da {ports[0]} a {ports[-1]} sono tutte occupate.",
        "Scegline un'altra: cercafoto web --porta 9000",
    )
