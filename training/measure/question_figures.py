"""Measure by complete judgments how questions are answered: order, verdict and confidence.

A photo that is doubtful for a question is left out before anything is ranked or judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.results.answer import FOUND, NONE
from cercafoto.training.measure.judgments import ABSENT, Bools, Questions
from cercafoto.training.measure.metrics import auc, hits_at, mrr_at, ranks_of_any, share
from cercafoto.training.measure.reliability import Reliability, reliability

CUT = 10
SHOWN = 5  # results of a question that are judged, those that a person looks at first


@dataclass(frozen=True)
class Order:
    """How near the top the right photos of some questions are.

    first: share of the questions whose first photo answers (P@1).
    mrr: mean reciprocal rank of the first photo that answers, 0 beyond CUT.
    """

    questions: int
    mrr: float
    first: float


@dataclass(frozen=True)
class QuestionFigures:
    """Figures of questions with and without an answer. A share of no questions is NaN.

    order: of the questions with an answer; kinds: the same for each kind.
    absent: how many questions have no answer.
    auc: of the best confidence, questions with an answer against questions without.
    right_found: of the questions whose first photo answers, the share judged FOUND.
    absent_found: of the questions without an answer, the share judged FOUND.
    present_none: of the questions with an answer, the share judged NONE.
    """

    order: Order
    kinds: dict[str, Order]
    absent: int
    auc: float
    right_found: float
    absent_found: float
    present_none: float


@dataclass(frozen=True)
class Answers:
    """Questions as a model answers them.

    scores [Q, N]: by which the photos are ranked.
    confidences [Q, N]: how sure the model is that a photo answers.
    verdicts: FOUND, WEAK or NONE for each question.
    """

    questions: Questions
    scores: Floats
    confidences: Floats
    verdicts: Sequence[str]

    def figures(self, which: Bools) -> QuestionFigures:
        """Return the figures of the questions `which`, bool [Q]."""
        present, absent = which & self.questions.present, which & ~self.questions.present
        rank = np.zeros(len(which), np.int64)  # 0 for a question without an answer
        rank[present] = ranks_of_any(self._counted[present], self.questions.matches[present])
        of_kind = np.array(self.questions.kinds)
        kinds = [kind for kind in dict.fromkeys(self.questions.kinds) if kind != ABSENT]
        verdicts = np.array(self.verdicts)
        found, none = verdicts == FOUND, verdicts == NONE
        best = self.questions.best(self.confidences)
        both = present.any() and absent.any()
        return QuestionFigures(
            _order(rank[present]),
            {kind: _order(rank[present & (of_kind == kind)]) for kind in kinds},
            int(absent.sum()),
            auc(best[present], best[absent]) if both else float("nan"),
            share(found[rank == 1]),
            share(found[absent]),
            share(none[present]),
        )

    def reliability(self, which: Bools) -> Reliability:
        """Return how true the confidence of the first SHOWN results of the questions `which` is."""
        scores = self._counted[which]
        shown = np.argsort(-scores, axis=1, kind="stable")[:, :SHOWN]
        counted = np.isfinite(np.take_along_axis(scores, shown, axis=1))
        confidences = np.take_along_axis(self.confidences[which], shown, axis=1)
        right = np.take_along_axis(self.questions.matches[which], shown, axis=1)
        return reliability(confidences[counted], right[counted])

    @property
    def _counted(self) -> Floats:
        """Return the scores, with -inf for doubtful photos, which then come last."""
        return np.where(self.questions.doubtful, np.float32(-np.inf), self.scores)


def figures_table(columns: dict[str, QuestionFigures]) -> str:
    """Return the figures of several sets of questions side by side, as text."""
    sets = list(columns.values())
    rows: list[tuple[str, Sequence[float]]] = [
        ("with an answer", [each.order.questions for each in sets]),
        (f"  MRR@{CUT}", [each.order.mrr for each in sets]),
        ("  P@1", [each.order.first for each in sets]),
        ("  right first: told found", [each.right_found for each in sets]),
        ("  told none", [each.present_none for each in sets]),
        ("without", [each.absent for each in sets]),
        ("  told found", [each.absent_found for each in sets]),
        ("AUC, with against without", [each.auc for each in sets]),
    ]
    lines = [f"  {'questions':26}" + "".join(f"{name:>22}" for name in columns)]
    lines += [f"  {name:26}" + "".join(f"{_said(v):>22}" for v in values) for name, values in rows]
    lines += ["", f"  {'kind':26}" + f"{'number':>8}{f'MRR@{CUT}':>8}{'P@1':>6}" * len(sets)]
    for kind in dict.fromkeys(kind for each in sets for kind in each.kinds):
        orders = [each.kinds[kind] for each in sets]
        cells = (f"{o.questions:8}{_said(o.mrr):>8}{_said(o.first):>6}" for o in orders)
        lines.append(f"  {kind:26}" + "".join(cells))
    return "\n".join(lines)


def _order(rank: Ints) -> Order:
    if not len(rank):
        return Order(0, float("nan"), float("nan"))
    return Order(len(rank), mrr_at(rank, CUT), hits_at(rank, 1))


def _said(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return "-" if np.isnan(value) else f"{value:.3f}"
