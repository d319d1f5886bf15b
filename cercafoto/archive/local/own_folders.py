"""Know which folders are the person's own, whatever the catalogue says.

The catalogue names indexed folders and their photos, and an archive may come from anywhere. So a
folder that the person named on this computer is stored with a seal (`base/seals.py`). Beside photos
that lie elsewhere nothing is written, and they are not moved, until the person confirms it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.paths import folder_of, is_inside
from cercafoto.base.seals import Seals
from cercafoto.photos.opening import LINKED, has_plain_parts

if TYPE_CHECKING:
    from cercafoto.archive.local.catalog import Catalog

PURPOSE = "folder"  # of these seals


class Place(NamedTuple):
    """A folder, or a photo that was indexed alone.

    follow: whether the person wants links in the folder to be followed.
    """

    path: bytes
    follow: bool


class OwnFolders:
    """The folders with a right seal, and what a run finds in others.

    waiting: folder -> number of files in it that wait for the person.
    confirmed: folders that the person confirmed in this run. `keep` stores them.
    """

    def __init__(self, catalog: Catalog, seals: Seals, confirmed: bool = False) -> None:
        """confirmed: whether the person confirmed all folders."""
        self._catalog, self._seals = catalog, seals
        self._confirms = confirmed
        rows = [
            (Place(path, bool(follow)), seal) for path, follow, seal in catalog.folders.sealed()
        ]
        self._own = [place for place, seal in rows if self._is_right(place, seal)]
        self._real = {place: os.path.realpath(place.path) for place in self._own}
        self._known: dict[bytes, bool] = {}  # folder of photos -> whether it is the person's
        self._new: set[Place] = set()
        self.waiting: dict[bytes, int] = {}

    @property
    def confirmed(self) -> list[bytes]:
        return sorted(place.path for place in self._new)

    def has(self, photo: bytes) -> bool:
        """Whether a photo lies in a folder of the person's. Links are resolved, except in a
        folder in which the person wants them followed. Raises OSError as `waits`."""
        if not has_plain_parts(photo) or b"\0" in photo:
            raise OSError(0, LINKED)
        folder = folder_of(photo)
        if folder not in self._known:
            real = os.path.realpath(folder)
            self._known[folder] = any(
                is_inside(real, self._real[place])
                or (place.follow and is_inside(folder, place.path))
                for place in self._own
            )
        return self._known[folder] or any(photo == place.path for place in self._own)

    def waits(self, photo: bytes) -> bool:
        """Whether a photo, which is then counted, lies in a folder that the person has to confirm
        first. Raises OSError for a path that leads elsewhere than it says."""
        if self.has(photo):
            return False
        place = self._place_of(photo)
        if self._confirms:
            self._new.add(place)
            return False
        self.waiting[place.path] = self.waiting.get(place.path, 0) + 1
        return True

    def keep(self) -> None:
        """Store what the person confirmed in this run."""
        if self._new:
            with self._catalog.transaction():
                self.store(self._new)

    def named(self, paths: Sequence[bytes], follow: bool | None) -> set[Place]:
        """Return what is to be stored after the person named these folders and photos.

        paths: none for all that are the person's already.
        follow: whether links in them are to be followed; None: as before.
        """
        new = set[Place]()
        for path in paths:
            real = os.path.realpath(path)  # of a link that leads out of an own folder
            around = [
                place
                for place in self._own
                if is_inside(path, place.path)
                and (place.follow or is_inside(real, self._real[place]) or path == place.path)
            ]
            within = [place for place in self._own if is_inside(place.path, path)]
            if not around:
                new.add(Place(path, any(p.follow for p in within) if follow is None else follow))
            if follow is not None:
                new |= {Place(place.path, follow) for place in around + within}
        if not paths and follow is not None:
            new = {Place(place.path, follow) for place in self._own}
        return new.difference(self._own)

    def store(self, places: Iterable[Place]) -> None:
        """Store places as the person's. Without a key nothing is stored. Call inside a
        transaction."""
        for place in sorted(places):
            if seal := self._seals.seal(PURPOSE, place.path, _flag(place)):
                self._catalog.folders.keep_sealed(place.path, place.follow, seal)

    def _place_of(self, photo: bytes) -> Place:
        """Return what the person has to confirm: the indexed folder of a photo, or its own folder
        if it was indexed alone."""
        indexed = self._catalog.folders.indexed_folders()
        around = [folder for folder in indexed if is_inside(photo, folder)]
        folder = max(around, key=len, default=folder_of(photo))
        return Place(folder, indexed.get(folder, False))

    def _is_right(self, place: Place, seal: object) -> bool:
        if not isinstance(place.path, bytes):  # a row may hold anything
            return False
        return self._seals.is_right(seal, PURPOSE, place.path, _flag(place))


def _flag(place: Place) -> bytes:
    return b"follow" if place.follow else b""
