"""Confidences -> the labels that each photo bears.

A label passes with its own threshold, or with the common one. In a section where one wins, only
the likeliest that passes stays, narrowed down to the likeliest of its species that pass. Of what
is left, the likeliest labels count, up to a number; genera come along with their species without
counting. "altro" stands for a section in which nothing passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cercafoto.labels.grammar import Label

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Given:
    """A label given to a photo. score: cosine; a genus has that of its likeliest species, and
    "altro" has 0."""

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

    def __call__(self, scores: Floats, likely: Floats) -> Iterator[list[Given]]:
        """The labels of every photo, likeliest first, a genus before its species where they are
        as likely. scores, likely: [N, S], a column for each label that is searched, in order."""
        passing = likely >= self.least
        for i in range(len(likely)):
            columns = np.flatnonzero(passing[i])
            found = {self.columns[c]: (float(scores[i, c]), float(likely[i, c])) for c in columns}
            yield self._one(found, likely[i])

    def _one(self, found: dict[int, tuple[float, float]], likely: Floats) -> list[Given]:
        sections = {self.labels[j].section.number for j in found}
        kept = self._winners(found)
        implied = {genus for j in kept for genus in self.genera[j]}
        counted = sorted((j for j in kept if j not in implied), key=lambda j: -found[j][1])
        counted = counted[: self.most]
        given = {j: found[j] for j in counted}
        for j in counted:
            for genus in self.genera[j]:
                best = max(found[j], given.get(genus, (0.0, 0.0)), found.get(genus, (0.0, 0.0)),
                           key=lambda pair: pair[1])  # fmt: skip
                given[genus] = best
        for j in self.rests:
            number = self.labels[j].section.number
            if number not in sections:
                others = [
                    float(likely[c])
                    for c, column in enumerate(self.columns)
                    if self.labels[column].section.number == number
                ]
                given[j] = (0.0, 1.0 - max(others, default=0.0))
        ranked = sorted(given, key=lambda j: (-given[j][1], len(self.genera[j]), j))
        return [Given(self.labels[j].name, *given[j]) for j in ranked]

    def _winners(self, found: dict[int, tuple[float, float]]) -> list[int]:
        """What passes, less the losers of the sections where one wins."""
        kept: list[int] = []
        rivals: dict[int, list[int]] = {}
        for j in found:
            section = self.labels[j].section
            if section.one:
                rivals.setdefault(section.number, []).append(j)
            else:
                kept.append(j)
        for few in rivals.values():
            winner = max(few, key=lambda j: found[j][1])
            while species := [j for j in few if winner in self.genera[j]]:
                winner = max(species, key=lambda j: found[j][1])
            kept.append(winner)
        return kept
