"""Find the faces in a picture, and make a vector of each, with the two networks of the package.

YuNet finds faces and five points in each: eyes, nose, corners of the mouth. SFace turns a face,
moved by these points to where it expects them, into 128 numbers; the cosine of two vectors says
how alike two faces are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import cercafoto.models
from cercafoto.base.arrays import Floats, unit
from cercafoto.base.installation import REINSTALL, install_command
from cercafoto.errors import ModelError
from cercafoto.models.model_folder import DESCRIPTION, file_digest
from cercafoto.photos.preprocessing import fitting

MODELS = Path(cercafoto.models.__file__).with_name("faces")
DETECTOR, RECOGNISER = "detector.onnx", "recogniser.onnx"
DIMENSION = 128

# Pixels: longer side of the picture from which faces are cut, longer side of the picture in which
# they are looked for, shorter side of the smallest face that is kept.
CUT_FROM, LOOKED_AT, SMALLEST = 1600, 640, 24
# Pixels: a photo with a face whose shorter side is less than FAR in the picture of LOOKED_AT is
# looked at again in a picture of CLOSER, and the vector of each face is the mean of both: its five
# points are never quite right. The README of the networks has the figures.
FAR, CLOSER = 96, 1024
MIN_SCORE, MAX_OVERLAP = 0.7, 0.3
# Score of a face that stands upright. On its side a face may be found too, but with a lower score
# and with its five points at wrong places. In 300 upright photos the turns had twelve more "faces",
# seven of which were none; only one, a face, had this score.
SURE = 0.9
_STEPS = (8, 16, 32)  # pixels between two places at which YuNet looks, one for each of its outputs
# Where SFace expects the five points, in a square of SIDE pixels.
SIDE = 112
_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]], np.float32
)  # fmt: skip

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture.

    box: left, top, width, height, in parts of the upright picture's sides.
    score: how sure the detector is, 0 to 1.
    vector: float32 [DIMENSION], of length one.
    """

    box: tuple[float, float, float, float]
    score: float
    vector: Floats


class _Found(NamedTuple):
    """Faces found in one turn of a picture: boxes [n, 4] as left, top, width, height; points
    [n, 5, 2]; scores [n]. All in pixels of the turned picture."""

    boxes: Floats
    points: Floats
    scores: Floats


class FaceModels:
    """The two networks, for use by several threads. Raises ModelError if a file is damaged."""

    def __init__(self, folder: Path = MODELS) -> None:
        self._detector, self._recogniser = _sessions(folder)

    def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
        """Return the faces in an upright RGB picture, from left to right.

        turned_by_file: whether the file says how the picture is turned. If not, the picture is also
            looked at on its sides and upside down, unless one of its faces is SURE.
        """
        small = _shrunk(picture, LOOKED_AT)
        found, turns = self._found(small, picture.size), 0
        if not turned_by_file and found.scores.max(initial=0) < SURE:
            for k in (1, 2, 3):
                full = picture.size if k == 2 else picture.size[::-1]
                other = self._found(np.rot90(small, k), full)
                best = found.scores.max(initial=SURE)
                if other.scores.max(initial=0) > best:
                    found, turns = other, k
        turned = Image.fromarray(np.rot90(np.asarray(picture), turns)) if turns else picture
        looks, longer = [found], max(picture.size)
        sizes = found.boxes[:, 2:].min(axis=1)
        smallest = sizes[sizes >= SMALLEST].min(initial=longer)
        if longer > LOOKED_AT and smallest < FAR * longer / LOOKED_AT:
            looks.insert(0, self._found(np.rot90(_shrunk(picture, CLOSER), turns), turned.size))
        boxes, points, scores = map(np.concatenate, zip(*looks, strict=True))
        faces = []
        for same in _overlapping(boxes, np.arange(len(boxes))):
            at = same[0]  # as the closer look sees the face
            if boxes[at, 2:].min() >= SMALLEST:
                box = _turned_back(boxes[at] / np.tile(turned.size, 2), turns)
                vectors = [self._vector(turned, points[each]) for each in same]
                faces.append(Face(box, float(scores[at]), unit(np.sum(vectors, axis=0))))
        return sorted(faces, key=lambda face: face.box)

    def _found(self, small: Pixels, full: tuple[int, int]) -> _Found:
        """Return the faces in a shrunk picture. full: the full width and height."""
        height, width = small.shape[:2]
        padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.float32)
        padded[:height, :width] = small[..., ::-1]  # BGR
        found = _detected(self._detector, padded)
        scale = np.array([full[0] / width, full[1] / height], np.float32)
        return _Found(found.boxes * np.tile(scale, 2), found.points * scale, found.scores)

    def _vector(self, picture: Image.Image, points: Floats) -> Floats:
        """Return the vector of the face with these five points [5, 2]."""
        aligned = picture.transform(
            (SIDE, SIDE), Image.Transform.AFFINE, _from_aligned(points), Image.Resampling.BILINEAR
        )
        batch = np.asarray(aligned, np.float32).transpose(2, 0, 1)[None]
        (vectors,) = self._recogniser.run(None, {"data": batch})
        return unit(vectors[0])


def _shrunk(picture: Image.Image, longer: int) -> Pixels:
    size = fitting(picture.size, longer)
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


@cache
def _sessions(folder: Path) -> tuple[Any, Any]:
    from cercafoto.models.onnx_runtime import ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # photos run side by side
    options.log_severity_level = 3
    # The eight-bit weights are multiplied as floats: products in eight bits would cost accuracy.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        files = json.loads((folder / DESCRIPTION).read_text("utf-8"))["files"]
        if any(file_digest(folder / name) != files[name] for name in (DETECTOR, RECOGNISER)):
            raise ValueError("a file is not the one described")
        detector, recogniser = (
            ort.InferenceSession(str(folder / name), options, ["CPUExecutionProvider"])
            for name in (DETECTOR, RECOGNISER)
        )
    except Exception as error:  # ONNX Runtime raises classes of its own, all Exceptions
        raise ModelError(
            f"I modelli che trovano i volti, in {folder}, mancano o sono danneggiati.",
            f"Reinstalla cercafoto: {install_command(how=REINSTALL)}",
        ) from error
    return detector, recogniser


def _detected(session: Any, picture: Floats) -> _Found:
    """Return the faces in a BGR picture [H, W, 3], whose sides are multiples of 32."""
    names = [f"{kind}_{step}" for step in _STEPS for kind in ("cls", "obj", "bbox", "kps")]
    outputs = iter(session.run(names, {"input": picture.transpose(2, 0, 1)[None]}))
    boxes, points, scores = [], [], []
    for step in _STEPS:
        cls, obj, box, five = (next(outputs)[0] for _ in range(4))
        score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
        at = np.flatnonzero(score >= MIN_SCORE)
        across = picture.shape[1] // step
        place = np.stack([at % across, at // across], axis=1).astype(np.float32)
        sides = np.exp(box[at, 2:])
        boxes.append(np.hstack([place + box[at, :2] - sides / 2, sides]) * step)
        points.append((place[:, None] + five[at].reshape(-1, 5, 2)) * step)
        scores.append(score[at])
    every, sure = np.concatenate(boxes), np.concatenate(scores)
    order = np.argsort(-sure, kind="stable")
    kept = [same[0] for same in _overlapping(every, order)]
    return _Found(every[kept], np.concatenate(points)[kept], sure[kept])


def _overlapping(boxes: Floats, order: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of boxes in groups, in `order`: a box that is in no group yet, and those
    that overlap it by more than MAX_OVERLAP."""
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    areas = boxes[:, 2:].prod(axis=1)
    while len(order):
        first = order[0]
        common = np.minimum(high[first], high[order]) - np.maximum(low[first], low[order])
        shared = np.maximum(common, 0).prod(axis=1)
        same = shared > MAX_OVERLAP * (areas[first] + areas[order] - shared)
        same[0] = True
        yield order[same]
        order = order[~same]


def _turned_back(box: Floats, turns: int) -> tuple[float, float, float, float]:
    """Return a box of a picture turned `turns` quarters to the left as one of the picture itself.
    Both are in parts of the sides; the part outside the picture is cut off."""
    low, high = np.clip(box[:2], 0, 1), np.clip(box[:2] + box[2:], 0, 1)
    corners = np.stack([low, high]).astype(float)
    for _ in range(turns):
        corners = np.stack([1 - corners[:, 1], corners[:, 0]], axis=1)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return left, top, right - left, bottom - top


def _from_aligned(points: Floats) -> tuple[float, ...]:
    """Return the six numbers of the map from the aligned square to the picture.

    The map from the picture to the square turns, scales and moves so that the five points [5, 2]
    come as near as they can to where SFace expects them, by least squares.
    """
    x, y = (points - (centre := points.mean(axis=0))).T.astype(float)
    u, v = (_POINTS - (middle := _POINTS.mean(axis=0))).T.astype(float)
    length = float((x * x + y * y).sum()) or 1.0
    cosine, sine = (x * u + y * v).sum() / length, (x * v - y * u).sum() / length
    turn = np.linalg.inv(np.array([[cosine, -sine], [sine, cosine]]))
    shift = centre - turn @ middle
    # Pillow takes the middle of a pixel for its place, OpenCV (and SFace's training) its corner.
    shift += 0.5 - turn @ np.array([0.5, 0.5])
    return (*turn[0], shift[0], *turn[1], shift[1])
