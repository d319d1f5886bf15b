"""Lay out models on the published Italian sets as a table: a row for each set and question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cercafoto.training.measure.evaluate import CUTS

# Figure of the table -> k: the share of questions whose answer is among the first k.
FIGURES = {f"@{k}": k for k in CUTS}


@dataclass(frozen=True)
class Row:
    """Figures of a model on a set.

    part: which questions of the set, or which prompts, the row is about; "" for all.
    queries: how many questions were asked.
    among: among how many items each answer was looked for.
    """

    title: str
    part: str
    asked: str
    queries: int
    among: int
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]

    @property
    def asking(self) -> str:
        """Return how many asked for how many: "8,471 texts -> 3,600 photos"."""
        question, answer = self.asked.split(" -> ")
        return f"{self.queries:,} {question}s -> {self.among:,} {answer}s"

    def json(self) -> dict[str, Any]:
        ends = {f"{name} 95%": list(pair) for name, pair in self.intervals.items()}
        return {
            "part": self.part, "asked": self.asked, "queries": self.queries, "among": self.among,
        } | self.figures | ends  # fmt: skip


@dataclass
class Board:
    """Figures of models on sets, filled a model at a time.

    titles: set -> its title, in the order of the table.
    rows: model -> set -> its rows.
    missing: model -> set -> why it has none.
    notes: sentences about the figures of a set.
    """

    titles: dict[str, str]
    rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        models = {
            model: {
                key: {"title": self.titles[key], "rows": [row.json() for row in rows]}
                for key, rows in sets.items()
            }
            for model, sets in self.rows.items()
        }
        return {"models": models, "missing": self.missing, "notes": self.notes}

    def markdown(self) -> str:
        """Return the table in Markdown, figures in percent, then the notes and the sets that are
        missing."""
        head = ["Set", "Asked", "Model", *FIGURES]
        table = [head, *self._cells()]
        widths = [max(len(row[at]) for row in table) for at in range(len(head))]
        lines = [_line(row, widths) for row in table]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lines += ["", "Percent, with 95 % intervals; photos were resampled."]
        if self.notes:
            lines += ["", *(f"- {note}." for note in self.notes)]
        reasons: dict[str, dict[str, None]] = {}  # reason -> titles, each once and in order
        for sets in self.missing.values():
            for key, reason in sets.items():
                reasons.setdefault(reason, {})[self.titles[key]] = None
        if reasons:
            lines += ["", "Not measured:", ""]
            lines += [f"- {'; '.join(titles)}: {reason}" for reason, titles in reasons.items()]
        return "\n".join(lines)

    def _cells(self) -> Iterator[list[str]]:
        for key in self.titles:
            measured = [(model, sets[key]) for model, sets in self.rows.items() if key in sets]
            # The rows of all models on the same question, one below the other.
            for at in range(len(measured[0][1]) if measured else 0):
                for model, rows in measured:
                    row = rows[at]
                    yield [
                        f"{row.title}, {row.part}" if row.part else row.title,
                        row.asking, model, *(_figure(row, name) for name in FIGURES),
                    ]  # fmt: skip


def _figure(row: Row, name: str) -> str:
    if row.among <= FIGURES[name]:
        return "-"  # 1 for any model: there are no more than k candidates
    low, high = (100 * end for end in row.intervals[name])
    return f"{100 * row.figures[name]:.1f} [{low:.1f}, {high:.1f}]"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
