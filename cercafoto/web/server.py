"""The server: a port of this machine, the address to open, the end by Ctrl-C.

By default it listens on this machine alone, and the address holds a key. A page for several people
stands behind a proxy, which says who asks and speaks TLS.
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
    """Another program listens where the person wants the page."""


@dataclass(frozen=True)
class Access:
    """Who may come, and whence.

    place: where to listen; loopback if users is None. users: None if only the person who has the
    key may come. names: those that a proxy gives the page.
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
    """Serve the page until Ctrl-C, which is raised then. ready: called with the address to open,
    once there is something to answer with. closed: called at the end where something would hold it
    up: the process then ends with no exception.

    Raises PortTakenError; ArchiveError and ModelError where nothing could be answered.
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
            many_from = access.users.proxies if access.users else ()
            server = PageServer(configuration(app, many_from), leave)
            server.run(sockets=[listener])
        finally:
            archive.close()
            if server is not None:
                server.ended()


def key_app(archive: PageArchive, place: Place, port: int, token: str) -> Starlette:
    """Make the page of the person who has the key."""
    guard = Middleware(KeyGuard, hosts=Hosts(place, port), port=port, token=token)
    return make_app(archive, guard)


def user_app(archive: PageArchive, access: Access, users: ProxyUsers, port: int) -> Starlette:
    """Make the page of the people whom a proxy lets in."""
    hosts = Hosts(access.place, port, access.names)
    return make_app(archive, Middleware(ProxyGuard, hosts=hosts, users=users))


def configuration(app: Starlette, many_from: Collection[IPAddress] = ()) -> uvicorn.Config:
    """many_from: addresses whose connections are as many as they like, within the bound of all."""
    return uvicorn.Config(
        app,
        log_config=LOG,
        http=connection_class(many_from),
        ws="none",
        backlog=BACKLOG,
        # Warnings are about requests that make no sense, one for each.
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        # The guard must see where a connection really comes from, which uvicorn would overwrite.
        proxy_headers=False,
    )


def listen(place: Place) -> socket.socket:
    """A socket that listens. Raises PortTakenError."""
    port = place.port
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    ports = range(USUAL_PORT, USUAL_PORT + TRIED) if port is None else [port]
    for number in ports:
        # The protocol by name: asyncio turns Nagle's algorithm off only where it stands, and with
        # it every answer on an open connection takes 40 ms longer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # :: is every address of its kind, on every system
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
                    f"Sulla porta {port} non si può ascoltare: la usa un altro programma, o il "
                    "sistema la riserva.",
                    "Scegline un'altra con --porta, oppure lascia scegliere a cercafoto.",
                ) from error
        else:
            return listener
    raise PortTakenError(
        f"Le porte da {ports[0]} a {ports[-1]} sono tutte occupate.",
        "Scegline un'altra: cercafoto web --porta 9000",
    )
