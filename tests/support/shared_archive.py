"""A catalogue published to a shared archive, and that opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cercafoto.catalog.catalog import Catalog
from cercafoto.session import Session
from cercafoto.settings import Settings
from cercafoto.shared.archive import SharedArchive
from cercafoto.shared.connection import connect
from cercafoto.shared.mounts import Mounts
from cercafoto.shared.publish import Publisher


class _OpenCatalog(Session):
    """A session with a catalogue that is open already."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(Settings(catalog.path.parent, Path()))
        self._catalog = catalog

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        yield self._catalog


def published(catalog: Catalog, address: str, source: str) -> SharedArchive:
    """Publish a catalogue, and read the archive through a connection that sees every change."""
    with Publisher(address, source) as publisher:
        publisher.publish(_OpenCatalog(catalog))
    return SharedArchive(connect(address), address, Mounts({source: catalog.roots()}))
