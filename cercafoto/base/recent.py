"""Cache the most recently used values, for several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class RecentCache(Generic[K, V]):
    """A thread-safe LRU cache of at most `max_size` values.

    on_evict: called with each value that is evicted.
    """

    def __init__(self, max_size: int, on_evict: Callable[[V], object] = lambda value: None) -> None:
        self._max_size = max_size
        self._on_evict = on_evict
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """Return the value of a key, None if there is none. This counts as a use of the value."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> V:
        """Store and return `value`. Evict the least recently used values beyond `max_size`."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._max_size:
                self._on_evict(self._values.popitem(last=False)[1])
        return value

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key; if there is none, store and return the result of `make`."""
        value = self.get(key)
        return self.put(key, make()) if value is None else value
