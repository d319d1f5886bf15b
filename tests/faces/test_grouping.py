"""Groups equal those of average linkage; only a person's own faces attract another face."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.archive.local.face_store import FaceTable
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, MAYBE, NEW, NO_FACE
from cercafoto.base.arrays import Floats, unit
from cercafoto.faces.grouping import SAME, attached, groups_in, groups_of


def faces(people: int, each: int, seed: int) -> Floats:
    """Return vectors around a centre for each person, so spread out that groups are unclear."""
    dice = np.random.default_rng(seed)
    centres = dice.normal(size=(people, 128)) + 0.6 * dice.normal(size=128)
    vectors = np.repeat(centres, each, axis=0) + dice.normal(size=(people * each, 128))
    return unit(vectors.astype(np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_groups_are_those_of_average_linkage(seed: int) -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    vectors = faces(40, 8, seed)
    linked = hierarchy.linkage(vectors.astype(float), "average", "cosine")
    expected = hierarchy.fcluster(linked, 1 - SAME, "distance")
    found = groups_of(vectors)
    assert 1 < len(set(found)) < len(vectors)
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))
    assert (groups_of(vectors) == found).all()
    assert list(dict.fromkeys(found)) == sorted(set(found))  # numbered as they come


def test_equal_vectors_and_no_vectors() -> None:
    one, other = np.eye(2, 128, dtype=np.float32)
    assert groups_of(np.array([one, other, one, one])).tolist() == [0, 1, 0, 0]
    assert groups_of(np.zeros((0, 128), np.float32)).tolist() == []


def at_cosines(*cosines: float) -> Floats:
    """Return vectors with these cosines to the first axis, otherwise orthogonal to each other."""
    vectors = np.zeros((len(cosines), 128), np.float32)
    for n, cosine in enumerate(cosines):
        vectors[n, 0], vectors[n, 1 + n] = cosine, np.sqrt(1 - cosine**2)
    return vectors


def table(
    vectors: Floats,
    known: list[int],
    people: list[int],
    photos: list[int] | None = None,
    refused: frozenset[tuple[int, int]] = frozenset(),
    files: list[int] | None = None,
    units: list[int] | None = None,
) -> FaceTable:
    many = len(vectors)
    numbers = np.arange(many)
    return FaceTable(
        numbers,
        np.array(photos or numbers),
        np.array(files or photos or numbers),
        np.array(units or numbers),
        vectors,
        np.zeros(many, np.int64),
        np.array(known),
        np.array(people),
        np.zeros(many),
        refused,
    )


# Person 1 has three faces on the first axis; a fourth that is unlike them does not matter.
OWN = at_cosines(1.0, 1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("cosine", "known"), [(0.46, ATTACHED), (0.44, MAYBE), (0.41, MAYBE), (0.39, NEW)]
)
def test_the_three_likest_decide(cosine: float, known: int) -> None:
    new = np.roll(at_cosines(cosine), 60, axis=1)
    new[0, 0], new[0, 60] = new[0, 60], 0.0
    vectors = np.vstack([OWN, new])
    guess = attached(table(vectors, [CONFIRMED] * 4 + [NEW], [1] * 4 + [0]))[4]
    assert guess.known == known
    assert guess.person == (1 if known != NEW else 0)


def test_what_was_guessed_leads_to_no_guess() -> None:
    vectors = np.vstack([OWN, at_cosines(0.2)])
    vectors[3] = vectors[4]  # exactly alike, but only guessed itself
    guesses = attached(table(vectors, [CONFIRMED] * 3 + [ATTACHED, NEW], [1] * 4 + [0]))
    assert (guesses[3].known, guesses[4].known) == (NEW, NEW)


def test_two_likely_people_are_a_question() -> None:
    own, others = at_cosines(1.0, 1.0, 1.0), np.roll(at_cosines(1.0, 1.0, 1.0), 64, axis=1)
    between = (0.6 * own[:1] + 0.58 * others[:1]).astype(np.float32)
    vectors = np.vstack([own, others, between])
    known, people = [CONFIRMED] * 6 + [NEW], [1] * 3 + [2] * 3 + [0]
    assert attached(table(vectors, known, people))[6][:2] == (MAYBE, 1)
    clear = (0.6 * own[:1] + 0.5 * others[:1]).astype(np.float32)
    vectors[6] = clear
    assert attached(table(vectors, known, people))[6][:2] == (ATTACHED, 1)
    refused = frozenset({(6, 1)})
    assert attached(table(vectors, known, people, refused=refused))[6][:2] == (ATTACHED, 2)


def test_nobody_is_twice_in_a_photo() -> None:
    vectors = np.vstack([at_cosines(1.0, 1.0, 1.0), at_cosines(0.8), at_cosines(0.9)])
    known, people = [CONFIRMED] * 3 + [NEW] * 2, [1] * 3 + [0] * 2
    both = attached(table(vectors, known, people, [0, 1, 2, 3, 3]))
    assert (both[3].known, both[4].known) == (NEW, ATTACHED)
    there = attached(table(vectors, known, people, [0, 1, 2, 2, 3]))
    assert (there[3].known, there[4].known) == (NEW, ATTACHED)


def test_what_is_no_face_is_left_alone() -> None:
    vectors = at_cosines(1.0, 1.0, 1.0, 1.0)
    assert attached(table(vectors, [CONFIRMED] * 3 + [NO_FACE], [1, 1, 1, 0])) == {}


def test_a_video_counts_once() -> None:
    """Ten faces in a video are one face to grouping, and to what decides whose a face is."""
    # The face in the photo is at 0.39 from those in the video, at 0.43 from their mean.
    axes = np.eye(128, dtype=np.float32)
    video, photo = unit(axes[0] + 0.5 * axes[1:11]), unit(0.44 * axes[:1] + 0.9 * axes[20:21])
    vectors, every = np.vstack([video, photo]), np.ones(11, bool)
    assert groups_in(table(vectors, [NEW] * 11, [0] * 11), every).tolist() == [0] * 10 + [1]
    in_video = table(vectors, [NEW] * 11, [0] * 11, files=[0] * 10 + [1])
    assert groups_in(in_video, every).tolist() == [0] * 11
    # The new face is at 0.46 from three faces in the video, and at 0.41 from those in two photos.
    own = np.vstack([at_cosines(0.46, 0.41, 0.41)[[0, 0, 0, 1, 2]], axes[:1]])
    known, people = [CONFIRMED] * 5 + [NEW], [1] * 5 + [0]
    assert attached(table(own, known, people))[5].known == ATTACHED
    assert attached(table(own, known, people, files=[0, 0, 0, 1, 2, 3]))[5].known == MAYBE


def test_the_frames_of_one_person_are_attached_together() -> None:
    """One frame is not like enough to the person to be sure, but the mean of the frames is."""
    frames = unit(0.42 * OWN[:1] + 0.9 * np.eye(128, dtype=np.float32)[50:54])
    vectors = np.vstack([OWN[:3], frames])
    known, people = [CONFIRMED] * 3 + [NEW] * 4, [1] * 3 + [0] * 4
    assert {attached(table(vectors, known, people))[n].known for n in range(3, 7)} == {MAYBE}
    video = [0, 1, 2, 3, 3, 3, 3]
    guesses = attached(table(vectors, known, people, files=video, units=video))
    assert {guesses[n].known for n in range(3, 7)} == {ATTACHED}
    assert len({guesses[n].sure for n in range(3, 7)}) == 1
    # Two of them in one frame: only one is the person's.
    photos = [0, 1, 2, 3, 4, 5, 5]
    twins = attached(table(vectors, known, people, photos, files=video, units=video))
    assert sorted(twins[n].known for n in range(3, 7)) == [NEW, ATTACHED, ATTACHED, ATTACHED]
