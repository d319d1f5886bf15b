"""Keep the names of people in the file of faces, and read which faces bear them."""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.archive.local.face_file import FaceFile, damaged, faces_translated
from cercafoto.archive.local.face_tables import CONFIRMED, FROM_FILE, MAYBE, NEVER_AGAIN, NEW
from cercafoto.base.word_stems import fold
from cercafoto.photos.person import Box

BOX = "f.x, f.y, f.width, f.height"
IS_NAMED = f"said IN ({CONFIRMED}, {FROM_FILE})"


class NamedFace(NamedTuple):
    """A face with a name.

    is_sure: False if the person still has to say whether it is theirs.
    is_said: whether somebody said the name here, so that it counts more than a name in the file.
    """

    digest: bytes
    name: str
    box: Box
    is_sure: bool
    is_said: bool = False


class FaceNames(FaceFile):
    """The part of the open file that is about people."""

    def people(self) -> dict[int, str]:
        """Return id -> name of every person, sorted by name."""
        return {
            person: str(name)
            for person, name in self.sound_rows(
                "id, name", "people ORDER BY name", {"people": "people"}
            )
        }

    def person(self, name: str) -> int | None:
        """Return the id of the person with this name, whatever its capitals and accents; None if
        there is none."""
        folded = fold(name)
        return next((i for i, own in self.people().items() if fold(own) == folded), None)

    def make_person(self, name: str) -> int:
        """Return the id of the person with this name, made if new. Call inside a transaction."""
        known = self.person(name)
        if known is not None:
            return known
        # An action that can be undone may know an id that is free now.
        last = "SELECT max(coalesce((SELECT max(id) FROM people), 0), " + (
            "coalesce((SELECT max(person) FROM changes), 0))"
        )
        return int(
            self.connection.execute(
                f"INSERT INTO people(id, name) VALUES (({last}) + 1, ?)", (name,)
            ).lastrowid
            or 0
        )

    def merge(self, person: int, into: int) -> None:
        """Give all faces of a person to another one, and delete the first. Call inside a
        transaction."""
        for table in ("faces", "guesses"):
            self.connection.execute(
                f"UPDATE {table} SET person = ? WHERE person = ?", (into, person)
            )
        self.connection.execute(
            "UPDATE OR IGNORE refused SET person = ? WHERE person = ?", (into, person)
        )
        self.connection.execute("DELETE FROM people WHERE id = ?", (person,))

    def rename(self, person: int, name: str) -> None:
        """Give a person a name that nobody else has. Call inside a transaction."""
        self.connection.execute("UPDATE people SET name = ? WHERE id = ?", (name, person))

    def drop_unused(self, person: int, with_refusals: bool = False) -> None:
        """Delete a person of whom nobody has said a face, nor denied one. Call inside a
        transaction.

        with_refusals: delete the person with what was denied.
        """
        is_said = "SELECT 1 FROM faces WHERE person = ?1"
        if not with_refusals:
            is_said += " UNION SELECT 1 FROM refused WHERE person = ?1"
        if not self.connection.execute(is_said, (person,)).fetchone():
            self.connection.execute(
                f"UPDATE guesses SET known = {NEW}, person = NULL, sure = 0 WHERE person = ?",
                (person,),
            )
            self.connection.execute("DELETE FROM people WHERE id = ?", (person,))

    def named_faces(self) -> list[NamedFace]:
        """Return every face with a name, sorted by name, the surest first."""
        names = self.people()
        told = self.sound_rows(
            f"f.digest, f.person, {BOX}, said, 1.0",
            f"faces AS f WHERE person IS NOT NULL AND {IS_NAMED}",
            {"f": "faces"},
        )
        guessed = self.sound_rows(
            f"f.digest, g.person, {BOX}, known, sure",
            "guesses AS g JOIN faces AS f ON f.id = g.face "
            f"WHERE g.person IS NOT NULL AND said = {NEW}",
            {"g": "guesses", "f": "faces"},
        )
        rows = [*told, *guessed]
        if any(person not in names for _, person, *_ in rows):
            raise damaged(self.path)
        rows.sort(key=lambda row: (names[row[1]].lower(), -row[-1]))
        return [
            NamedFace(digest, names[person], tuple(box), known != MAYBE, known == CONFIRMED)
            for digest, person, *box, known, _ in rows
        ]

    def refusals(self) -> list[NamedFace]:
        """Return every face of which somebody denied a name, with that name."""
        return [
            NamedFace(digest, str(name), tuple(box), is_sure=False, is_said=True)
            for digest, name, *box in self.sound_rows(
                f"f.digest, name, {BOX}",
                "refused AS r JOIN faces AS f ON f.id = r.face JOIN people AS p ON p.id = r.person",
                {"r": "refused", "f": "faces", "p": "people"},
            )
        ]

    def forget_person(self, person: int) -> int:
        """Delete a person with the vectors of all faces that are theirs or may be. Return how many
        faces. Their photos are not looked at again. No action can be undone any more: a name that
        the person had before would come back."""
        theirs = "person = ?1 OR id IN (SELECT face FROM guesses WHERE person = ?1)"
        with self.transaction():
            self.connection.execute(
                f"UPDATE editions SET edition = {NEVER_AGAIN} WHERE photo IN (SELECT id FROM "
                f"photos WHERE digest IN (SELECT digest FROM faces WHERE {theirs}))",
                (person,),
            )
            gone = self.connection.execute(f"DELETE FROM faces WHERE {theirs}", (person,)).rowcount
            self.connection.execute("DELETE FROM actions")
            self.connection.execute("DELETE FROM people WHERE id = ?", (person,))
        with faces_translated(self.path):
            self.connection.execute("VACUUM")
        return gone
