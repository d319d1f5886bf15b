"""Parse the address to listen on, and decide which host names a request may use."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cercafoto.base.paths import printable
from cercafoto.errors import UsageError

LOOPBACK = "127.0.0.1"
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_HERE = ("127.0.0.1", "localhost", "[::1]")
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Place:
    """Where to listen: an IP address and a port (None: the first free one from USUAL_PORT on)."""

    address: str = LOOPBACK
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> Place:
        """Parse an IP address or "localhost", with or without a port ("::1", "[::]:8420").

        Raises UsageError for any other text.
        """
        found = re.fullmatch(
            r"(?:\[(?P<six>[^]]+)\]|(?P<four>[^:]+))(?::(?P<port>[0-9]{1,5}))?", text
        )
        address, port = text, None
        if found:
            address, port = found["six"] or found["four"], found["port"]
        address = LOOPBACK if address == "localhost" else address
        try:
            place = cls(str(ipaddress.ip_address(address)), int(port) if port else None)
        except ValueError:
            place = None
        if place is None or not 0 <= (place.port or 0) <= 65535:
            raise UsageError(
                f"--ascolta vuole un indirizzo IP di questo computer, non «{printable(text)}».",
                "Per esempio: --ascolta 127.0.0.1:8420, o --ascolta 192.168.1.10",
            )
        return place

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.address).is_loopback

    @property
    def is_everywhere(self) -> bool:
        return ipaddress.ip_address(self.address).is_unspecified

    def url(self, port: int) -> str:
        """Return the URL for a browser on this machine. port: the port that the server has."""
        address = self.address
        if self.is_everywhere:
            address = "::1" if ":" in address else LOOPBACK
        return f"http://{_in_url(address)}:{port}/"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def public_name(text: str) -> str:
    """Return `text`, the public host name of the page behind a proxy, in lower case.

    text: name, or name:port. Raises UsageError if `text` is malformed.
    """
    name = text.lower()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"--nome-pubblico vuole il nome del sito, non «{printable(text)}».",
            "Per esempio: --nome-pubblico foto.ufficio.it",
        )
    return name


def address_of_proxy(text: str) -> IPAddress:
    """Return the IP address of a proxy. Raises UsageError if `text` is not an IP address."""
    address = ip_address_or_none(text.strip("[]"))
    if address is None:
        raise UsageError(
            f"--proxy vuole l'indirizzo IP del proxy, non «{printable(text)}».",
            "Per esempio: --proxy 192.168.1.2",
        )
    return address


class Hosts:
    """The accepted values of the header Host; test with `in`.

    An unknown name may belong to a foreign site that resolves to this machine. An IP address is
    safe: any is accepted if the server listens on all addresses.

    place, port: where the server listens.
    public: further names to accept, name or name:port.
    """

    def __init__(self, place: Place, port: int, public: Iterable[str] = ()) -> None:
        self._port = f":{port}"
        self._known = {f"{name}:{port}" for name in (*_HERE, _in_url(place.address))} | {*public}
        self._any_address = place.is_everywhere

    def __contains__(self, host: str) -> bool:
        host = host.lower()
        if host in self._known:
            return True
        address = host.removesuffix(self._port)
        is_address = ip_address_or_none(address.strip("[]")) is not None
        return self._any_address and address != host and is_address


def ip_address_or_none(text: str) -> IPAddress | None:
    """Return the IP address that `text` is; None if it is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
