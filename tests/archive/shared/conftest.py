"""A shared archive beside the local one of the tiny model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cercafoto import Library, Settings

Open = Callable[..., Library]


@pytest.fixture
def opened(settings: Settings, shared_address: str) -> Iterator[Open]:
    """Open the shared archive. mounts: where its sources are on this machine."""
    libraries: list[Library] = []

    def open_shared(address: str = shared_address, *mounts: str) -> Library:
        library = Library(replace(settings, shared=address, mounts=mounts))
        libraries.append(library)
        return library

    yield open_shared
    for library in libraries:
        library.__exit__()
