"""Measure by complete judgments how well labels and exclusions fit photos.

A label that is in doubt for a photo counts neither way, given or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cercafoto.training.measure.judgments import FAILS, HOLDS, Bools, Judgments

# Name of an excluded thing, as a person says it -> default label of the photos that show the thing.
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

    given: labels given, except doubtful ones.
    right: given labels that hold.
    holding: labels that hold, given or not.
    bare: photos without any label.
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
        """Harmonic mean of precision and recall, 0 if no given label is right; NaN if no label is
        given or holds."""
        both = self.given + self.holding
        return 2 * self.right / both if both else float("nan")


@dataclass(frozen=True)
class ExclusionFigures:
    """What excluding one thing removes.

    showing, others: numbers of photos that show the thing, and that do not.
    showing_gone, others_gone: shares of these photos that are removed; NaN if there are none.
    """

    showing: int
    showing_gone: float
    others: int
    others_gone: float


def tag_figures(given: Sequence[Collection[str]], judgments: Judgments, which: Bools) -> TagFigures:
    """Count the labels given to the photos that `which`, bool [N], selects.

    given: labels of the default list that each of the N photos was given.
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
    """Return name of an excluded thing -> figures of its exclusion, over the photos that `which`
    selects.

    gone: name, one of EXCLUDED -> which photos excluding it removes, bool [N].
    """
    figures = {}
    for name, removed in gone.items():
        truth = judgments.of(EXCLUDED[name])
        showing, others = removed[which & (truth == HOLDS)], removed[which & (truth == FAILS)]
        figures[name] = ExclusionFigures(len(showing), _share(showing), len(others), _share(others))
    return figures


def tag_table(columns: Mapping[str, TagFigures]) -> str:
    """Return a text table with a line for each named set of photos."""
    lines = [f"  {'labels':12}  photos   bare   given  precision  recall     F1"]
    for name, each in columns.items():
        figures = f"{each.precision:9.3f}  {each.recall:6.3f}  {each.f1:5.3f}"
        lines.append(f"  {name:12}  {each.photos:6}  {each.bare:5}  {each.given:6}  {figures}")
    return "\n".join(lines)


def exclusion_table(figures: Mapping[str, ExclusionFigures]) -> str:
    """Return a text table with a line for each thing that is excluded."""
    lines = [f"  {'excluded':12}  showing   gone  others   gone"]
    for name, each in figures.items():
        shares = f"{each.showing_gone:5.3f}  {each.others:6}  {each.others_gone:5.3f}"
        lines.append(f"  {name:12}  {each.showing:7}  {shares}")
    return "\n".join(lines)


def _share(values: Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")
