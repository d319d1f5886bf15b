"""Put like faces together, and give new faces to people whom somebody has named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.face_store import FaceTable
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, MAYBE, NEW
from cercafoto.base.arrays import Floats, Ints, unit
from cercafoto.faces.likeness import ASKED_FROM, Likeness

# Mean cosine from which two groups are one, with SFace.
SAME = 0.42
# A face is a person's from this mean cosine with the person's likest confirmed faces, if the next
# person is so much less like it; from ASKED_FROM on it is a question.
ATTACHED_FROM, MARGIN = 0.45, 0.05
_BLOCK = 512  # rows of cosines held at a time
_likeness = Likeness()


def groups_in(table: FaceTable, which: NDArray[np.bool_]) -> Ints:
    """Return the number of the group of each face of `which` [n]. First the like faces in a video
    are grouped, so that to the others a video weighs as much as a photo."""
    vectors, files, photos = table.vectors[which], table.files[which], table.photos[which]
    parts = np.arange(len(vectors))
    order = np.argsort(files, kind="stable")
    for file in np.split(order, np.flatnonzero(np.diff(files[order])) + 1):
        if len(file) > 1 and (photos[file] != photos[file[0]]).any():  # several frames of a video
            parts[file] = file[groups_of(vectors[file])]
    _, number = np.unique(parts, return_inverse=True)
    return groups_of(means(vectors, number))[number]


def means(vectors: Floats, number: Ints) -> Floats:
    """Return the mean of the vectors that have each number, from 0, scaled to length one."""
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=-1))
    return unit(np.add.reduceat(vectors[order], starts, axis=0)) if len(order) else vectors


def groups_of(vectors: Floats) -> Ints:
    """Return the number of each vector's group [n], by average linkage: two groups become one if
    the mean cosine between their members is high enough. Groups are numbered by their first member,
    from 0.

    vectors: float32 [n, D], of length one.

    Every round merges all pairs of groups that are each other's likest, which gives the same groups
    as merging one pair at a time. A mean cosine is a product of two sums, so no matrix of n by n
    numbers is held. A group whose likest other one is too far stays as it is: merging never brings
    others nearer than the nearest of their parts.
    """
    # Equal vectors first: a thousand equals would need a thousand rounds.
    _, firsts, label, counts = np.unique(
        vectors, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    sizes = counts.astype(np.float32)
    sums = vectors[firsts] * sizes[:, None]
    alive = np.arange(len(sums))  # groups that may still merge, by their first member
    likest, cosine = np.full(len(sums), -1), np.full(len(sums), -1.0, np.float32)
    stale = alive
    while len(alive) > 1:
        _find_likest(stale, alive, sums, sizes, likest, cosine)
        alive = alive[cosine[alive] >= SAME]
        mutual = alive[likest[likest[alive]] == alive]
        first = mutual[mutual < likest[mutual]]
        if not len(first):
            if not len(alive):
                break
            # Rounding made a circle of equals: merge the likest pair.
            best = alive[np.argmax(cosine[alive])]
            first = np.array([min(best, likest[best])])
        second = likest[first]
        sums[first] += sums[second]
        sizes[first] += sizes[second]
        into = np.arange(len(sums))
        into[second] = first
        label = into[label]
        alive = alive[~np.isin(alive, second)]
        changed = np.zeros(len(sums), bool)
        changed[first] = changed[second] = True
        stale = alive[changed[alive] | changed[likest[alive]]]
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    numbers: Ints = np.argsort(np.argsort(first))[group].astype(np.int64)
    return numbers


def _find_likest(
    rows: Ints, alive: Ints, sums: Floats, sizes: Floats, likest: Ints, cosine: Floats
) -> None:
    """Write into `likest` and `cosine` the likest group of each group in `rows`, among `alive`."""
    means = sums[alive] / sizes[alive, None]
    at = np.searchsorted(alive, rows)
    for start in range(0, len(rows), _BLOCK):
        block = at[start : start + _BLOCK]
        found = means[block] @ means.T
        found[np.arange(len(block)), block] = -np.inf
        best = found.argmax(axis=1)
        likest[alive[block]] = alive[best]
        cosine[alive[block]] = found[np.arange(len(block)), best]


class Guess(NamedTuple):
    """What a face seems to be by likeness: `known` is ATTACHED, MAYBE or NEW (person 0)."""

    known: int
    person: int
    sure: float


def attached(table: FaceTable) -> Mapping[int, Guess]:
    """Return a guess for each face that nobody has decided about: face id -> guess.

    Only confirmed faces are compared with, so that one guess never leads to another. A person
    appears once in a photo at most. Faces of one unit are compared by their mean.
    """
    open_faces = np.flatnonzero(np.isin(table.known, (NEW, ATTACHED, MAYBE)))
    confirmed = np.flatnonzero(table.known == CONFIRMED)
    guesses = {int(table.ids[at]): Guess(NEW, 0, 0.0) for at in open_faces}
    people = np.unique(table.people[confirmed])
    if not len(people):
        return guesses
    there = set(
        zip(table.photos[confirmed].tolist(), table.people[confirmed].tolist(), strict=True)
    )
    _, unit_of = np.unique(table.units[open_faces], return_inverse=True)
    vectors = means(table.vectors[open_faces], unit_of)
    likeness = _likeness.of(vectors, [_own(table, confirmed, person) for person in people])
    column = {int(person): at for at, person in enumerate(people)}
    row = dict(zip(table.ids[open_faces].tolist(), unit_of.tolist(), strict=True))
    for face, person in table.refused:
        if face in row and person in column:
            likeness[row[face], column[person]] = -1.0
    best = likeness.argmax(axis=1)
    sure = likeness.max(axis=1)
    likeness[np.arange(len(best)), best] = -1.0
    clear = sure - likeness.max(axis=1) >= MARGIN
    near_mean = np.einsum("ij,ij->i", table.vectors[open_faces], vectors[unit_of])
    # The surest face of a photo takes the person; of one unit, the face nearest to its mean.
    for face in np.lexsort([-near_mean, -sure[unit_of]]):
        at, number = open_faces[face], unit_of[face]
        person = int(people[best[number]])
        place = (int(table.photos[at]), person)
        if sure[number] < ASKED_FROM:
            break
        if place in there:
            continue
        is_sure = sure[number] >= ATTACHED_FROM and clear[number]
        if is_sure:
            there.add(place)
        guess = Guess(ATTACHED if is_sure else MAYBE, person, round(float(sure[number]), 4))
        guesses[int(table.ids[at])] = guess
    return guesses


def _own(table: FaceTable, confirmed: Ints, person: int) -> Floats:
    """Return the vectors of a person's confirmed faces; of those in one video, their mean."""
    faces = confirmed[table.people[confirmed] == person]
    _, video = np.unique(table.files[faces], return_inverse=True)
    return means(table.vectors[faces], video)
