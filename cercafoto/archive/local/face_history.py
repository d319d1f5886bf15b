"""Record what actions change in the file of faces, so that they can be undone, latest first.

The rows that the person gave are compared before and after an action, within its transaction. What
the program guesses is not recorded: it is guessed again. Forgetting somebody deletes the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import FACE, NAME, NEW, NOT_REFUSED, REFUSED
from cercafoto.base.italian_counts import thousands

KEPT_ACTIONS = 100


# What somebody did, as `persone annulla` says it.
VERBS = {
    "nome": "{faces} di {who}",
    "no": "{faces}, «non è {who}»",
    "non-volto": "{faces}, «non è un volto»",
    "non-chiedere": "{faces}, «non chiedere»",
    "richiedi": "{faces} da chiedere di nuovo",
    "unisci": "una persona sola, {who}",
    "rinomina": "nome cambiato, {who}",
    "togli-nome": "nome tolto a {who}",
}


@dataclass(frozen=True)
class FaceAction:
    """An action on faces that can be undone, or was.

    verb: one of VERBS. who: the names it was about, "" if none.
    at: local time, ISO 8601. faces: how many faces it changed.
    """

    action_id: int
    verb: str
    who: str
    at: str
    faces: int

    @property
    def said(self) -> str:
        """What was done, in Italian."""
        faces = "1 volto" if self.faces == 1 else f"{thousands(self.faces)} volti"
        return VERBS.get(self.verb, self.verb).format(who=self.who, faces=faces)


class _Given(NamedTuple):
    """What people gave: face id -> (said, person), without NEW; person id -> name; refusals."""

    faces: dict[int, tuple[int, int | None]]
    people: dict[int, str]
    refused: set[tuple[int, int]]


@contextmanager
def recorded(store: FaceStore, verb: str, who: str) -> Iterator[None]:
    """Write all changes of the block as one action that can be undone, or none if it raises."""
    with store.transaction():
        before = _given(store)
        yield
        changes = [*_differences(before, _given(store))]
        if changes:
            faces = {face for kind, face, *_ in changes if kind != NAME}
            action = store.connection.execute(
                "INSERT INTO actions(verb, who, at, faces) VALUES (?, ?, ?, ?)",
                (verb, who, datetime.now().isoformat(timespec="seconds"), len(faces)),
            ).lastrowid
            store.connection.executemany(
                f"INSERT INTO changes(action, kind, face, said, person, name) "
                f"VALUES ({action}, ?, ?, ?, ?, ?)",
                changes,
            )
            store.connection.execute(
                "DELETE FROM actions WHERE id <= ?", ((action or 0) - KEPT_ACTIONS,)
            )


def _given(store: FaceStore) -> _Given:
    execute = store.connection.execute
    faces = execute(f"SELECT id, said, person FROM faces WHERE said <> {NEW}")
    return _Given(
        {face: (said, person) for face, said, person in faces},
        dict(execute("SELECT id, name FROM people").fetchall()),
        set(execute("SELECT face, person FROM refused").fetchall()),
    )


_Change = tuple[int, "int | None", "int | None", "int | None", "str | None"]


def _differences(before: _Given, after: _Given) -> Iterable[_Change]:
    """Yield what was before, where something is different: kind, face, said, person, name."""
    for person in sorted(before.people.keys() | after.people.keys()):
        if (name := before.people.get(person)) != after.people.get(person):
            yield NAME, None, None, person, name
    for face in sorted(before.faces.keys() | after.faces.keys()):
        was = before.faces.get(face, (NEW, None))
        if was != after.faces.get(face, (NEW, None)):
            yield FACE, face, *was, None
    for face, person in sorted(before.refused - after.refused):
        yield REFUSED, face, None, person, None
    for face, person in sorted(after.refused - before.refused):
        yield NOT_REFUSED, face, None, person, None


def last_action(store: FaceStore) -> FaceAction | None:
    """Return the last action that was not undone, None if there is none."""
    rows = store.sound_rows(
        "id, verb, who, at, faces", "actions ORDER BY id DESC LIMIT 1", {"actions": "actions"}
    )
    for action, verb, who, at, faces in rows:
        return FaceAction(action, verb, who, at, faces)
    return None


def undo(store: FaceStore, action: FaceAction) -> None:
    """Undo the last action. Call inside a transaction.

    Photos may have come and gone since. A name that a new person has meanwhile is that person's.
    """
    execute = store.connection.execute
    changes = store.sound_rows(
        "kind, face, said, person, name",
        "changes AS c WHERE action = ? ORDER BY id",
        {"c": "changes"},
        action.action_id,
    )
    names: dict[int, str | None] = {
        person: name for kind, _, _, person, name in changes if kind == NAME
    }
    now: dict[int, int] = {}  # person -> who has the name
    for person, name in names.items():
        if name is None:
            continue
        other = store.person(name)
        if other is not None and other != person and names.get(other, "") is not None:
            now[person] = other
            store.merge(person, other)
        elif execute("UPDATE people SET name = ? WHERE id = ?", (name, person)).rowcount == 0:
            execute("INSERT INTO people(id, name) VALUES (?, ?)", (person, name))
    for kind, face, said, person, _ in changes:  # refusals come last
        whose = now.get(person, person)
        if kind == FACE:
            store.say([face], said, whose)
        elif kind == REFUSED:
            execute("INSERT OR IGNORE INTO refused(face, person) VALUES (?, ?)", (face, whose))
        elif kind == NOT_REFUSED:
            execute("DELETE FROM refused WHERE face = ? AND person = ?", (face, whose))
    for person, name in names.items():
        if name is None:
            store.drop_unused(person)
    execute("DELETE FROM actions WHERE id = ?", (action.action_id,))
