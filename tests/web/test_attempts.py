"""How often somebody may try."""

from __future__ import annotations

import pytest

from cercafoto.web import attempts
from cercafoto.web.attempts import (
    MOST_OF_ADDRESS,
    MOST_OF_BOTH,
    MOST_OF_USER,
    WINDOW,
    Attempts,
    network,
)
from tests.support.office import Clock


def tries(some: Attempts, user: str, address: str, most: int = 1000) -> int:
    """How many are let through, at most."""
    for number in range(most):
        if some.begin(user, address):
            return number
    return most


def test_a_user_from_one_address() -> None:
    clock = Clock()
    some = Attempts(clock)
    assert tries(some, "anna", "10.0.0.1") == MOST_OF_BOTH
    assert some.begin("anna", "10.0.0.1") == WINDOW
    # A colleague at the same address, and she herself at another, may still.
    assert some.begin("bruno", "10.0.0.1") == 0 and some.begin("anna", "10.0.0.2") == 0
    clock.now = WINDOW - 1
    assert some.begin("anna", "10.0.0.1") == 1
    clock.now = WINDOW
    assert some.begin("anna", "10.0.0.1") == 0


def test_one_address_with_many_names() -> None:
    some = Attempts(Clock())
    let = sum(not some.begin(f"nome{at}", "10.0.0.1") for at in range(100))
    assert let == MOST_OF_ADDRESS
    assert some.begin("anna", "10.0.0.1") > 0 and some.begin("anna", "10.0.0.2") == 0


def test_one_name_from_many_addresses() -> None:
    some = Attempts(Clock())
    let = sum(not some.begin("anna", f"10.0.{at // 250}.{at % 250}") for at in range(500))
    assert let == MOST_OF_USER


def test_success_takes_its_attempt_back() -> None:
    some = Attempts(Clock())
    for _ in range(10 * MOST_OF_USER):
        assert some.begin("anna", "10.0.0.1") == 0
        some.succeeded("anna", "10.0.0.1")
    # Nor does it wash other names' attempts from that address away.
    for at in range(MOST_OF_ADDRESS):
        assert some.begin(f"nome{at}", "10.0.0.1") == 0
        if at % 5 == 0 and at < MOST_OF_ADDRESS - 1:
            assert some.begin("anna", "10.0.0.1") == 0
            some.succeeded("anna", "10.0.0.1")
    assert some.begin("anna", "10.0.0.1") > 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED", 50)
    some = Attempts(Clock())
    for at in range(1000):
        some.begin(f"nome{at}", f"10.0.{at // 250}.{at % 250}")
    assert len(some._counts) == 50


def test_a_machine_is_one_address() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") == "10.0.0.1"
    assert network("sconosciuto") == "sconosciuto"
