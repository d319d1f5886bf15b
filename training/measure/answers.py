"""Trust in a model's answers, beyond the order of the photos.

Three questions: does it say when nothing is there, is its confidence right as often as it states,
and does what a query excludes disappear?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.models.confidence import verdict
from cercafoto.models.encode.encoder import Encoder
from cercafoto.results import FOUND, NONE
from cercafoto.search.exclusion import detectors
from cercafoto.training.measure.caption_concepts import CONCEPTS, shows
from cercafoto.training.measure.class_texts import ClassTexts, Photo, texts_about
from cercafoto.training.measure.queries import SHORT, SHOWN, Queries
from cercafoto.training.metrics import auc

BINS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.01)


@dataclass(frozen=True)
class Answers:
    """Answers of a model, one a query.

    best [Q]: its largest confidence.
    verdicts [Q]: FOUND, WEAK or NONE.
    """

    best: Floats
    verdicts: NDArray[np.str_]

    def share(self, which: NDArray[np.bool_], word: str) -> float:
        """The share of the queries `which` whose verdict is `word`; NaN where there are none."""
        return float((self.verdicts[which] == word).mean()) if which.any() else float("nan")


def answers(encoder: Encoder, photos: Floats, vectors: Floats) -> Answers:
    """Judge each query by its best photo.

    photos [N, D], vectors [Q, D] of the queries: unit vectors.
    """
    best = encoder.confidence(photos, vectors).max(axis=0)
    verdicts = [verdict(float(value), encoder.folder.calibration) for value in best]
    return Answers(best, np.array(verdicts))


def confidence_table(encoder: Encoder, photos: Floats, queries: Queries) -> str:
    """Two tables as text: queries by their verdict, and results by confidence, with the share of
    them that is right."""
    vectors = encoder.embed_texts(queries.texts)
    judged = answers(encoder, photos, vectors)
    present = queries.present
    short = np.array([len(text.split()) <= SHORT for text in queries.texts])
    lines = [
        f"present and absent queries ({len(queries.texts)} queries, {len(photos)} photos)",
        f"  {'':24}  {'queries':>7}  found  none   AUC",
    ]
    for name, of in (("all", short | ~short), ("short", short), ("sentences", ~short)):
        for kind, which in (("present", of & present), ("absent", of & ~present)):
            shares = f"{judged.share(which, FOUND):5.3f}  {judged.share(which, NONE):5.3f}"
            lines.append(f"  {f'{name}, {kind}':24}  {which.sum():7}  {shares}")
        lines[-2] += f"  {_auc(judged.best, of & present, of & ~present)}"
    sure = encoder.confidence(photos, vectors).T
    top = np.argsort(-sure, axis=1)[:, :SHOWN]
    confidences = np.take_along_axis(sure, top, axis=1).ravel()
    right = np.take_along_axis(queries.matches, top, axis=1).ravel()
    lines += ["", f"first {SHOWN} results by confidence; known to be right, by what is written"]
    lines.append(f"  {'confidence':14}  results  mean   right")
    for low, high in pairwise(BINS):
        among = (confidences >= low) & (confidences < high)
        if among.any():
            bounds = f"{low:.2f} to {min(high, 1.0):.2f}"
            figures = f"{confidences[among].mean():.3f}  {right[among].mean():.3f}"
            lines.append(f"  {bounds:14}  {among.sum():7}  {figures}")
    return "\n".join(lines)


def _auc(values: Floats, present: NDArray[np.bool_], absent: NDArray[np.bool_]) -> str:
    return f"{auc(values[present], values[absent]):.3f}" if absent.any() else "-"


def exclusion_table(
    encoder: Encoder, vectors: Floats, photos: Sequence[Photo], classes: Sequence[ClassTexts]
) -> str:
    """A table as text: the share of photos that excluding each concept removes, among the photos
    whose captions name it and among the others."""
    texts = [texts_about(photo, classes) for photo in photos]
    lines = ["exclusion: of the photos that show it, and of the others, how many go"]
    lines.append(f"  {'excluded':12}  {'with it':>7}  gone   others gone")
    for concept in CONCEPTS:
        named = shows(concept, texts)
        if not named.any():
            continue
        (detector,) = detectors(encoder, [concept])
        hidden = detector.shows(vectors)
        shares = f"{hidden[named].mean():5.3f}  {hidden[~named].mean():5.3f}"
        lines.append(f"  {concept:12}  {named.sum():7}  {shares}")
    return "\n".join(lines)
