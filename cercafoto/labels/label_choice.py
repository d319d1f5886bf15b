"""Choice of labels: confidences -> the labels that each photo bears.

A label passes with its own threshold, or with the common one. In a section where one wins, only
the likeliest that passes stays, narrowed down to the likeliest of its species that pass. Of what
is left, the likeliest labels count, up to a number; genera come along with their species without
counting. "altro" stands for a section in which nothing passed; with a threshold of its own, only
where it is that sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.labels.label_file import Label

MOST = 8  # labels of a photo, genera apart, unless the person says another number


class Given(NamedTuple):
    """A label given to a photo.

    score: cosine; a genus has that of its likeliest species, and "altro" has 0.
    """

    label: str
    score: float
    confidence: float


class Choice:
    """The rules of one list of labels, ready for any number of photos."""

    def __init__(self, labels: Sequence[Label], threshold: float, most: int) -> None:
        self.labels = labels
        self.most = most
        self.columns = [j for j, label in enumerate(labels) if label.searched]
        self.least = np.array(
            [
                threshold if labels[j].threshold is None else labels[j].threshold
                for j in self.columns
            ],
            np.float32,
        )
        place = {label.name.casefold(): j for j, label in enumerate(labels)}
        self.genera = [
            tuple(place[genus.casefold()] for genus in label.genera if genus.casefold() in place)
            for label in labels
        ]
        self.rests = [j for j, label in enumerate(labels) if label.rest]
        # Then what passes is what is given: most lists that people write.
        self.plain = not (
            self.rests or any(self.genera) or any(label.section.exclusive for label in labels)
        )

    def __call__(self, scores: Floats, likely: Floats) -> Iterator[list[Given]]:
        """Yield the labels of every photo, likeliest first, a genus before its species where they
        are as likely.

        scores, likely: [N, S], a column for each label that is searched, in order.
        """
        rows, columns = np.nonzero(likely >= self.least)
        if self.plain:
            yield from self._likeliest(scores, likely, rows, columns)
            return
        places = [self.columns[column] for column in columns.tolist()]
        pairs = zip(scores[rows, columns].tolist(), likely[rows, columns].tolist(), strict=True)
        passing = list(zip(places, pairs, strict=True))
        for i, (start, end) in enumerate(pairwise(_starts(rows, len(likely)).tolist())):
            yield self._labels_of(dict(passing[start:end]), likely[i])

    def _likeliest(
        self, scores: Floats, likely: Floats, rows: Ints, columns: Ints
    ) -> Iterator[list[Given]]:
        order = np.lexsort((-likely[rows, columns], rows))  # as likely ones in the list's order
        order = order[np.arange(len(rows)) - _starts(rows, len(likely))[rows] < self.most]
        rows, columns = rows[order], columns[order]
        labels = [
            Given(self.labels[self.columns[column]].name, score, sure)
            for column, score, sure in zip(
                columns.tolist(),
                scores[rows, columns].tolist(),
                likely[rows, columns].tolist(),
                strict=True,
            )
        ]
        for start, end in pairwise(_starts(rows, len(likely)).tolist()):
            yield labels[start:end]

    def _labels_of(self, passing: dict[int, tuple[float, float]], likely: Floats) -> list[Given]:
        sections = {self.labels[j].section.number for j in passing}
        winners = self._winners(passing)
        implied = {genus for j in winners for genus in self.genera[j]}
        likeliest = sorted((j for j in winners if j not in implied), key=lambda j: -passing[j][1])
        likeliest = likeliest[: self.most]
        pairs = {j: passing[j] for j in likeliest}
        for j in likeliest:
            for genus in self.genera[j]:
                best = max(passing[j], pairs.get(genus, (0.0, 0.0)), passing.get(genus, (0.0, 0.0)),
                           key=lambda pair: pair[1])  # fmt: skip
                pairs[genus] = best
        for j in self.rests:
            number = self.labels[j].section.number
            if number not in sections:
                others = [
                    float(likely[c])
                    for c, column in enumerate(self.columns)
                    if self.labels[column].section.number == number
                ]
                sure = 1.0 - max(others)
                if sure >= (self.labels[j].threshold or 0.0):
                    pairs[j] = (0.0, sure)
        ranked = sorted(pairs, key=lambda j: (-pairs[j][1], len(self.genera[j]), j))
        return [Given(self.labels[j].name, *pairs[j]) for j in ranked]

    def _winners(self, passing: dict[int, tuple[float, float]]) -> list[int]:
        """Keep what passes, less the losers of the sections where one wins."""
        winners: list[int] = []
        rivals: dict[int, list[int]] = {}
        for j in passing:
            section = self.labels[j].section
            if section.exclusive:
                rivals.setdefault(section.number, []).append(j)
            else:
                winners.append(j)
        for few in rivals.values():
            winner = max(few, key=lambda j: passing[j][1])
            while species := [j for j in few if winner in self.genera[j]]:
                winner = max(species, key=lambda j: passing[j][1])
            winners.append(winner)
        return winners


def _starts(rows: Ints, number: int) -> Ints:
    """Find where each of `number` rows starts in the ascending `rows`, and where the last ends."""
    return np.searchsorted(rows, np.arange(number + 1))
