"""How well the head tells things: figures on the judged photos, and the curve of its presences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cercafoto.base.arrays import Ints
from cercafoto.models.model_folder import THINGS, ModelFolder
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.measure.embed import pixel_batches
from cercafoto.training.measure.judgments import (
    DOUBTFUL,
    FAILS,
    HOLDS,
    Judgments,
)
from cercafoto.training.measure.metrics import average_precision, share
from cercafoto.training.mini.logistic import logistic
from cercafoto.training.mini.things.detected import PERSON

# Classes that mean what a default label means -> that label.
LABELS = {
    "airplane": "aereo", "apple": "mela", "banana": "banana", "bear": "orso", "bed": "letto",
    "bicycle": "bicicletta", "bird": "uccello", "boat": "barca", "book": "libro",
    "bottle": "bottiglia", "bus": "autobus", "cake": "torta", "car": "automobile", "cat": "gatto",
    "chair": "sedia", "clock": "orologio", "couch": "divano", "cow": "mucca",
    "dining_table": "tavolo", "dog": "cane", "elephant": "elefante", "giraffe": "giraffa",
    "horse": "cavallo", "motorcycle": "motocicletta", "orange": "arancia", PERSON: "persone",
    "pizza": "pizza", "sheep": "pecora", "sports_ball": "pallone", "suitcase": "valigia",
    "teddy_bear": "peluche", "train": "treno", "truck": "camion", "umbrella": "ombrello",
}  # fmt: skip
FEWEST = 3  # judged photos with a label from which its average precision is told
GROUP = "gruppo di persone"  # of the labels that say how many, the one that enough photos bear


@dataclass(frozen=True)
class Seen:
    """The head's results for N photos.

    kinds: names of the classes.
    odds [N, kinds]: log-odds of presence, before the curve.
    people [N]: the likeliest class of the count.
    """

    kinds: Sequence[str]
    odds: NDArray[np.float64]
    people: Ints

    def of(self, kind: str) -> NDArray[np.float64]:
        """Return the log-odds of a class, [N]."""
        result: NDArray[np.float64] = self.odds[:, self.kinds.index(kind)]
        return result


def look_at(folder: ModelFolder, kinds: Sequence[str], data: Path, judgments: Judgments) -> Seen:
    """Return the results of a model folder's graph of things for the judged photos."""
    session = ort.InferenceSession(folder.path / THINGS)
    photos = [data / photo for photo in judgments.photos]
    parts = [
        session.run(["thing_presence", "person_counts"], {"pixel_values": pixels})
        for pixels in pixel_batches(photos, Preprocessing.from_json(folder.image))
    ]
    presence, people = (np.concatenate(each) for each in zip(*parts, strict=True))
    sure = np.clip(presence.astype(np.float64), 1e-9, 1 - 1e-7)
    return Seen(kinds, np.log(sure / (1 - sure)), people.argmax(axis=1))


def curve(seen: Seen, judgments: Judgments) -> list[float]:
    """Return slope and intercept that turn the head's log-odds of presence into those of the
    judgments, fitted to their half to fit.

    Raises InputError if all labels hold there, or none.
    """
    odds, right = [], []
    for kind, truth in _judged(seen.kinds, judgments):
        known = judgments.to_fit & (truth != DOUBTFUL)
        odds.append(seen.of(kind)[known])
        right.append(truth[known] == HOLDS)
    fitted = logistic(np.concatenate(odds)[:, None], np.concatenate(right))
    return [round(value, 4) for value in fitted]


def figures(seen: Seen, judgments: Judgments) -> dict[str, Any]:
    """Return the figures for "quality" in model.json: average precision, and how often the count of
    people agrees with the labels. The command `answers` measures exclusions."""
    precisions = []
    for kind, truth in _judged(seen.kinds, judgments):
        known = truth != DOUBTFUL
        if (truth == HOLDS).sum() >= FEWEST:
            precisions.append(average_precision(seen.of(kind)[known], truth[known] == HOLDS))
    found = {"label AP": float(np.mean(precisions)) if precisions else float("nan")}
    people = judgments.of(LABELS[PERSON])
    found["nobody: 0"] = share(seen.people[people == FAILS] == 0)
    found["persone: 1 or more"] = share(seen.people[people == HOLDS] > 0)
    # Classes 3 and 4 of the count are 3 to 5, and more.
    found[f"{GROUP}: 3 or more"] = share(seen.people[judgments.of(GROUP) == HOLDS] >= 3)
    return {
        "title": "thing -> photo, by the head that tells things",
        "queries": len(precisions),
        "photos": len(seen.odds),
    } | {name: value for name, value in found.items() if not np.isnan(value)}


def table(figures: dict[str, Any]) -> str:
    """Return the figures as text, a line each."""
    lines = [f"{figures['title']}: {figures['queries']} labels, {figures['photos']} judged photos"]
    values = [(name, value) for name, value in figures.items() if isinstance(value, float)]
    return "\n".join([*lines, *(f"  {name:30} {value:.3f}" for name, value in values)])


def _judged(kinds: Sequence[str], judgments: Judgments) -> list[tuple[str, NDArray[np.int8]]]:
    """Return the classes that have a label, each with the truth about its label, int8 [N]."""
    return [(kind, judgments.of(label)) for kind, label in LABELS.items() if kind in kinds]
