"""Measure by complete judgments how well labels and exclusions fit photos.

A label that is doubtful for a photo counts neither way.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cercafoto.training.measure.judgments import FAILS, HOLDS, Bools, Judgments
from cercafoto.training.measure.metrics import share

# Excluded thing, as a person says it -> the default label of the photos that show it.
EXCLUDED = {
    "persone": "persone",
    "cani": "cane",
    "mare": "mare",
    "montagna": "montagna",
    "automobile": "automobile",
    "fiori": "fiori",
    "barca": "barca",
}


@dataclass(frozen=True)
class TagFigures:
    """Labels of some photos, all counted together.

    given: how many labels were given, without doubtful ones.
    right: how many of them hold.
    holding: how many labels hold, given or not.
    bare: how many photos have no label.
    """

    photos: int
    given: int
    right: int
    holding: int
    bare: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else float("nan")

    @property
    def recall(self) -> float:
        return self.right / self.holding if self.holding else float("nan")

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall, 0 if no given label is right."""
        both = self.given + self.holding
        return 2 * self.right / both if both else float("nan")


@dataclass(frozen=True)
class ExclusionFigures:
    """What excluding one thing removes.

    showing, others: how many photos show the thing, and how many do not.
    showing_gone, others_gone: the share of either that is removed; NaN of none.
    """

    showing: int
    showing_gone: float
    others: int
    others_gone: float


def tag_figures(given: Sequence[Collection[str]], judgments: Judgments, which: Bools) -> TagFigures:
    """Return figures of the labels given to the photos `which`.

    given: the default labels given to each of the N photos.
    """
    column = {name: at for at, name in enumerate(judgments.labels)}
    tagged = np.zeros(judgments.truth.shape, dtype=np.bool_)
    for row, names in enumerate(given):
        tagged[row, [column[name] for name in names]] = True
    tagged, truth = tagged[which], judgments.truth[which]
    right = int((tagged & (truth == HOLDS)).sum())
    return TagFigures(
        photos=len(truth),
        given=right + int((tagged & (truth == FAILS)).sum()),
        right=right,
        holding=int((truth == HOLDS).sum()),
        bare=int((~tagged.any(axis=1)).sum()),
    )


def exclusion_figures(
    gone: Mapping[str, Bools], judgments: Judgments, which: Bools
) -> dict[str, ExclusionFigures]:
    """Return for each excluded thing which share of the photos `which` it removes.

    gone: name in EXCLUDED -> which photos are removed, bool [N].
    """
    figures = {}
    for name, removed in gone.items():
        truth = judgments.of(EXCLUDED[name])
        showing, others = removed[which & (truth == HOLDS)], removed[which & (truth == FAILS)]
        figures[name] = ExclusionFigures(len(showing), share(showing), len(others), share(others))
    return figures


def tag_table(columns: Mapping[str, TagFigures]) -> str:
    """Return the figures of several sets of photos as text, a line each."""
    lines = [f"  {'labels':12}  photos   bare   given  precision  recall     F1"]
    for name, each in columns.items():
        figures = f"{each.precision:9.3f}  {each.recall:6.3f}  {each.f1:5.3f}"
        lines.append(f"  {name:12}  {each.photos:6}  {each.bare:5}  {each.given:6}  {figures}")
    return "\n".join(lines)


def exclusion_table(figures: Mapping[str, ExclusionFigures]) -> str:
    """Return the figures as text, a line for each excluded thing."""
    lines = [f"  {'excluded':12}  showing   gone  others   gone"]
    for name, each in figures.items():
        shares = f"{each.showing_gone:5.3f}  {each.others:6}  {each.others_gone:5.3f}"
        lines.append(f"  {name:12}  {each.showing:7}  {shares}")
    return "\n".join(lines)
