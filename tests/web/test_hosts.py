"""Where the server listens, and which host names it accepts."""

from __future__ import annotations

import pytest

from cercafoto.errors import UsageError
from cercafoto.web.hosts import Hosts, Place, address_of_proxy, public_name


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("127.0.0.1", "127.0.0.1", None),
        ("127.0.0.1:9000", "127.0.0.1", 9000),
        ("localhost:9000", "127.0.0.1", 9000),
        ("192.168.1.10", "192.168.1.10", None),
        ("::1", "::1", None),
        ("[::1]:9000", "::1", 9000),
        ("[fe80::1]", "fe80::1", None),
        ("0.0.0.0:0", "0.0.0.0", 0),
    ],
)
def test_places(text: str, address: str, port: int | None) -> None:
    assert Place.read(text) == Place(address, port)


@pytest.mark.parametrize(
    "text", ["", "foto.ufficio.it", ":8420", "127.0.0.1:", "127.0.0.1:70000", "1.2.3", "[::1", "*"]
)
def test_malformed_addresses_to_listen_on_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--ascolta"):
        Place.read(text)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.10", False), ("::ffff:192.168.1.10", False), ("fe80::1", False)],
)  # fmt: skip
def test_which_addresses_other_machines_can_reach(address: str, loopback: bool) -> None:
    assert Place(address).is_loopback is loopback


def test_the_address_to_open_and_the_hosts() -> None:
    # The address to open.
    assert Place("192.168.1.10").url(8420) == "http://192.168.1.10:8420/"
    assert Place("::1").url(8420) == "http://[::1]:8420/"
    assert Place("0.0.0.0").url(8420) == "http://127.0.0.1:8420/"
    assert Place("::").url(8420) == "http://[::1]:8420/"
    # Hosts of one address.
    hosts = Hosts(Place("192.168.1.10"), 8420, ["foto.ufficio.it"])
    for host in ("192.168.1.10:8420", "127.0.0.1:8420", "Foto.Ufficio.it", "[::1]:8420"):
        assert host in hosts, host
    for host in ("192.168.1.11:8420", "192.168.1.10", "esempio.it:8420", "foto.ufficio.it:81", ""):
        assert host not in hosts, host
    # Hosts of every address.
    hosts = Hosts(Place("0.0.0.0"), 8420)
    for host in ("192.168.1.11:8420", "[fe80::1]:8420"):
        assert host in hosts, host
    for host in ("esempio.it:8420", "192.168.1.11:81", "192.168.1.11", "10.0.0.1.esempio.it:8420"):
        assert host not in hosts, host


def test_public_names_and_proxies_are_checked() -> None:
    assert public_name("Foto.Ufficio.it:8443") == "foto.ufficio.it:8443"
    for wrong in ("", "https://foto.ufficio.it", "foto.ufficio.it/", "foto ufficio", "a..b"):
        with pytest.raises(UsageError, match="--nome-pubblico"):
            public_name(wrong)
    assert str(address_of_proxy("192.168.1.2")) == "192.168.1.2"
    assert address_of_proxy("[0:0::1]") == address_of_proxy("::1")
    for wrong in ("", "proxy.ufficio.it", "192.168.1.0/24", "192.168.1.2:8420", "*"):
        with pytest.raises(UsageError, match="--proxy"):
            address_of_proxy(wrong)
