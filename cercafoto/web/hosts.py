"""Where the page listens, and the names by which it may be asked for."""

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
    """Where to listen. address: of IP. port: None for the usual one, or the first free after it."""

    address: str = LOOPBACK
    port: int | None = None

    @classmethod
    def read(cls, text: str) -> Place:
        """Read 127.0.0.1, 192.168.1.10:8420, ::1 or [::]:8420. Raises UsageError."""
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
        """Write the address that a browser on this machine opens."""
        address = self.address
        if self.is_everywhere:
            address = "::1" if ":" in address else LOOPBACK
        return f"http://{_in_url(address)}:{port}/"


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def public_name(text: str) -> str:
    """Read a name that a proxy gives the page, with a port if it has one of its own.

    Raises UsageError.
    """
    name = text.lower()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"--nome-pubblico vuole il nome del sito, non «{printable(text)}».",
            "Per esempio: --nome-pubblico foto.ufficio.it",
        )
    return name


def address_of_proxy(text: str) -> IPAddress:
    """Read the address of a proxy. Raises UsageError."""
    address = ip_address_or_none(text.strip("[]"))
    if address is None:
        raise UsageError(
            f"--proxy vuole l'indirizzo IP del proxy, non «{printable(text)}».",
            "Per esempio: --proxy 192.168.1.2",
        )
    return address


class Hosts:
    """What the header Host may say. A name that is none of ours may be a foreign site's that
    resolves to this machine; an address is nobody's name."""

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
    """Return an address of IP, None if the text is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
