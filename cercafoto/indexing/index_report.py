"""Define the report of an indexing run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from cercafoto.base.json_keys import PROBLEMS, Key, json_keys


def grouped(problems: Iterable[tuple[bytes, str]]) -> list[tuple[str, list[bytes]]]:
    """Return (reason, paths) for each reason, the most frequent first."""
    groups: dict[str, list[bytes]] = {}
    for path, why in problems:
        groups.setdefault(why.rstrip("."), []).append(path)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


@json_keys(
    "model new changed moved unchanged recomputed back recovered missing excluded recognised",
    "embedded seen pending described stale_labels",
    PROBLEMS,
    Key("old_problems", columns="path reason"),
    Key("problem_reasons", lambda r: {why: len(paths) for why, paths in grouped(r.problems)}),
    "empty",
    Key("unreadable", columns="path reason"),
    "lacking",
    Key("followed", columns="from to"),
    "cut_short left_aside",
    Key("seconds", digits=3),
    Key("photos_per_second", "speed", digits=1),
    Key("device", lambda report: report.card or "cpu"),
)
@dataclass(frozen=True)
class IndexReport:
    """The results of an indexing run. Numbers count files, unless "contents" is written.

    model: name of the model.
    new, changed: files that were read and written.
    new_videos: those of `new` that are videos.
    unchanged: files that have not changed since an earlier run.
    recomputed: unchanged files that had no vector of this model until now.
    moved: files whose content was at another path before, and is no longer there.
    back: files that were missing or left out and are found again.
    recovered: files that could not be read before.
    missing: files gone since the last run.
    excluded: files left out since the last run.
    described: unchanged files whose metadata was read or recomputed now, because an earlier version
        had read less or because the sidecar changed.
    recognised: files that were read but not embedded, because their content was known.
    embedded: contents whose vector was computed.
    seen: contents indexed earlier in which this run has seen the things.
    pending: contents still without a vector of this model.
    stale_labels: photos whose labels `tag` must give again.
    problems: (path, why) of every file under the folders that cannot be read.
    old_problems: those of `problems` that an earlier run has reported already.
    empty: the folders that the person named and in which no photo is or ever was.
    only_file: the file, if the person named a file and nothing else; otherwise b"".
    unreadable: (path, why) of folders and links that could not be walked, disconnected disks among
        them.
    lacking: extra of the package -> how many files could be read if it were installed.
    followed: (old path, new path) of photos that were moved and edited; they are not counted as
        new, moved or missing.
    cut_short: paths of videos that could be read only in part.
    left_aside: kind -> number of files that are not photos, by `not_photos.kind_of`.
    seconds: duration.
    card: the device that computed the vectors; "" for the processor.
    copies: digests of contents whose small copy was stored during the run.
    """

    model: str = ""
    new: int = 0
    new_videos: int = 0
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
    seen: int = 0
    pending: int = 0
    stale_labels: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    old_problems: tuple[tuple[bytes, str], ...] = ()
    empty: tuple[bytes, ...] = ()
    only_file: bytes = b""
    unreadable: tuple[tuple[bytes, str], ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)
    followed: tuple[tuple[bytes, bytes], ...] = ()
    cut_short: tuple[bytes, ...] = ()
    left_aside: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    card: str = ""
    copies: Set[bytes] = frozenset()

    @property
    def speed(self) -> float:
        """Contents embedded per second."""
        return self.embedded / self.seconds if self.seconds > 0 else 0.0

    @property
    def is_news(self) -> bool:
        """Whether the run changed anything."""
        other = (self.new, self.changed, self.recomputed, self.moved, self.back, self.recovered)
        changes = (self.missing, self.excluded, self.described, self.seen, self.followed)
        return any((*other, *changes))

    @property
    def new_problems(self) -> tuple[tuple[bytes, str], ...]:
        old = set(self.old_problems)
        return tuple(problem for problem in self.problems if problem not in old)

    @property
    def complete(self) -> bool:
        """Whether nothing was skipped, except files that an earlier run had skipped too."""
        return not (self.new_problems or self.unreadable)
