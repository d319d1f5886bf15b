"""Things are read from the graph's maps: centres become boxes, two looks become one list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.things_encoder import (
    MOST_BOXES,
    boxes_in,
    things_encoder,
)
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.things_model import things_model
from tests.support.colours import PAINT
from tests.support.tiny_model import SIZE
from tests.support.tiny_things import CLASSES, CURVE

SIDE = 10


def maps() -> tuple[np.ndarray, np.ndarray]:
    """Return heat maps of two classes without a peak, and boxes of two cells."""
    edges = np.zeros((2, 4, SIDE, SIDE), np.float32)
    edges[:, :2], edges[:, 2:] = -1, 1
    return np.zeros((2, 2, SIDE, SIDE), np.float32), edges


def test_a_hot_cell_is_a_box_around_its_centre() -> None:
    heat, edges = maps()
    heat[0, 1, 3, 5], heat[0, 0, 8, 8] = 0.25, 0.2
    (box,) = boxes_in(heat, edges)
    assert box == pytest.approx((1, 0.25, 0.45, 0.25, 0.65, 0.45))


def test_the_second_look_is_the_middle_of_the_photo() -> None:
    heat, edges = maps()
    heat[1, 0, 0, 0] = 0.5
    (box,) = boxes_in(heat, edges)
    assert box[2:] == pytest.approx((0.115, 0.115, 0.255, 0.255))
    heat, edges = maps()
    heat[0, 0, 0, 9] = 0.5
    assert boxes_in(heat, edges)[0][2:] == pytest.approx((0.85, 0.0, 1.0, 0.15))  # cut at the edges


def test_one_thing_seen_twice_counts_once_but_neighbours_and_other_classes_do() -> None:
    heat, edges = maps()
    heat[0, 0, 5, 5] = 0.9
    heat[1, 0, 5, 5] = 0.6  # nearly the same place, closer: inside the other box
    heat[0, 0, 5, 7] = 0.5  # beside it
    heat[0, 1, 5, 5] = 0.4  # of another class
    assert [(b.thing, round(b.score, 1)) for b in boxes_in(heat, edges)] == [
        (0, 0.9),
        (0, 0.5),
        (1, 0.4),
    ]


def test_a_crowd_ends_at_the_surest_boxes() -> None:
    heat, edges = maps()
    edges /= 4
    heat[0] = np.linspace(0.3, 0.9, 2 * SIDE * SIDE).reshape(2, SIDE, SIDE)
    boxes = boxes_in(heat, edges)
    assert len(boxes) == MOST_BOXES
    assert [b.score for b in boxes] == sorted((b.score for b in boxes), reverse=True)
    assert boxes[0].score == pytest.approx(0.9)


def test_one_run_gives_the_vectors_of_the_image_tower_and_the_things(
    things: None, tiny_things: Path
) -> None:
    encoder = things_encoder(threads=2)
    assert encoder is not None
    assert (encoder.model.classes, encoder.model.curve) == (CLASSES, CURVE)
    pictures = [bytes(colour) * SIZE * SIZE for colour in [*PAINT.values()] * 2]
    vectors, seen = encoder.see(pictures)
    usual = Encoder(ModelFolder.open(tiny_things), threads=2).embed_pictures(pictures)
    assert np.array_equal(vectors, usual)
    people = dict(zip(PAINT, (things.people for things in seen), strict=False))
    assert people == {"rosso": 4, "verde": 0, "blu": 0, "giallo": 4, "viola": 4}
    assert seen[0].presence == pytest.approx(
        np.log([0.98 / 0.02, 0.039 / 0.961, 0.039 / 0.961]), abs=0.05
    )
    empty, none = encoder.see([])
    assert empty.shape == (0, 4) and none == []


def test_without_the_graph_there_are_no_things(no_things: None) -> None:
    assert things_model() is None and things_encoder() is None
