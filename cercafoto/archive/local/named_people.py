"""The people whom the metadata of photos name, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part
from cercafoto.archive.local.face_people import FacePeople, MarkedFace, MarkedFaces
from cercafoto.archive.queries.named_people import NamedPeople
from cercafoto.archive.queries.where_clause import where
from cercafoto.base.word_stems import fold
from cercafoto.errors import ArchiveError
from cercafoto.photos.person import Box, Region, on_a_face, turned, upright_box
from cercafoto.question.filters.filter import Filters

if TYPE_CHECKING:
    from cercafoto.photos.facts import Facts

_NAME = checked("people", "name")
# Whether cercafoto itself wrote a name into the sidecar.
_IS_OURS = (
    "CASE WHEN instr(sidecar_facts, '\"written\"') > 0 AND json_valid(sidecar_facts) THEN EXISTS "
    "(SELECT 1 FROM json_each(sidecar_facts, '$.written') WHERE value = people.folded) "
    "ELSE 0 END"
)


class LocalPeople(Part, NamedPeople):
    """The people whom metadata name, and those whose faces the person has named.

    faces: set by the archive; None in a catalogue that is opened by itself.
    """

    faces: FacePeople | None = None

    def are_known(self) -> bool:
        rows = self._db.number("SELECT EXISTS (SELECT 1 FROM people)")
        return bool(rows or self._of_faces())

    def known(self) -> list[str]:
        return sorted(self._by_fold().values(), key=fold)

    def _by_fold(self) -> dict[str, str]:
        """Return folded name -> name of all people."""
        # A step through the index for each name: reading thousands of rows per name is slower.
        rows = self._db.rows(
            "WITH RECURSIVE names(folded) AS (SELECT min(folded) FROM people UNION ALL "
            "SELECT (SELECT min(folded) FROM people WHERE folded > names.folded) FROM names "
            "WHERE folded IS NOT NULL) SELECT folded, "
            f"(SELECT {_NAME} FROM people WHERE people.folded = names.folded LIMIT 1) FROM names "
            "WHERE folded IS NOT NULL"
        )
        named = dict(rows)
        for folded in {name for name, _ in self._denied()}:
            if folded in named and not self._in_metadata(named[folded]):
                del named[folded]
        return {fold(name): name for name in self._of_faces()} | named

    def _denied(self) -> frozenset[tuple[str, int]]:
        """Return (folded name, content id) for the names in files that somebody has corrected."""
        return self.faces.denied(self._regions_of_contents) if self.faces else frozenset()

    def denied_names(self) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for name, content in self._denied():
            found[content] = found.get(content, frozenset()) | {name}
        return found

    def _regions_of_contents(self, contents: Iterable[int]) -> MarkedFaces:
        listed = json.dumps([*contents])
        return self._regions(
            f"{_IS_OURS} OR content_id IN (SELECT value FROM json_each(?))", listed
        )

    def _of_faces(self) -> dict[str, set[int]]:
        return self.faces.contents() if self.faces else {}

    def count(self, filters: Filters, among: Sequence[int] | None = None) -> list[tuple[str, int]]:
        names = self._by_fold()
        if not names:
            return []
        sql, values = where(filters, self._db.dialect)
        if among is not None:
            sql += " AND photos.id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(among)))
        chosen = [*values]
        seen = (
            f"SELECT folded, photos.id FROM people JOIN photos ON photos.id = photo_id WHERE {sql}"
        )
        if denied := self._denied():
            seen += (
                " AND (folded, content_id) NOT IN (SELECT json_extract(value, '$[0]'), "
                "json_extract(value, '$[1]') FROM json_each(?))"
            )
            values.append(json.dumps([*denied]))
        if self.faces and (named := self._of_faces()):
            of = self.faces.video_of
            faces = [
                (fold(name), of(face))
                for name, shown_faces in named.items()
                for face in shown_faces
            ]
            seen += (
                " UNION SELECT json_extract(value, '$[0]'), photos.id FROM json_each(?) JOIN "
                f"photos ON content_id = json_extract(value, '$[1]') WHERE {sql}"
            )  # the union counts a video once, however many of its frames show the person
            values += [json.dumps(faces), *chosen]
        rows = self._db.rows(
            f"SELECT folded, count(*) FROM ({seen}) GROUP BY folded ORDER BY 2 DESC, 1", *values
        )
        return [(names[folded], number) for folded, number in rows]

    def problem(self) -> ArchiveError | None:
        return self.faces.problem if self.faces else None

    def contents_named(self, name: str) -> tuple[int, ...]:
        if problem := self.problem():
            raise problem
        shown = set(self.unsure(name))
        for other, contents in self._of_faces().items():
            if fold(other) == fold(name):
                shown.update(contents)
        # Metadata name the people of a whole video. A face says more: when they are seen.
        seen = {self.faces.video_of(content) for content in shown} if self.faces else ()
        named = self._in_metadata(name).items()
        return tuple(sorted(shown.union(content for content, photo in named if photo not in seen)))

    def contents_with_names(self) -> tuple[int, ...]:
        if problem := self.problem():
            raise problem
        rows = self._db.rows(
            "SELECT DISTINCT folded, content_id FROM people JOIN photos ON photos.id = photo_id "
            "WHERE state = 'ok'"
        )
        named = {content for _, content in {*rows} - self._denied()}
        return tuple(sorted(named.union(*self._of_faces().values())))

    def number_named_by_files(self, name: str) -> int:
        """Return how many photos have metadata that name a person."""
        return self._db.number("SELECT count(*) FROM people WHERE folded = ?", fold(name))

    def unsure(self, name: str) -> tuple[int, ...]:
        if not self.faces:
            return ()
        unsure = {fold(own): contents for own, contents in self.faces.unsure().items()}
        return tuple(unsure.get(fold(name), set()) - self._in_metadata(name).keys())

    def unsure_in(self, content_id: int) -> list[str]:
        unsure = self.faces.unsure_in(content_id) if self.faces else set()
        sure = {fold(region.name) for region in self.regions_of(content_id)} if unsure else set()
        return sorted(name for name in unsure if fold(name) not in sure)

    def regions_of(self, content_id: int) -> list[Region]:
        found: dict[str, Region] = {}
        for region in self.faces.regions_of(content_id) if self.faces else ():
            found.setdefault(fold(region.name), region)
        for name, orientation, *sides in self._db.rows(
            f"SELECT {_NAME}, orientation, people.left, top, people.width, people.height "
            "FROM photos JOIN people ON photo_id = photos.id "
            "JOIN contents ON contents.id = content_id "
            "WHERE content_id = coalesce((SELECT video_id FROM moments WHERE content_id = ?1), ?1) "
            "AND state = 'ok' ORDER BY people.id",
            content_id,
        ):
            if (fold(name), content_id) in self._denied():
                continue
            box: Box | None = None if None in sides else (sides[0], sides[1], sides[2], sides[3])
            before = found.get(fold(name))
            if before is None or (before.box is None and box):
                otherwise = turned(box, orientation, back=True) if box else None
                if self.faces and box and otherwise and box != otherwise:
                    box = on_a_face(box, otherwise, self.faces.boxes_of(content_id))
                found[fold(name)] = Region(name, box, otherwise)
        return list(found.values())

    def regions_in_files(self, *, with_ours: bool = False) -> dict[bytes, list[Region]]:
        marked = self._regions("1" if with_ours else f"NOT {_IS_OURS}")
        return {digest: [each.region for each in faces] for (_, digest), faces in marked.items()}

    def _regions(self, which: str, *values: object) -> dict[tuple[int, bytes], list[MarkedFace]]:
        """Return content id and digest -> where the files of photos mark faces, each name once.
        which: an SQL condition for the photos and people."""
        rows = self._db.rows(
            f"SELECT content_id, digest, people.folded, {_IS_OURS}, {_NAME}, orientation, "
            "people.left, top, people.width, people.height FROM people "
            "JOIN photos ON photos.id = photo_id JOIN contents ON contents.id = content_id "
            f"WHERE people.left IS NOT NULL AND state = 'ok' AND ({which}) ORDER BY people.id",
            *values,
        )
        found: dict[tuple[int, bytes], dict[str, MarkedFace]] = {}
        for content, digest, folded, is_ours, name, orientation, *sides in rows:
            box = (sides[0], sides[1], sides[2], sides[3])
            region = Region(name, box, turned(box, orientation, back=True))
            face = MarkedFace(region, bool(is_ours))
            found.setdefault((content, digest), {}).setdefault(folded, face)
        return {key: [*faces.values()] for key, faces in found.items()}

    def _in_metadata(self, name: str) -> dict[int, int]:
        """Return the contents of the photos whose metadata name a person, and all frames of videos:
        id -> id of the photo's content."""
        rows = dict(
            self._db.rows(
                "SELECT coalesce(moments.content_id, photos.content_id), photos.content_id "
                "FROM people CROSS JOIN photos ON photos.id = photo_id "
                "LEFT JOIN moments ON video_id = photos.content_id "
                "WHERE people.folded = ? AND photos.state = 'ok'",
                fold(name),
            )
        )
        denied = {content for folded, content in self._denied() if folded == fold(name)}
        return {each: photo for each, photo in rows.items() if photo not in denied}

    def stored_size(self, content_id: int) -> tuple[int, int, int]:
        width, height, orientation = self._db.row(
            f"SELECT {checked('contents', 'width')}, height, orientation FROM contents "
            "WHERE id = ?",
            content_id,
        )
        return (height, width, orientation) if orientation >= 5 else (width, height, orientation)

    # -- written, within a transaction ---------------------------------------------------------

    def write(self, photo_id: int, facts: Facts, size: tuple[int, int], orientation: int) -> None:
        """Replace the people of a photo. size: width and height of the upright picture."""
        self._db.execute("DELETE FROM people WHERE photo_id = ?", (photo_id,))
        self._db.executemany(
            "INSERT OR IGNORE INTO people(photo_id, name, folded, left, top, width, height) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(photo_id, person.name, fold(person.name)),
                    *(upright_box(person, *size, orientation) or (None,) * 4),
                )
                for person in facts.people
            ),
        )
