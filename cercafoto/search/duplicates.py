"""Photos that an archive holds more than once, and which of them is best kept.

Copies with the same bytes are known by their content. Copies that were compressed again, made
smaller, trimmed or brightened are sought among photos whose vectors are close, and recognised by
comparing the pictures themselves, read from their files. Groups grow from pair to pair, but a
photo stays in one only if it is a copy of the very photo that the group would keep: a series that
drifts from shot to shot is no group.

Nothing is deleted, and nothing is suggested on trust: a photo that is gone, or is no longer what
was indexed, is in no group.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Ints
from cercafoto.base.cores import usable_cores
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.perceptual import SIDE, Bytes, same_picture, thumbnail_of
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.results import PhotoFile
from cercafoto.search.same_shot import other_moment

GONE = "non c'è più"
# As `perceptual.thumbnail` looks at a picture: the mean of what each cell covers.
_CELLS = Preprocessing(SIDE, "exact", SIDE, "box", (0.0,) * 3, (1.0,) * 3)
# A process that decodes takes a tenth of a second to start: what some photos take.
PHOTOS_PER_PROCESS = 8

CHANGED = "è cambiata dopo l'ultimo «cercafoto index»"


@dataclass(frozen=True)
class Group:
    """One picture in several files.

    best: the one to keep.
    why: the reason for it and not the next.
    others: best first.
    """

    best: PhotoFile
    why: str
    others: tuple[PhotoFile, ...]

    @property
    def exact(self) -> frozenset[bytes]:
        """Paths that hold the same bytes as `best`."""
        return frozenset(f.path for f in self.others if f.content_id == self.best.content_id)


@dataclass(frozen=True)
class Duplicates:
    """Photos that an archive holds more than once.

    groups: in the order of their best photos' paths.
    skipped: (path, why) of photos that could not be compared.
    photos: how many were looked at.
    compared: how many were read again.
    """

    groups: tuple[Group, ...]
    skipped: tuple[tuple[bytes, str], ...]
    photos: int
    compared: int


def find_duplicates(
    archive: LocalArchive,
    folders: Sequence[Path],
    outside: Sequence[Path],
    exact: bool,
    reporter: Reporter = SILENT,
) -> Duplicates:
    """Find the photos that the archive holds more than once; see `Library.duplicates`."""
    with archive.catalog() as catalog:
        files = catalog.photos.files(archive.known_folders(folders), archive.known_folders(outside))
        contents = np.unique(np.array([file.content_id for file in files], np.int64))
        none = np.empty((0, 2), np.int64)
        close = none if exact or not files else archive.embeddings.close_pairs(contents)
        opened = PhotoFolders.fixed(archive.indexed_folders())
    return find(files, close, opened, reporter)


def find(
    files: Sequence[PhotoFile], close: Ints, folders: PhotoFolders, reporter: Reporter = SILENT
) -> Duplicates:
    """Group `files`: by content, and by picture where a pair of contents is `close`, [P, 2].

    folders: those beneath which the files are opened.
    """
    search = _Search(files, folders)
    pictures = search.pictures(np.unique(close).tolist(), reporter)
    sets = [list(s) for s in _copies(search, pictures, close)]
    grouped = {content for s in sets for content in s}
    sets += [[c] for c, same in search.files.items() if len(same) > 1 and c not in grouped]
    groups = [group for s in sets if (group := search.group(s)) is not None]
    groups.sort(key=lambda group: group.best.path)
    return Duplicates(
        tuple(groups), tuple(sorted(search.skipped.items())), len(files), len(pictures)
    )


def same_pictures(
    files: Sequence[PhotoFile], close: Ints, folders: PhotoFolders, reporter: Reporter = SILENT
) -> list[tuple[int, int]]:
    """Choose those pairs of contents, of the `close` ones, [P, 2], that show one picture.

    folders: those beneath which the files are opened.
    """
    search = _Search(files, folders)
    pictures = search.pictures(np.unique(close).tolist(), reporter)
    pairs = [(a, b) for a, b in close.tolist() if a in pictures and b in pictures]
    same = _same(search, pictures, pairs)
    return [pair for pair, yes in zip(pairs, same, strict=True) if yes]


class _Search:
    """The files by content, and what the disk says of them now."""

    def __init__(self, files: Sequence[PhotoFile], folders: PhotoFolders) -> None:
        self._folders = folders
        self.files: dict[int, list[PhotoFile]] = {}
        for file in files:
            self.files.setdefault(file.content_id, []).append(file)
        self.skipped: dict[bytes, str] = {}

    def there(self, content: int) -> Iterator[tuple[PhotoFile, tuple[int, int]]]:
        """List the files of a content that are still what was indexed, and their numbers on
        disk."""
        for file in self.files[content]:
            try:
                status = Path(os.fsdecode(file.path)).stat()
            except OSError:
                self.skipped[file.path] = GONE
                continue
            if stamp_of(status) == (file.size, file.mtime_ns):
                yield file, (status.st_dev, status.st_ino)
            else:
                self.skipped[file.path] = CHANGED

    def pictures(self, contents: Sequence[int], reporter: Reporter) -> dict[int, Bytes]:
        """Make thumbnails of the contents that can be read."""
        thumbnails: dict[int, Bytes] = {}
        number = min(usable_cores(), -(-len(contents) // PHOTOS_PER_PROCESS))
        if not number:
            return thumbnails
        pool = ThreadPoolExecutor(number)
        decoders = Decoders(_CELLS, number, folders=self._folders)
        try:
            looked_at = pool.map(partial(self._picture, decoders), contents)
            for done, (content, picture) in enumerate(
                zip(contents, looked_at, strict=True), start=1
            ):
                if picture is not None:
                    thumbnails[content] = picture
                last = os.fsdecode(self.files[content][0].path)
                reporter.progress(PHOTOS, done, len(contents), last)
        finally:
            decoders.__exit__()  # first: Ctrl-C need not wait for what they have in hand
            pool.shutdown(cancel_futures=True)
        return thumbnails

    def _picture(self, decoders: Decoders, content: int) -> Bytes | None:
        for file, _ in self.there(content):
            try:
                return thumbnail_of(decoders.look_at(file.path).image or b"")
            except ImageError:
                self.skipped[file.path] = "non si legge più"
        return None

    def best(self, contents: Iterable[int]) -> list[int]:
        """Sort contents, the one with the best photo first."""
        return sorted(contents, key=lambda c: min(map(_rank, self.files[c])))

    def group(self, contents: Sequence[int]) -> Group | None:
        """Group the files that are there, each counted once however many names it has."""
        once: dict[tuple[int, int], PhotoFile] = {}
        files = [pair for content in contents for pair in self.there(content)]
        for file, number in sorted(files, key=lambda pair: _rank(pair[0])):
            # A hard link, or a folder reached by two ways: deleting it would free nothing, or
            # delete the only copy.
            once.setdefault(number, file)
        members = list(once.values())
        if len(members) < 2:
            return None
        return Group(members[0], _why(members[0], members[1]), tuple(members[1:]))


def _copies(search: _Search, pictures: dict[int, Bytes], close: Ints) -> Iterator[list[int]]:
    """Yield sets of contents that show one picture, the best first."""
    pairs = [(a, b) for a, b in close.tolist() if a in pictures and b in pictures]
    same = _same(search, pictures, pairs)
    together = _UnionFind()
    for (a, b), yes in zip(pairs, same, strict=True):
        if yes:
            together.join(a, b)
    for members in together.sets():
        remaining = search.best(members)
        while len(remaining) > 1:
            first, *others = remaining
            near = _same(search, pictures, [(first, other) for other in others])
            group = [first, *(o for o, yes in zip(others, near, strict=True) if yes)]
            if len(group) > 1:
                yield group
            remaining = [o for o, yes in zip(others, near, strict=True) if not yes]


def _same(
    search: _Search, pictures: dict[int, Bytes], pairs: Sequence[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Tell whether each pair of contents is one picture, and not two moments of a series."""
    result = np.zeros(len(pairs), bool)
    for at in range(0, len(pairs), 4096):  # so that the thumbnails stacked stay few
        part = pairs[at : at + 4096]
        result[at : at + 4096] = same_picture(
            np.stack([pictures[a] for a, _ in part]), np.stack([pictures[b] for _, b in part])
        )
    for i in np.flatnonzero(result).tolist():
        a, b = (search.files[content][0] for content in pairs[i])
        result[i] = not other_moment(a, b)
    return result


def _rank(file: PhotoFile) -> tuple[int, int, str, int, bytes]:
    """Rank a photo, the best to keep first: most pixels, then the larger file (less compressed,
    with more metadata), then the earliest date, the oldest file, and the path."""
    pixels = file.width * file.height
    date = (file.taken_at or "").ljust(10, "9")  # a month behind its days, no date behind all
    return -pixels, -file.size, date, file.mtime_ns, file.path


_REASONS = (
    "ha più pixel",
    "è il file più grande",
    "ha la data più antica",
    "è il file più vecchio",
    "viene prima in ordine di nome",
)


def _why(best: PhotoFile, next_: PhotoFile) -> str:
    ranks = zip(_rank(best), _rank(next_), _REASONS, strict=True)
    return next(reason for ours, theirs, reason in ranks if ours != theirs)


class _UnionFind:
    """Sets that grow by pairs."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def _top(self, item: int) -> int:
        path = []
        while (above := self._above.setdefault(item, item)) != item:
            path.append(item)
            item = above
        for passed in path:
            self._above[passed] = item
        return item

    def join(self, a: int, b: int) -> None:
        self._above[self._top(a)] = self._top(b)

    def sets(self) -> list[list[int]]:
        sets_by_top: dict[int, list[int]] = {}
        for item in sorted(self._above):
            sets_by_top.setdefault(self._top(item), []).append(item)
        return list(sets_by_top.values())
