"""The report of an indexing run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field


@dataclass(frozen=True)
class IndexReport:
    """Results of an indexing run; every number counts files.

    new, changed: read and written.
    unchanged: as the catalogue knew them.
    recomputed: unchanged, but without a vector of this model until now.
    moved: at a new path, where the content that the catalogue knew left another one.
    back: known as missing or left out, there again.
    recovered: could not be read before.
    missing: gone since the last run.
    excluded: left out since the last run.
    described: unchanged, but whose metadata was read now, since an earlier version had not, or
        whose sidecar changed.
    recognised: read and not embedded, since the content was known.
    embedded: contents whose vector was computed.
    pending: contents still without a vector of this model.
    stale_labels: contents whose labels are to be given again.
    problems: (path, why) of every file under the folders that cannot be read.
    old_problems: those of them that an earlier run told of, and that are as they were.
    unreadable: (path, why) of folders about which nothing is known.
    left_aside: kind -> files that are no photos, by `not_photos.kind_of`.
    lacking: extra -> how many files it would read, were it installed.
    card: the device that computed the vectors; "" for the processor.
    copies: contents whose small copy was kept on the way.
    """

    model: str = ""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    recomputed: int = 0
    moved: int = 0
    back: int = 0
    recovered: int = 0
    missing: int = 0
    excluded: int = 0
    described: int = 0
    recognised: int = 0
    embedded: int = 0
    pending: int = 0
    stale_labels: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    old_problems: tuple[tuple[bytes, str], ...] = ()
    unreadable: tuple[tuple[bytes, str], ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)
    left_aside: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    card: str = ""
    copies: Set[bytes] = frozenset()

    @property
    def searchable(self) -> int:
        """Files that are there and can be searched."""
        there = (self.new, self.changed, self.unchanged, self.recomputed, self.moved, self.back)
        return sum(there) + self.recovered

    @property
    def is_news(self) -> bool:
        """Tell whether anything is other than it was."""
        other = (self.new, self.changed, self.recomputed, self.moved, self.back, self.recovered)
        return any((*other, self.missing, self.excluded, self.described))

    @property
    def new_problems(self) -> tuple[tuple[bytes, str], ...]:
        old = set(self.old_problems)
        return tuple(problem for problem in self.problems if problem not in old)

    @property
    def complete(self) -> bool:
        """Tell whether nothing was skipped but what an earlier run had skipped."""
        return not (self.new_problems or self.unreadable)
