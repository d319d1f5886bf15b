"""Look up which photos of a catalogue show the people whose faces somebody has named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.file_stamp import stamp_of
from cercafoto.photos.person import Box, Region

if TYPE_CHECKING:
    from cercafoto.archive.local.database import Database
    from cercafoto.archive.local.face_store import NamedFace

_AT_ONCE = 500  # digests in a query


class FacePeople:
    """The people in `volti.db` by the ids of the catalogue. Nobody if there is no such file.

    path: of `volti.db`.
    """

    def __init__(self, path: Path, db: Database) -> None:
        self._path, self._db = path, db
        self._stamp: object = None
        self._named: dict[int, list[NamedFace]] = {}  # content id -> faces

    def contents(self) -> dict[str, set[int]]:
        """Return name -> ids of the contents that show the person."""
        return self._by_name(sure=True)

    def unsure(self) -> dict[str, set[int]]:
        """Return name -> ids of the contents that may show the person."""
        sure = self._by_name(sure=True)
        maybe = self._by_name(sure=False)
        return {name: contents - sure.get(name, set()) for name, contents in maybe.items()}

    def regions_of(self, content_id: int) -> list[Region]:
        """Return the people in a content and where their faces are, unsure ones left out."""
        faces = self._faces().get(content_id, ())
        return [Region(face.name, face.box) for face in faces if face.is_sure]

    def boxes_of(self, content_id: int) -> list[Box]:
        """Return where faces were found in a content, with and without a name."""
        row = self._path.exists() and self._db.row(
            "SELECT digest FROM contents WHERE id = ?", content_id
        )
        if not row:
            return []
        from cercafoto.archive.local.face_store import FaceStore

        with FaceStore.open(self._path) as store:
            return store.boxes(row[0])

    def digests(self) -> set[bytes]:
        """Return the SHA-256 of the catalogue's contents; none if there are no faces."""
        if not self._path.exists():
            return set()
        return {digest for (digest,) in self._db.rows("SELECT digest FROM contents")}

    def drop(self, digests: set[bytes]) -> None:
        """Delete the faces in these contents."""
        if digests:
            from cercafoto.archive.local.face_store import FaceStore

            with FaceStore.open(self._path) as store, store.transaction():
                store.drop_photos(digests)

    def _by_name(self, sure: bool) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for content, faces in self._faces().items():
            for face in faces:
                if face.is_sure is sure:
                    found.setdefault(face.name, set()).add(content)
        return found

    def _faces(self) -> dict[int, list[NamedFace]]:
        """Return the named faces of each content of the catalogue, read again after a change."""
        try:
            stamp = stamp_of(self._path.stat()), self._db.changes()
        except OSError:
            self._stamp, self._named = None, {}
            return {}
        if stamp != self._stamp:
            # Imported here: few archives have faces.
            from cercafoto.archive.local.face_store import FaceStore

            with FaceStore.open(self._path) as store:
                faces = store.named_faces()
            digests = [*{face.digest for face in faces}]
            content_of: dict[bytes, int] = {}
            for at in range(0, len(digests), _AT_ONCE):
                some = digests[at : at + _AT_ONCE]
                listed = ", ".join("?" * len(some))
                content_of |= self._db.rows(
                    f"SELECT digest, id FROM contents WHERE digest IN ({listed})", *some
                )
            named: dict[int, list[NamedFace]] = {}
            for face in faces:
                if face.digest in content_of:
                    named.setdefault(content_of[face.digest], []).append(face)
            self._stamp, self._named = stamp, named
        return self._named
