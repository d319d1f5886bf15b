"""Count what became of the rows of a source: made into pairs, or left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

NO_CAPTION = "without caption"
MISSING = "missing image"
BROKEN = "broken image"
JOINED = "joined to an earlier row of the same photo"


@dataclass
class Tally:
    """Counts of one source.

    read: rows seen.
    left_out: reason -> rows that made no pair of their own; every other row made one (`kept`).
    captions_dropped: reason -> captions dropped from photos that were kept.
    """

    source: str
    read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    captions_dropped: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        return self.read - self.left_out.total()

    def leave_out(self, reason: str, rows: int = 1) -> None:
        if rows:
            self.left_out[reason] += rows

    def table(self) -> str:
        rows = [("read", self.read), ("kept", self.kept), *sorted(self.left_out.items())]
        rows += [(f"captions: {why}", n) for why, n in sorted(self.captions_dropped.items())]
        width = max(len(name) for name, _ in rows)
        return "\n".join([self.source, *(f"  {name:<{width}}  {n:>9,}" for name, n in rows)])
