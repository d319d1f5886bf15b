"""How well labels and exclusions fit photos, by complete judgments.

A label that is in doubt for a photo counts neither way, given or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cercafoto.training.measure.judgments import FAILS, HOLDS, Bools, Judgments

# What is excluded, as a person says it, and the default label that says which photos show it.
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

    given: labels that are right or wrong, of those given.
    right: how many of them are right.
    holding: labels that hold.
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
        """Harmonic mean of precision and recall, 0 where nothing right is given."""
        both = self.given + self.holding
        return 2 * self.right / both if both else float("nan")


@dataclass(frozen=True)
class ExclusionFigures:
    """What leaving one thing out removes.

    showing, others: numbers of photos that show it, and that do not.
    showing_gone, others_gone: shares of them that go; NaN of none.
    """

    showing: int
    showing_gone: float
    others: int
    others_gone: float


def tag_figures(given: Sequence[Collection[str]], judgments: Judgments, which: Bools) -> TagFigures:
    """Count the labels given to the photos `which`.

    given: of each of the N photos, labels of the default list.
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
    """Count the photos `which` that go, for each thing that is excluded.

    gone: of the names in EXCLUDED, which photos leaving it out removes, bool [N].
    """
    figures = {}
    for name, removed in gone.items():
        truth = judgments.of(EXCLUDED[name])
        showing, others = removed[which & (truth == HOLDS)], removed[which & (truth == FAILS)]
        figures[name] = ExclusionFigures(len(showing), _share(showing), len(others), _share(others))
    return figures


def tag_table(columns: Mapping[str, TagFigures]) -> str:
    """Lay out the figures of several sets of photos as text, a line each."""
    lines = [f"  {'labels':12}  photos   bare   given  precision  recall     F1"]
    for name, each in columns.items():
        figures = f"{each.precision:9.3f}  {each.recall:6.3f}  {each.f1:5.3f}"
        lines.append(f"  {name:12}  {each.photos:6}  {each.bare:5}  {each.given:6}  {figures}")
    return "\n".join(lines)


def exclusion_table(figures: Mapping[str, ExclusionFigures]) -> str:
    """Lay out the figures as text, a line for each thing that is excluded."""
    lines = [f"  {'excluded':12}  showing   gone  others   gone"]
    for name, each in figures.items():
        shares = f"{each.showing_gone:5.3f}  {each.others:6}  {each.others_gone:5.3f}"
        lines.append(f"  {name:12}  {each.showing:7}  {shares}")
    return "\n".join(lines)


def _share(values: Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")
