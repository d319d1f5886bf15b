"""Records that go into the catalogue and come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.photos.facts import Facts

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats


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
class SidecarRead:
    """A sidecar that was read: size in bytes, modification time in ns, facts."""

    size: int
    mtime_ns: int
    facts: Facts


@dataclass(frozen=True)
class Indexed:
    """A file read by an indexing run, ready to be written.

    vector: float32 [D], or None where the content already had one.
    facts: what the file says of itself, None where the catalogue knew.
    monochrome: whether the picture is without colour, None where it was not decoded.
    problem: why the file could not be read; then digest is None.
    passing: the next run should try again, although the file is the same.
    """

    path: bytes
    size: int
    mtime_ns: int
    digest: bytes | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    facts: Facts | None = None
    sidecar: SidecarRead | None = None
    monochrome: bool | None = None
    vector: Floats | None = None
    problem: str | None = None
    passing: bool = False


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
    facts: those of the photo and of its sidecar as JSON, with the words as they are spelt; only
        where they were asked for.
    """

    content_id: int
    path: bytes
    keywords: str
    title: str
    description: str
    names: str
    facts: tuple[str | None, ...] = ()
