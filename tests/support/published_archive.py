"""Publish a catalogue to a shared archive, and open that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.archive.shared.catalog import SharedCatalog
from cercafoto.archive.shared.connection import connect
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.publisher import Publisher
from cercafoto.settings import Settings


class _OpenCatalog(LocalArchive):
    """An archive whose catalogue is already open."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(Settings(catalog.path.parent, Path()))
        self._catalog = catalog

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        yield self._catalog


def published(catalog: Catalog, address: str, source: str) -> SharedCatalog:
    """Publish a catalogue, and return the archive over a connection that sees every change."""
    with Publisher(address, source) as publisher:
        publisher.publish(_OpenCatalog(catalog))
    return SharedCatalog(connect(address), address, Mounts({source: catalog.folders.roots()}))


def everything(address: str) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a shared archive, without the ids of rows."""
    from cercafoto.archive.shared.connection import connect

    queries = {
        "photos": "SELECT sources.name, photos.path, digest, folders.path, fingerprint, size, "
        "mtime_ns, latitude, longitude, comune, cameras.name, lenses.name, focal, iso, aperture, "
        "exposure_time, flash, color_label, weekday, hour, "
        "rating, taken_at, "
        "date_source, format, shape, sidecar_facts, keywords, title, description, names, "
        "file_name, keyword_list, lexemes::text FROM photos JOIN sources ON sources.id = source_id "
        "JOIN contents ON contents.id = content_id JOIN folders ON folders.id = folder_id "
        "JOIN words ON photo_id = photos.id LEFT JOIN places ON places.id = place_id "
        "LEFT JOIN cameras ON cameras.id = camera_id LEFT JOIN lenses ON lenses.id = lens_id",
        "contents": "SELECT digest, width, height, monochrome, facts, vector::text "
        "FROM contents LEFT JOIN vectors ON content_id = id",
        "labels": "SELECT digest, label, label_file, sources.name, score, confidence FROM tags "
        "JOIN contents ON contents.id = content_id JOIN sources ON sources.id = source_id",
        "texts": "SELECT digest, engine, turned, lines, boxes, letters, lexemes::text, "
        "sources.name FROM texts JOIN contents ON contents.id = content_id "
        "JOIN sources ON sources.id = texts.source_id",
        "sources": "SELECT name, roots FROM sources",
    }
    with connect(address) as db:
        return {name: sorted(db.execute(sql).fetchall(), key=repr) for name, sql in queries.items()}
