"""What is compared after an answer is only what it changed, and leads to what a whole comparison
leads to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cercafoto.archive.local.face_names import NamedFace
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Floats, unit
from cercafoto.faces import grouping, likeness
from cercafoto.faces.album import FaceAlbum
from cercafoto.faces.face_run import regroup
from cercafoto.faces.likeness import ASKED_FROM, Likeness
from cercafoto.faces.questions import FaceQuestion
from cercafoto.settings import Settings

PEOPLE, FACES, ANSWERS = 16, 400, 12
BOX = (0.1, 0.1, 0.2, 0.2)


def painted(seed: int) -> Floats:
    """Return vectors around a centre for each person, of whom two are always alike: some faces are
    in doubt."""
    dice = np.random.default_rng(seed)
    pairs = np.repeat(dice.normal(size=(PEOPLE // 2, 128)), 2, axis=0)
    centres = 0.7 * pairs + 0.7 * dice.normal(size=(PEOPLE, 128))
    vectors = centres[dice.integers(PEOPLE, size=FACES)] + 1.0 * dice.normal(size=(FACES, 128))
    return unit(vectors.astype(np.float32))


def album(folder: Path, vectors: Floats) -> FaceAlbum:
    """Return an album with a face in each photo, and a video of five frames every forty photos."""
    settings = Settings(folder, folder)
    with FaceStore.create(settings.faces) as store:
        with store.transaction():
            for number, vector in enumerate(vectors):
                frame, photo = number.to_bytes(32, "big"), (BOX, vector)
                first = (number - number % 40).to_bytes(32, "big")
                if 0 < number % 40 < 5:
                    store.write(frame, [photo], first, float(number % 40))
                else:
                    store.write(frame, [photo])
        regroup(store)
    return FaceAlbum(LocalArchive(settings))


def answer(faces: FaceAlbum, dice: random.Random) -> None:
    """Give an answer of any kind to one of the first questions, or correct something."""
    questions = faces.questions()
    asked = dice.choice([*questions[:3], *questions[-3:]])
    name = asked.person or f"Persona {dice.choice('abcdef')}"
    kind = dice.choice(("name", "name", "name", "some", "no", "aside", "undo", "merge"))
    if kind == "some":
        faces.name(asked.faces[::2], name)
    elif kind == "no" and asked.person:
        faces.deny(asked.faces, name)
    elif kind == "aside":
        faces.do_not_ask(asked.faces[:2])
    elif kind == "undo":
        faces.undo()
    elif kind == "merge" and len(faces.names()) > 3:
        first, second = dice.sample(faces.names(), 2)
        faces.merge(first, second)
    else:
        faces.name(asked.faces, name)


def state(faces: FaceAlbum) -> tuple[list[FaceQuestion], list[NamedFace], list[float]]:
    with FaceStore.open(faces._path) as store:
        return faces.questions(), store.named_faces(), store.table().sure.tolist()


@pytest.mark.parametrize("seed", range(2))
def test_answers_lead_to_what_a_whole_comparison_leads_to(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = painted(seed)
    some, whole = album(tmp_path / "some", vectors), album(tmp_path / "whole", vectors)
    kept = Likeness()
    doubtful = 0
    for number in range(ANSWERS):
        monkeypatch.setattr(grouping, "_likeness", kept)
        answer(some, random.Random(f"{seed} {number}"))
        monkeypatch.setattr(grouping, "_likeness", Likeness())
        answer(whole, random.Random(f"{seed} {number}"))
        found = state(some)
        assert found == state(whole)
        doubtful += sum(bool(question.person) for question in found[0])
    assert doubtful  # the questions are not only who a group is


def test_only_what_an_answer_changed_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    plain = likeness._with_people

    def counting(vectors: Floats, people: Sequence[Floats]) -> Floats:
        compared.append((len(vectors), len(people)))
        return plain(vectors, people)

    faces = album(tmp_path, painted(0))
    monkeypatch.setattr(grouping, "_likeness", Likeness())
    monkeypatch.setattr(likeness, "_with_people", counting)
    for letter in "abcd":
        faces.name(faces.questions()[0].faces, f"Persona {letter}")
    compared.clear()
    faces.name(faces.questions()[0].faces, "Persona e")
    # The vectors of the others were compared before; their people are the same.
    assert [people for vectors, people in compared if vectors] == [1]


def test_the_mean_of_the_likest_does_not_depend_on_the_vectors_around() -> None:
    vectors = painted(4)
    own, others = vectors[:150], vectors[150:]
    together = Likeness().of(others, [own[:70], own[70:]])
    alone = np.vstack([Likeness().of(other[None], [own[:70], own[70:]]) for other in others])
    near = together >= ASKED_FROM
    assert near.sum() > 50
    assert (together[near] == alone[near]).all()
    top = np.sort(others @ own[:70].T, axis=1)[:, -3:].mean(axis=1)
    assert np.allclose(together[near[:, 0], 0], top[near[:, 0]], atol=1e-5)
