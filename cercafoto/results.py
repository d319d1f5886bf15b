"""What the library answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cercafoto.catalog import Counts
from cercafoto.question.query import Query
from cercafoto.search.run import Hit


@dataclass(frozen=True)
class SearchResult:
    """verdict: "found", "weak" (perhaps), or "none" (nothing corresponds: the hits, if there are
    any, are the nearest)."""

    query: Query
    model: str
    fingerprint: str
    verdict: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Tagged:
    """One photo and the labels given to it: (label, cosine, confidence), most likely first."""

    path: bytes
    tags: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class TagResult:
    """photos: in the order of their paths. unknown: named by the person, but not indexed.
    places: a label -> its genera, outermost first, and itself."""

    label_file: str
    model: str
    fingerprint: str
    photos: tuple[Tagged, ...]
    unknown: tuple[bytes, ...] = ()
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """What an archive holds. model is None before the first index; size in bytes on disk."""

    archive: Path
    model: str | None
    fingerprint: str | None
    model_available: bool
    counts: Counts
    roots: tuple[tuple[bytes, int, bool], ...]  # path, photos under it, is it there now
    labels: tuple[tuple[str, int], ...]
    pending: int
    size: int
    exclusions: tuple[tuple[bytes, str], ...] = ()  # folder, pattern
    linked: tuple[bytes, ...] = ()  # roots through whose links the walk goes
    stale_labels: tuple[tuple[str, int], ...] = ()  # label file, photos to label again
