"""Make the questions about faces, put them on screens, and say what answering them is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from cercafoto.archive.local.face_store import FaceTable
from cercafoto.archive.local.face_tables import MAYBE, NEW, UNASKED
from cercafoto.base.arrays import Ints

SMALLEST_GROUP = 3  # faces of a group that somebody is asked to name
ON_A_SCREEN = 24  # faces of several people that one answer is asked about
MANY_ANSWERS = 30  # of which it is said what they are worth
OPEN = NEW, MAYBE, UNASKED  # what is known of faces to ask about


@dataclass(frozen=True)
class FaceQuestion:
    """A group of faces to ask about.

    faces: ids, one of each unit (see `FaceTable`): the others of the unit have its answer. If the
        question is about a person, the likest face comes first.
    photos: number of photos and videos with these faces.
    person: name of the person whose faces they may be; "" to ask who it is.
    """

    faces: tuple[int, ...]
    photos: int
    person: str = ""


@dataclass(frozen=True)
class Confirmation:
    """An answer to a question. person: the name of somebody. yes, no: ids of the faces that are
    theirs, and of faces that are not."""

    person: str
    yes: tuple[int, ...]
    no: tuple[int, ...] = ()


@dataclass(frozen=True)
class Gain:
    """What some more answers are worth: in `photos` of the `of` photos with faces they would give a
    name to a face."""

    answers: int
    photos: int
    of: int

    @property
    def in_words(self) -> str:
        """An Italian sentence; "" if there are no answers to give."""
        if not self.answers:
            return ""
        one = self.answers == 1
        who = "La prossima risposta vale" if one else f"Le prossime {self.answers} risposte valgono"
        share = round(100 * self.photos / self.of)
        many = f"circa {share}" if share > 1 else "circa una" if share else "meno di una"
        return " ".join((who, many, "foto su cento."))


def questions_in(table: FaceTable, names: Mapping[int, str]) -> list[FaceQuestion]:
    """Return the questions to ask: first who the groups without a name are, largest first, then
    whether faces are a known person's, likeliest first."""
    who, same = [], []
    for members in _groups(table):
        unasked = table.known[members] == UNASKED
        if 2 * unasked.sum() >= len(members):  # nobody should be asked about most of these
            continue
        members = members[~unasked]
        guessed = Counter(table.people[members][table.known[members] == MAYBE].tolist())
        person, count = guessed.most_common(1)[0] if guessed else (0, 0)
        if 2 * count >= len(members):
            own = members[table.people[members] == person]
            own = _one_a_unit(table, own[np.argsort(-table.sure[own], kind="stable")])
            same.append((-float(table.sure[own].mean()), _question(table, own, names[person])))
        else:
            unknown = _one_a_unit(table, members[table.known[members] == NEW])
            if len(unknown) >= SMALLEST_GROUP:
                who.append(_question(table, unknown))
    who.sort(key=lambda question: (-len(question.faces), question.faces))
    return [*who, *(question for _, question in sorted(same, key=lambda pair: pair[0]))]


def screens(questions: Sequence[FaceQuestion]) -> Iterator[tuple[FaceQuestion, ...]]:
    """Yield the questions that one answer settles, in order: a question who somebody is alone;
    questions whether faces are known people's together, as many as have ON_A_SCREEN faces, sorted
    by name."""
    together: list[FaceQuestion] = []
    for question in questions:
        faces = sum(len(each.faces) for each in (*together, question))
        if together and (not (question.person and together[0].person) or faces > ON_A_SCREEN):
            yield tuple(sorted(together, key=_person))
            together = []
        together.append(question)
    if together:
        yield tuple(sorted(together, key=_person))


def gain(table: FaceTable, questions: Sequence[FaceQuestion]) -> Gain:
    """Return what the next MANY_ANSWERS answers to these questions are worth, or all, if they are
    fewer."""
    asked = [*islice(screens(questions), MANY_ANSWERS)]
    faces = [face_id for screen in asked for question in screen for face_id in question.faces]
    photos = np.unique(table.files[np.isin(table.ids, faces)])
    return Gain(len(asked), len(photos), len(np.unique(table.files)))


def _person(question: FaceQuestion) -> str:
    return question.person


def _groups(table: FaceTable) -> Iterator[Ints]:
    """Yield the indices of each group's faces that have no sure person and are faces."""
    open_faces = np.flatnonzero(np.isin(table.known, OPEN) & (table.groups >= 0))
    ordered = open_faces[np.argsort(table.groups[open_faces], kind="stable")]
    if len(ordered):
        yield from np.split(ordered, np.flatnonzero(np.diff(table.groups[ordered])) + 1)


def _one_a_unit(table: FaceTable, faces: Ints) -> Ints:
    """Return the first face of each unit, in the given order."""
    _, first = np.unique(table.units[faces], return_index=True)
    return faces[np.sort(first)]


def _question(table: FaceTable, faces: Ints, person: str = "") -> FaceQuestion:
    photos = len(np.unique(table.files[faces]))
    return FaceQuestion(tuple(table.ids[faces].tolist()), photos, person)
