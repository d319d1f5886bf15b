"""Define `Person`, a person that a photo's metadata name, and turn the boxes around faces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from cercafoto.base.json_keys import json_keys

# Another shape than the photo's by more than this means that the photo was cropped afterwards.
OTHER_SHAPE = 0.02
# Overlap from which the box of a program and a face that was found are the same face; and overlap
# that is enough if the middle of the face lies in the box, as many programs draw around the head.
SAME_FACE, FACE_INSIDE = 0.4, 0.1
MOST_PEOPLE = 200  # in a photo; a school photo has some dozen

# Left, top, width, height as shares of the picture's width and height.
Box: TypeAlias = tuple[float, float, float, float]


class Person(NamedTuple):
    """A person that metadata name.

    box: the face, in the picture as it is stored in the file, before it is turned upright; None if
        only the name is known.
    drawn_on: width and height of the picture that the box was drawn on; None if not known.
    """

    name: str
    box: Box | None = None
    drawn_on: tuple[float, float] | None = None

    @classmethod
    def of_json(cls, values: Sequence[Any]) -> Person:
        """Return the person that `json.dumps` wrote as a list. Raises ValueError or TypeError."""
        name, box, drawn_on = values
        left, top, width, height = map(float, box or (0, 0, 0, 0))
        across, down = map(float, drawn_on or (0, 0))
        return cls(
            str(name),
            (left, top, width, height) if box else None,
            (across, down) if drawn_on else None,
        )


@json_keys("name box")
class Region(NamedTuple):
    """A person in a photo.

    box: the face in the upright picture; None if only the name is known.
    otherwise: where the face is if the program that wrote the box meant the upright picture, and
        not the stored one: the two differ if the photo was turned.
    """

    name: str
    box: Box | None = None
    otherwise: Box | None = None


def each_once(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return each person once, at most MOST_PEOPLE, with the first box that is known. Names are
    compared without case."""
    by_name: dict[str, Person] = {}
    for person in people:
        key = person.name.casefold()
        before = by_name.get(key)
        if before is None and len(by_name) < MOST_PEOPLE:
            by_name[key] = person
        elif before is not None and before.box is None:
            by_name[key] = person._replace(name=before.name)
    return tuple(by_name.values())


def upright_box(person: Person, width: int, height: int, orientation: int) -> Box | None:
    """Return a person's box in the upright picture. None if there is no box, or if it was drawn on
    a picture of another shape: the box may then show someone else's face.

    width, height: pixels of the upright picture, 0 if not known.
    orientation: the EXIF orientation, 1 to 8.
    """
    if person.box is None or not (person.drawn_on and width and height):
        return person.box and turned(person.box, orientation)
    stored = (height, width) if orientation >= 5 else (width, height)
    if same_shape(person.drawn_on, stored):
        return turned(person.box, orientation)
    # Some programs draw on the upright picture.
    return person.box if same_shape(person.drawn_on, (width, height)) else None


def turned(box: Box, orientation: int, back: bool = False) -> Box:
    """Return a box of a stored picture in the picture turned upright. orientation: EXIF, 1 to 8.

    back: the other way, from the upright picture to the stored one.
    """
    if back:
        orientation = {6: 8, 8: 6}.get(orientation, orientation)
    left, top, width, height = box
    right, bottom = 1 - left - width, 1 - top - height
    return {
        2: (right, top, width, height),
        3: (right, bottom, width, height),
        4: (left, bottom, width, height),
        5: (top, left, height, width),
        6: (bottom, left, height, width),
        7: (bottom, right, height, width),
        8: (top, right, height, width),
    }.get(orientation, box)


def faces_in_regions(regions: Sequence[Region], faces: Sequence[Box]) -> dict[int, int]:
    """Return which face lies in which region of a photo: index of the region -> index of the face.
    All regions are taken as meant for the picture, stored or upright, in which more of them have a
    face."""
    readings = [
        dict(same_faces([box or (0.0,) * 4 for box in boxes], faces, FACE_INSIDE))
        for boxes in ([r.box for r in regions], [r.otherwise or r.box for r in regions])
    ]
    return max(readings, key=len)


def same_faces(
    boxes: Sequence[Box], faces: Sequence[Box], inside: float = SAME_FACE
) -> Iterator[tuple[int, int]]:
    """Yield pairs (index of the box, index of the face) that are the same face, each index once,
    the pairs that overlap most first.

    inside: the overlap that is enough if the middle of the face lies in the box.
    """
    pairs = [
        (-overlap, at, of)
        for at, box in enumerate(boxes)
        for of, face in enumerate(faces)
        if (overlap := _overlap(box, face)) >= SAME_FACE
        or (overlap >= inside and _has_middle_of(box, face))
    ]
    taken, used = set[int](), set[int]()
    for _, at, of in sorted(pairs):
        if at not in taken and of not in used:
            taken.add(at)
            used.add(of)
            yield at, of


def _has_middle_of(box: Box, face: Box) -> bool:
    return all(box[n] <= face[n] + face[n + 2] / 2 <= box[n] + box[n + 2] for n in (0, 1))


def on_a_face(box: Box, otherwise: Box, faces: Iterable[Box]) -> Box:
    """Return the one of two readings of a box that lies on a face that was found in the picture;
    `box` if both do, or neither."""
    known = list(faces)
    on_box, on_other = (max((_overlap(b, f) for f in known), default=0.0) for b in (box, otherwise))
    return otherwise if on_box < SAME_FACE <= on_other else box


def _overlap(one: Box, other: Box) -> float:
    """Return the common area of two boxes, as a share of the area that they cover together."""
    across, down = (
        max(0.0, min(one[n] + one[n + 2], other[n] + other[n + 2]) - max(one[n], other[n]))
        for n in (0, 1)
    )
    common = across * down
    return common / (one[2] * one[3] + other[2] * other[3] - common) if common else 0.0


def box_of(left: float, top: float, width: float, height: float) -> Box | None:
    """Return a box cut at the borders of the picture; None if nothing of it lies in the picture."""
    if not all(map(math.isfinite, (left, top, width, height))):
        return None
    right, bottom = min(left + width, 1.0), min(top + height, 1.0)
    left, top = max(left, 0.0), max(top, 0.0)
    if right <= left or bottom <= top:
        return None
    return round(left, 5), round(top, 5), round(right - left, 5), round(bottom - top, 5)


def same_shape(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two pictures, as (width, height), have about the same shape."""
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= OTHER_SHAPE
