"""Read what is known of the photos of an answer, only for those that are shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cercafoto.archive.archive import Archive
from cercafoto.results.answer import Hit
from cercafoto.results.photo_fields import COLLECTIONS, DATA_KEYS
from cercafoto.search.collection_photos import collections_of


def with_data(
    archive: Archive,
    hits: Sequence[Hit],
    keys: Collection[str] = DATA_KEYS,
    named: Mapping[int, tuple[str, ...]] | None = None,
) -> tuple[Hit, ...]:
    """Return hits with the data that have these keys; see `PhotoAlbum.with_data`.

    named: content id -> collections; None to look them up.
    """
    if not (hits and keys):
        return tuple(hits)
    stored: dict[int, dict[str, Any]] = {}
    if {*keys} != {COLLECTIONS}:
        with archive.reading():
            stored = archive.browsing.data(hit.photo_id for hit in hits)
    if named is None:
        asked = {hit.content_id for hit in hits} if COLLECTIONS in keys else ()
        named = collections_of(archive, asked) if asked else {}

    def data_of(hit: Hit) -> dict[str, Any]:
        known = {**stored.get(hit.photo_id, {}), COLLECTIONS: named.get(hit.content_id, ())}
        return {key: known.get(key) for key in DATA_KEYS if key in keys}

    return tuple(replace(hit, data=data_of(hit)) for hit in hits)
