"""Measure the verdicts on a collection of photos to which they were not fitted.

The curves and the limits are fitted without one collection, and tried on it with the questions of
the half to report on: on the whole collection, and on small archives drawn from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cercafoto.models.confidence import Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.results.answer import FOUND, NONE
from cercafoto.training.measure.judgments import Bools
from cercafoto.training.mini.archives import archives_of, collections_of
from cercafoto.training.mini.calibrate import Asked, Cosines, Evidence, fit_questions, over
from cercafoto.training.mini.judged import Judged

# Of the questions whose first photo is right, the share judged FOUND; of those without an answer,
# the share judged FOUND; of those with an answer, the share judged NONE. NaN if there are none.
Shares = tuple[float, float, float]
SETS = ("typed", "labels", "sentences")


@dataclass(frozen=True)
class Unseen:
    """Verdicts on archives of collections to which they were not fitted.

    rows: name of the archives -> a Shares for each of SETS.
    """

    rows: dict[str, list[Shares]]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Return the mean of the rows, [SETS, 3]."""
        result: NDArray[np.float64] = np.nanmean(list(self.rows.values()), axis=0)
        return result

    def table(self) -> str:
        """Return the rows and their mean as a text table."""
        lines = [
            "verdicts on a collection by the curves of the others, report half: of the questions",
            "whose first photo is right, found; of those without an answer, found; of those with",
            "one, none",
            f"  {'':24}" + "".join(f"{name:>20}" for name in SETS),
        ]
        for name, shares in [*self.rows.items(), ("mean", self.mean.tolist())]:
            said = (" ".join(f"{share:.2f}" for share in each) for each in shares)
            lines.append(f"  {name:24}" + "".join(f"{each:>20}" for each in said))
        return "\n".join(lines)


def unseen(encoder: Encoder, judged: Judged) -> Unseen:
    """Fit the curves and limits without each collection in turn, and return the verdicts on that
    collection. With a single collection there are no rows."""
    to_fit, report = judged.asked(to_fit=True), judged.asked(to_fit=False)
    cosines = Cosines(encoder, judged.vectors, [*to_fit.texts, *report.texts])
    collections = collections_of(judged.sources)
    rows: dict[str, list[Shares]] = {}
    for name, own in collections.items() if len(collections) > 1 else ():
        others = [a for each in collections.values() if each is not own for a in archives_of(each)]
        calibration = fit_questions(cosines, to_fit.within(~own), others)
        whole, *drawn = archives_of(own)
        rows[f"{name}, {own.sum()} photos"] = _shares(cosines, calibration, report, [whole])
        if drawn:
            rows[f"{name}, {drawn[0].sum()} and more"] = _shares(
                cosines, calibration, report, drawn
            )
    return Unseen(rows)


def _shares(
    cosines: Cosines, calibration: Calibration, asked: Asked, archives: Sequence[Bools]
) -> list[Shares]:
    return [
        _share(cosines, calibration, over(evidence, archives))
        for evidence in (asked.typed, asked.named, asked.long)
    ]


def _share(cosines: Cosines, calibration: Calibration, evidence: Evidence) -> Shares:
    verdicts = np.array(cosines.verdicts(evidence, calibration))
    present = evidence.present
    right = cosines.first_right(evidence, calibration)
    found, none = verdicts == FOUND, verdicts == NONE
    return _mean(found[right]), _mean(found[~present]), _mean(none[present])


def _mean(values: Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")
