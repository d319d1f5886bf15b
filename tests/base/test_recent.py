"""Tests of the LRU cache."""

from __future__ import annotations

from cercafoto.base.recent import RecentCache


def test_the_least_recently_used_value_is_evicted() -> None:
    evicted: list[int] = []
    cache: RecentCache[str, int] = RecentCache(2, evicted.append)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1  # a use
    cache.put("c", 3)
    assert (evicted, cache.get("b"), cache.get("a"), len(cache)) == ([2], None, 1, 2)


def test_a_value_is_made_once() -> None:
    cache: RecentCache[str, list[int]] = RecentCache(2)
    made = cache.get_or_make("a", lambda: [])
    assert cache.get_or_make("a", lambda: [1]) is made
