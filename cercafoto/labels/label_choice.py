"""Choose the labels of each photo from their confidences.

A label passes if its confidence reaches its own threshold, or the common one. In an exclusive
section only the likeliest passing label is kept, replaced by the likeliest of its passing species.
Of all these, the likeliest are given, up to a number; the genera of a given label are given too,
and do not count. A genus that is not searched for is also given if its species together make it as
likely as one of them must be: an animal, though not sure which. "altro" is given for a section in
which no label passed, if it reaches its own threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.labels.genera import genus_confidences, unsearched_genera
from cercafoto.labels.label_file import Label

MOST = 8  # most labels of a photo, not counting genera, unless the person says another number


class Given(NamedTuple):
    """A label given to a photo.

    score: cosine of the label with the photo; for a genus, the cosine of the likeliest label among
        itself and its species; for "altro", 0.
    """

    label: str
    score: float
    confidence: float


class Choice:
    """Chooses labels for photos; made once for a list of labels.

    threshold: least confidence for labels without a threshold of their own.
    most: most labels of a photo, without genera and "altro".
    corrections: see `unsearched_genera`.
    """

    def __init__(
        self,
        labels: Sequence[Label],
        threshold: float,
        most: int,
        corrections: Mapping[str, float | None] | None = None,
    ) -> None:
        self.labels = labels
        self.most = most
        self.columns = [j for j, label in enumerate(labels) if label.searched]
        self.thresholds = np.array(
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
        self.alone = unsearched_genera(labels, corrections or {})
        # A genus without a line has no threshold of its own: it needs what a species needs.
        self.alone_from = [min(self.thresholds[list(each.columns)]) for each in self.alone]
        self.rests = [j for j, label in enumerate(labels) if label.rest]
        # Whether the likeliest passing labels are simply given, as with most lists of people.
        self.plain = not (
            self.rests or any(self.genera) or any(label.section.exclusive for label in labels)
        )

    def __call__(self, scores: Floats, likely: Floats) -> Iterator[list[Given]]:
        """Yield the labels of each photo, likeliest first; a genus comes before a species that is
        as likely.

        scores, likely: cosines and confidences, [N, S]: a row for each photo, a column for each
            label that is searched, in the order of the list.
        """
        rows, columns = np.nonzero(likely >= self.thresholds)
        if self.plain:
            yield from self._likeliest(scores, likely, rows, columns)
            return
        genera = genus_confidences(likely, self.alone)
        places = [self.columns[column] for column in columns.tolist()]
        pairs = zip(scores[rows, columns].tolist(), likely[rows, columns].tolist(), strict=True)
        passing = list(zip(places, pairs, strict=True))
        for i, (start, end) in enumerate(pairwise(_starts(rows, len(likely)).tolist())):
            alone = {
                genus.label: (float(scores[i, genus.columns].max()), sure)
                for genus, sure, least in zip(
                    self.alone, genera[i].tolist(), self.alone_from, strict=True
                )
                if sure >= least
            }
            yield self._labels_of(dict(passing[start:end]), alone, likely[i])

    def _likeliest(
        self, scores: Floats, likely: Floats, rows: Ints, columns: Ints
    ) -> Iterator[list[Given]]:
        """Yield the likeliest labels of each photo.

        rows, columns: indices in `likely` where a label passes.
        """
        # Labels that are as likely stay in the order of the list.
        order = np.lexsort((-likely[rows, columns], rows))
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

    def _labels_of(
        self,
        passing: dict[int, tuple[float, float]],
        alone: dict[int, tuple[float, float]],
        likely: Floats,
    ) -> list[Given]:
        """Return the labels of one photo.

        passing: index of each label that passes -> its cosine and confidence.
        alone: the same of each genus that its species together make likely.
        likely: confidences of all labels that are searched, [S].
        """
        sections = {self.labels[j].section.number for j in (*passing, *alone)}
        winners = self._winners(passing)
        implied = {genus for j in winners for genus in self.genera[j]}
        likeliest = sorted((j for j in winners if j not in implied), key=lambda j: -passing[j][1])
        likeliest = likeliest[: self.most]
        pairs = {j: passing[j] for j in likeliest} | alone
        for j, pair in [*pairs.items()]:
            for genus in self.genera[j]:
                before = pairs.get(genus, (0.0, 0.0)), passing.get(genus, (0.0, 0.0))
                pairs[genus] = max(pair, *before, key=lambda each: each[1])
        for j in self.rests:
            number = self.labels[j].section.number
            if number not in sections:
                others = [
                    float(likely[c])
                    for c, column in enumerate(self.columns)
                    if self.labels[column].section.number == number
                ]
                sure = 1.0 - max(others, default=0.0)
                if sure >= (self.labels[j].threshold or 0.0):
                    pairs[j] = (0.0, sure)
        ranked = sorted(pairs, key=lambda j: (-pairs[j][1], len(self.genera[j]), j))
        return [Given(self.labels[j].name, *pairs[j]) for j in ranked]

    def _winners(self, passing: dict[int, tuple[float, float]]) -> list[int]:
        """Return the indices of the passing labels, without losers in exclusive sections."""
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
    """Return where each of `number` rows starts in the ascending `rows`, and where the last ends:
    [number + 1]."""
    return np.searchsorted(rows, np.arange(number + 1))
