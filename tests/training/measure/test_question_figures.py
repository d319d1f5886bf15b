"""How well questions are answered, by complete judgments."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.results.answer import FOUND, NONE, WEAK
from cercafoto.training.measure.judgments import Questions
from cercafoto.training.measure.metrics import auc
from cercafoto.training.measure.question_figures import Answers, figures_table

ALL = np.ones(4, dtype=bool)


def judge(best: float) -> str:
    return FOUND if best >= 0.6 else WEAK if best >= 0.3 else NONE


def answered(questions: Questions, scores: np.ndarray, sure: np.ndarray) -> Answers:
    verdicts = [judge(float(best)) for best in questions.best(sure)]
    return Answers(questions, scores, sure, verdicts)


@pytest.fixture
def questions() -> Questions:
    """Return four questions over three photos; the last has no answer."""
    matches = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    doubtful = np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]], dtype=bool)
    return Questions(
        ["a", "b", "c", "d"], ["cibo", "colore", "colore", "assente"], matches, doubtful
    )


@pytest.fixture
def answers(questions: Questions) -> Answers:
    scores = np.array([[2, 3, 1], [3, 2, 1], [1, 2, 3], [1, 3, 2]], np.float32)
    sure = np.array([[0.75, 0.9, 0.1], [0.2, 0.1, 0.0], [0.1, 0.2, 0.4], [0.1, 0.9, 0.2]])
    return answered(questions, scores, sure.astype(np.float32))


def test_a_photo_in_doubt_counts_neither_way(answers: Answers) -> None:
    # The first photo of "a" and of "d" is doubtful, which counts as absent.
    assert answers.questions.best(answers.confidences) == pytest.approx([0.75, 0.2, 0.4, 0.2])
    assert answers.verdicts == [FOUND, NONE, WEAK, NONE]
    figures = answers.figures(ALL)
    assert figures.order.mrr == pytest.approx((1 + 0.5 + 1) / 3)
    assert figures.order.first == pytest.approx(2 / 3)


def test_figures_by_hand(answers: Answers) -> None:
    figures = answers.figures(ALL)
    assert (figures.order.questions, figures.absent) == (3, 1)
    assert figures.right_found == 0.5  # "a" and "c" have a right photo first, "a" is found
    assert figures.absent_found == 0
    assert figures.present_none == pytest.approx(1 / 3)
    assert figures.auc == pytest.approx((1 + 0.5 + 1) / 3)
    assert list(figures.kinds) == ["cibo", "colore"]
    assert figures.kinds["cibo"].mrr == 1
    assert figures.kinds["colore"].mrr == 0.75
    assert figures.kinds["colore"].first == 0.5


def test_some_of_the_questions(answers: Answers) -> None:
    figures = answers.figures(np.array([False, True, True, False]))
    assert (figures.order.questions, figures.absent) == (2, 0)
    assert figures.order.mrr == 0.75
    assert np.isnan(figures.auc)
    assert np.isnan(figures.absent_found)
    assert figures.kinds["cibo"].questions == 0
    table = figures_table({"all": answers.figures(ALL), "half": figures})
    lines = [line.split() for line in table.splitlines()]
    assert ["AUC,", "with", "against", "without", "0.833", "-"] in lines
    assert ["MRR@10", "0.833", "0.750"] in lines
    assert ["cibo", "1", "1.000", "1.000", "0", "-", "-"] in lines
    assert ["colore", "2", "0.750", "0.500", "2", "0.750", "0.500"] in lines
    assert "assente" not in table


def test_figures_are_those_of_a_slow_count() -> None:
    rng = np.random.default_rng(1)
    matches = rng.uniform(size=(60, 40)) < 0.05
    doubtful = (rng.uniform(size=(60, 40)) < 0.2) & ~matches
    kinds = ["colore" if any(row) else "assente" for row in matches]
    questions = Questions([str(at) for at in range(60)], kinds, matches, doubtful)
    scores = rng.normal(size=(60, 40)).astype(np.float32)
    sure = rng.uniform(size=(60, 40)).astype(np.float32) ** 4
    figures = answered(questions, scores, sure).figures(np.ones(60, dtype=bool))
    reciprocals, first, found, none, best = [], [], [], [], ([], [])
    for row in range(60):
        archive = [photo for photo in range(40) if not doubtful[row, photo]]
        order = sorted(archive, key=lambda photo, row=row: -scores[row, photo])
        right = [place for place, photo in enumerate(order, 1) if matches[row, photo]]
        top = max(float(sure[row, photo]) for photo in archive)
        best[0 if right else 1].append(top)
        if right:
            reciprocals.append(1 / right[0] if right[0] <= 10 else 0)
            first.append(right[0] == 1)
            none.append(judge(top) == NONE)
            if right[0] == 1:
                found.append(judge(top) == FOUND)
    assert figures.order.mrr == pytest.approx(np.mean(reciprocals))
    assert figures.order.first == pytest.approx(np.mean(first))
    assert figures.right_found == pytest.approx(np.mean(found))
    assert figures.present_none == pytest.approx(np.mean(none))
    assert figures.auc == pytest.approx(auc(*best))


def test_confidence_of_the_first_results(answers: Answers) -> None:
    # Three photos a question, less the two in doubt.
    table = answers.reliability(ALL)
    assert table.numbers.sum() == 4 * 3 - 2
    assert table.numbers[7] == 1 and table.right[7] == 1
    assert table.numbers[9] == 0
    only = answers.reliability(np.array([False, False, True, False]))
    assert only.numbers.tolist() == [0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    assert only.right[4] == 1
