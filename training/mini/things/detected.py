"""What a detector of the 80 COCO classes saw in the training photos: labels for the head to learn
from, not truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cercafoto.training.measure.class_texts import LEFT_OUT, read_json_lines

DETECTED = "oggetti.jsonl"
PERSON = "person"
BOXED_FROM = 0.3  # score from which the file has boxes; it has classes from 0.1 on


class Box(NamedTuple):
    """A rectangle in a picture, in parts of the picture's sides; (0, 0) is top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def cut_to(self, frame: Box) -> Box:
        """Return the part inside of `frame`; its area is 0 if there is none."""
        left, top = max(self.left, frame.left), max(self.top, frame.top)
        right, bottom = min(self.right, frame.right), min(self.bottom, frame.bottom)
        return Box(left, top, max(left, right), max(top, bottom))

    def share_in(self, frame: Box) -> float:
        """Return which part of this box's area lies inside of `frame`, 0 to 1."""
        return self.cut_to(frame).area / max(self.area, 1e-6)

    def seen_from(self, frame: Box) -> Box:
        """Return this box in parts of the sides of `frame`."""
        width, height = frame.right - frame.left, frame.bottom - frame.top
        return Box(
            (self.left - frame.left) / width,
            (self.top - frame.top) / height,
            (self.right - frame.left) / width,
            (self.bottom - frame.top) / height,
        )

    def mirrored(self) -> Box:
        return Box(1 - self.right, self.top, 1 - self.left, self.bottom)


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


class Thing(NamedTuple):
    """One thing that the detector found.

    kind: name of its class.
    score: how sure the detector was, 0 to 1.
    """

    kind: str
    score: float
    box: Box


@dataclass(frozen=True)
class Detected:
    """What the detector saw in one photo.

    photo: path relative to the data folder.
    best: name of a class -> its best score.
    """

    photo: str
    best: Mapping[str, float]
    things: Sequence[Thing]


def read_detected(data: Path) -> list[Detected]:
    """Return what `oggetti.jsonl` in a data folder says, a photo a line, without those LEFT_OUT.
    Raises FileNotFoundError, or InputError naming a line that is no JSON."""
    return [
        Detected(
            row["image_path"],
            row["best"],
            [Thing(kind, score, Box(*sides)) for kind, score, *sides in row["boxes"]],
        )
        for row in read_json_lines(data / DETECTED)
        if row["image_path"] not in LEFT_OUT
    ]


def kinds_in(detected: Sequence[Detected]) -> list[str]:
    """Return the names of all classes seen in any photo, sorted: the classes of the head."""
    return sorted(
        {kind for photo in detected for kind in (*photo.best, *(t.kind for t in photo.things))}
    )
