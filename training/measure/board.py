"""One table of models on the published Italian sets: a row for each set, question and model.

What is asked: "text -> photo", every caption among all photos of its set; "photo -> text", every
photo among all captions, where any of its own is right; "photo -> label", which class a photo
shows. Figures are shares found first, among five and among ten, with 95 % intervals in which
photos are resampled. A tie is counted against the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.errors import InputError
from cercafoto.training.measure.class_sets import ClassSet, Pictures, class_readers
from cercafoto.training.measure.clip_benchmark_sets import loaded_readers
from cercafoto.training.measure.evaluate import (
    CUTS,
    class_vectors,
    embed_files,
    numbers,
    with_intervals,
)
from cercafoto.training.measure.retrieval_sets import RetrievalSet, retrieval_readers
from cercafoto.training.measure.sources import Source
from cercafoto.training.metrics import hits, ranks_among, ranks_of_any_among

TO_PHOTO, TO_TEXT, TO_LABEL = "text -> photo", "photo -> text", "photo -> label"
# Every figure of the table: the share of questions whose answer is among the first k.
FIGURES = tuple(f"@{k}" for k in CUTS)


@dataclass(frozen=True)
class Row:
    """Figures of a model on a set.

    part: which questions of the set, or by which prompts; "" for all.
    queries, among: how many questions there were, and among how many each answer was looked for.
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
        """What was asked with how many: "8,471 texts -> 3,600 photos"."""
        question, answer = self.asked.split(" -> ")
        return f"{self.queries:,} {question}s -> {self.among:,} {answer}s"

    def json(self) -> dict[str, Any]:
        ends = {f"{name} 95%": list(pair) for name, pair in self.intervals.items()}
        return {
            "part": self.part, "asked": self.asked, "queries": self.queries, "among": self.among,
        } | self.figures | ends  # fmt: skip


@dataclass
class Board:
    """The table, filled a model at a time.

    rows: model -> set -> its rows.
    missing: model -> set -> why it has none.
    notes: what to know of the figures of a set.
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
        """The table in Markdown, figures in percent, then the notes and what is missing."""
        head = ["Set", "Asked", "Model", *FIGURES]
        table = [head, *self._cells()]
        widths = [max(len(row[at]) for row in table) for at in range(len(head))]
        lines = [_line(row, widths) for row in table]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lines += ["", "Percent, with 95 % intervals; photos were resampled."]
        lines += [f"- {note}." for note in self.notes]
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
            # The same question by all models, one below the other.
            for at in range(len(measured[0][1]) if measured else 0):
                for model, rows in measured:
                    row = rows[at]
                    yield [
                        f"{row.title}, {row.part}" if row.part else row.title,
                        row.asking, model, *(_figure(row, name) for name in FIGURES),
                    ]  # fmt: skip


Reader = Callable[[], RetrievalSet | ClassSet]


def readers(data: Path, pairs: Path | None = None) -> dict[str, tuple[str, Reader]]:
    """Every set that the table knows, in its order: key -> (title, reader)."""
    return {**retrieval_readers(data, pairs), **class_readers(data), **loaded_readers(data)}


def fill(
    names: Sequence[str], open_model: Callable[[str], Source], sets: dict[str, tuple[str, Reader]]
) -> Board:
    """Measure models, one in memory at a time.

    Sets are read before any model is opened. One that cannot be read or measured is missing, with
    the reason: the others need not be measured again for it. Raises InputError where none is left.
    """
    board = Board({key: title for key, (title, _) in sets.items()})
    found: dict[str, RetrievalSet | ClassSet] = {}
    unread: dict[str, str] = {}
    for key, (_, read) in sets.items():
        try:
            found[key] = read()
        except InputError as error:
            unread[key] = str(error)
        else:
            board.notes += _notes(found[key])
    for name in names if found else ():
        source = open_model(name)
        rows, missing = _measure_all(source, found)
        board.rows[name], board.missing[name] = rows, unread | missing
        del source
    if not any(board.rows.values()):
        reasons = next(iter(board.missing.values()), unread)
        lines = [f"  {board.titles[key]}: {reason}" for key, reason in reasons.items()]
        raise InputError("nothing could be measured\n" + "\n".join(lines))
    return board


def _measure_all(
    source: Source, sets: dict[str, RetrievalSet | ClassSet]
) -> tuple[dict[str, list[Row]], dict[str, str]]:
    rows: dict[str, list[Row]] = {}
    missing: dict[str, str] = {}
    embedded: dict[int, tuple[Floats, Ints]] = {}  # pictures that two sets share, by identity

    def vectors(pictures: Pictures) -> tuple[Floats, Ints]:
        if id(pictures) not in embedded:
            found, gold = pictures.embed(source)
            embedded[id(pictures)] = numbers(found), gold
        return embedded[id(pictures)]

    for key, one in sets.items():
        try:
            if isinstance(one, RetrievalSet):
                rows[key] = measure_retrieval(source, one)
            else:
                rows[key] = measure_classes(source, one, *vectors(one.pictures))
        except InputError as error:
            missing[key] = str(error)
    return rows, missing


def measure_retrieval(source: Source, one: RetrievalSet) -> list[Row]:
    """Rows of a set in both directions: the whole, its groups, first captions alone."""
    gold = one.pairs.gold
    photos = embed_files(source, one.pairs.photos)
    texts = numbers(source.embed_texts(one.pairs.captions))
    of_text, of_photo = _both_ways(photos, texts, gold)
    every = np.arange(len(photos))
    rows = _pair_of_rows(one.title, "", (of_text, gold), (of_photo, every), texts, photos)
    for title, chosen in one.groups.items():
        asking = (of_text[chosen[gold]], gold[chosen[gold]])
        shown = (of_photo[chosen], every[chosen])
        rows += _pair_of_rows(one.title, title, asking, shown, texts, photos)
    if one.first_apart:
        first = np.unique(gold, return_index=True)[1]
        of_text, of_photo = _both_ways(photos, texts[first], gold[first])
        asking = (of_text, gold[first])
        title = "first caption alone"
        rows += _pair_of_rows(one.title, title, asking, (of_photo, every), texts[first], photos)
    return rows


def measure_classes(source: Source, one: ClassSet, photos: Floats, classes: Ints) -> list[Row]:
    """Rows of a set, one for each kind of prompt.

    photos [N, D], classes [N]: all its pictures', those of classes without a label too.
    """
    chosen = np.isin(classes, one.classes)
    gold = np.searchsorted(one.classes, classes[chosen])
    # Labels that are the same get the same vector, to the bit, and so tie.
    distinct, place = np.unique(one.labels, return_inverse=True)
    rows = []
    for title, templates in one.prompts.items():
        texts = class_vectors(source, distinct.tolist(), templates)
        rank = ranks_among(photos[chosen], texts, gold, place)
        rows.append(_row(one.title, title, TO_LABEL, rank, np.arange(len(rank)), len(place)))
    return rows


def _both_ways(photos: Floats, texts: Floats, gold: Ints) -> tuple[Ints, Ints]:
    return ranks_among(texts, photos, gold), ranks_of_any_among(photos, texts, gold)


def _pair_of_rows(
    title: str,
    part: str,
    asking: tuple[Ints, Ints],
    shown: tuple[Ints, Ints],
    texts: Floats,
    photos: Floats,
) -> list[Row]:
    """asking, shown: rank of each question and the photo that it is of."""
    return [
        _row(title, part, TO_PHOTO, *asking, len(photos)),
        _row(title, part, TO_TEXT, *shown, len(texts)),
    ]


def _row(title: str, part: str, asked: str, rank: Ints, photo: Ints, among: int) -> Row:
    values = {name: hits(rank, k) for name, k in zip(FIGURES, CUTS, strict=True)}
    return Row(title, part, asked, len(rank), among, *with_intervals(values, photo))


def _notes(one: RetrievalSet | ClassSet) -> list[str]:
    notes = list(one.notes)
    if isinstance(one, ClassSet) and one.shared:
        notes.append(
            f"{one.title}: {one.shared} of {len(one.labels)} classes share their label with "
            "another and are never found first"
        )
    return notes


def _figure(row: Row, name: str) -> str:
    low, high = (100 * end for end in row.intervals[name])
    return f"{100 * row.figures[name]:.1f} [{low:.1f}, {high:.1f}]"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
