"""Records that come out of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class KnownFile(NamedTuple):
    """A path as the catalogue remembers it, to tell in which way a file was changed."""

    path: bytes
    photo_id: int
    size: int
    mtime_ns: int
    state: str
    content_id: int | None
    problem: str | None
    sidecar_size: int | None
    sidecar_mtime_ns: int | None


@dataclass(frozen=True)
class PhotoRow:
    """A visible photo, as search and tag need it.

    digest: SHA-256 of its content.
    taken_at, date_source: see `Facts`.
    source: of a shared archive, where it is from.
    """

    photo_id: int
    content_id: int
    digest: bytes
    path: bytes
    width: int
    height: int
    taken_at: str | None
    date_source: str | None = None
    tags: tuple[str, ...] = ()
    source: str = ""


class OwnWords(NamedTuple):
    """A photo's own words as the index of words has them: stems, joined by spaces.

    names: of the file and of its folders.
    """

    content_id: int
    path: bytes
    keywords: str
    title: str
    description: str
    names: str
