"""How often somebody may try to enter: few times for a user from one address, more for either."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from cercafoto.base.recent import RecentCache

WINDOW = 15 * 60  # seconds that an attempt counts for, from the first of them on
# Of a user from one address; from one address, where an office may sit behind one; of a user from
# anywhere, high enough that a colleague does not lock him out by the way.
MOST_OF_BOTH, MOST_OF_ADDRESS, MOST_OF_USER = 5, 30, 100
REMEMBERED = 10_000  # counters: some 3 MB


@dataclass
class _Count:
    since: float
    number: int = 0


class Attempts:
    """For one event loop. clock: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: RecentCache[tuple[str, str], _Count] = RecentCache(REMEMBERED)

    def begin(self, user: str, address: str) -> float:
        """Count an attempt before it is made: many at once are as many. Return the seconds to wait
        where there were too many already, which is then none."""
        now, counts = self._clock(), self._counts_of(user, address)
        waits = [count.since + WINDOW - now for count, most in counts if count.number >= most]
        if waits:
            return max(waits)
        for count, _ in counts:
            count.number += 1
        return 0.0

    def succeeded(self, user: str, address: str) -> None:
        """Take an attempt back; for this user at this address nothing is held against him."""
        both, *others = (count for count, _ in self._counts_of(user, address))
        both.number = 0
        for count in others:
            count.number = max(0, count.number - 1)

    def _counts_of(self, user: str, address: str) -> list[tuple[_Count, int]]:
        where = network(address)
        return [
            (self._count((user, where)), MOST_OF_BOTH),
            (self._count(("", where)), MOST_OF_ADDRESS),
            (self._count((user, "")), MOST_OF_USER),
        ]

    def _count(self, key: tuple[str, str]) -> _Count:
        count = self._counts.get(key)
        if count is None or self._clock() >= count.since + WINDOW:
            count = self._counts.put(key, _Count(self._clock()))
        return count


def network(address: str) -> str:
    """Make one of all addresses that a single machine may choose among: with IPv6 the last half is
    its own affair."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
