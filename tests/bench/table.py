"""A table of measurements: our figure, the figure beside it, the ratio, the target, whether it is
met; and the machine, versions and commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.bench.timed_processes import here


@dataclass(frozen=True)
class Row:
    """A row of the table.

    base: the peer's figure, or another of ours that `what` names.
    target: for the ratio: its maximum if `most`, else its minimum; None if there is none."""

    what: str
    ours: float
    base: float
    target: float | None = None
    most: bool = True
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.base

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.ratio <= self.target if self.most else self.ratio >= self.target
        return "yes" if met else "no"


def show(rows: Sequence[Row], peer: str, notes: Sequence[str] = ()) -> None:
    table = Table("What", "Ours", "Peer", "Ratio", "Target", "Met")
    for row in rows:
        sign = "<=" if row.most else ">="
        table.add_row(
            row.what,
            _figure(row.ours, row.unit),
            _figure(row.base, row.unit),
            f"{row.ratio:.2f}",
            "" if row.target is None else f"{sign} {row.target:g}",
            row.verdict,
        )
    console = Console(width=130)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True)
    console.print(f"{peer}; {here()}")


def _figure(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
