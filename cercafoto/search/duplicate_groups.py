"""Photos that an archive holds more than once, and which of them is best kept.

Copies with the same bytes are known by their content. Copies that were compressed again, made
smaller, trimmed or brightened are sought among photos whose vectors are close, and recognised by
comparing the pictures themselves, read from their files: from afar, and those that then look alike
once more by their detail. Two papers whose words were read and differ, two names with different
days, and a RAW and its JPEG are no copies, however alike. Groups grow from pair to pair, but a
photo stays in one only if it is a copy of the very photo that the group would keep: a series that
drifts from shot to shot is no group.

Nothing is deleted, and nothing is suggested on trust: a photo that is gone, or is no longer what
was indexed, is in no group.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Ints
from cercafoto.base.cores import usable_cores
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.file_names import are_of_other_days
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.perceptual import FINE_SIDE, SIDE, Bytes, same_picture, thumbnail_of
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.results import PhotoFile
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.ranking import RAW, Ranking
from cercafoto.search.same_shot import is_other_frame

# Tells whether words were read in two contents, and say that these are two papers.
Differ = Callable[[int, int], bool]

GONE = "non c'è più"
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
    prefer: Sequence[Path] = (),
    reporter: Reporter = SILENT,
) -> Duplicates:
    """Find the photos that the archive holds more than once; see `Library.duplicates`."""
    with archive.catalog() as catalog:
        files = catalog.photos.files(archive.known_folders(folders), archive.known_folders(outside))
        contents = np.unique(np.array([file.content_id for file in files], np.int64))
        none = np.empty((0, 2), np.int64)
        close = none if exact or not files else archive.embeddings.close_pairs(contents)
        opened = PhotoFolders.fixed(archive.indexed_folders())
        ranking = Ranking(tuple(archive.known_folders(prefer)))
        differ = differ_in_text(catalog)
        return find(files, close, opened, differ, ranking, reporter)


def find(
    files: Sequence[PhotoFile],
    close: Ints,
    folders: PhotoFolders,
    differ: Differ,
    ranking: Ranking,
    reporter: Reporter = SILENT,
) -> Duplicates:
    """Group `files`: by content, and by picture where a pair of contents is `close`, [P, 2].

    folders: those beneath which the files are opened.
    """
    search = _Search(files, folders, differ, ranking)
    pictures = search.pictures(np.unique(close).tolist(), SIDE, reporter)
    alike = search.same(pictures, close.tolist())
    details = search.pictures(np.unique(alike).tolist(), FINE_SIDE, reporter)
    sets = list(_copies(search, details, alike))
    grouped = {content for s in sets for content in s}
    sets += [[c] for c, same in search.files.items() if len(same) > 1 and c not in grouped]
    groups = [group for s in sets if (group := search.group(s)) is not None]
    groups.sort(key=lambda group: group.best.path)
    return Duplicates(
        tuple(groups), tuple(sorted(search.skipped.items())), len(files), len(pictures)
    )


def same_pictures(
    files: Sequence[PhotoFile],
    close: Ints,
    folders: PhotoFolders,
    differ: Differ,
    reporter: Reporter = SILENT,
) -> list[tuple[int, int]]:
    """Choose those pairs of contents, of the `close` ones, [P, 2], that show one picture.

    folders: those beneath which the files are opened.
    """
    search = _Search(files, folders, differ, Ranking())
    pictures = search.pictures(np.unique(close).tolist(), SIDE, reporter)
    alike = search.same(pictures, close.tolist())
    details = search.pictures(np.unique(alike).tolist(), FINE_SIDE, reporter)
    return search.same(details, alike)


class _Search:
    """The files by content, and what the disk says of them now."""

    def __init__(
        self,
        files: Sequence[PhotoFile],
        folders: PhotoFolders,
        differ: Differ,
        ranking: Ranking,
    ) -> None:
        self._folders, self._differ, self._ranking = folders, differ, ranking
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

    def pictures(self, contents: Sequence[int], side: int, reporter: Reporter) -> dict[int, Bytes]:
        """Make thumbnails, side x side, of the contents that can be read."""
        thumbnails: dict[int, Bytes] = {}
        number = min(usable_cores(), -(-len(contents) // PHOTOS_PER_PROCESS))
        if not number:
            return thumbnails
        pool = ThreadPoolExecutor(number)
        # As `perceptual.thumbnail` looks at a picture: the mean of what each cell covers.
        cells = Preprocessing(side, "exact", side, "box", (0.0,) * 3, (1.0,) * 3)
        decoders = Decoders(cells, number, folders=self._folders)
        try:
            looked_at = pool.map(partial(self._picture, decoders, side), contents)
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

    def _picture(self, decoders: Decoders, side: int, content: int) -> Bytes | None:
        for file, _ in self.there(content):
            try:
                return thumbnail_of(decoders.look_at(file.path).image or b"", side)
            except ImageError:
                self.skipped[file.path] = "ora è illeggibile"
        return None

    def same(
        self, pictures: dict[int, Bytes], pairs: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Choose the pairs of contents that are one picture, and not two moments of a series or
        two papers."""
        known = [(a, b) for a, b in pairs if a in pictures and b in pictures]
        result = []
        for at in range(0, len(known), 4096):  # so that the thumbnails stacked stay few
            part = known[at : at + 4096]
            alike = same_picture(
                np.stack([pictures[a] for a, _ in part]), np.stack([pictures[b] for _, b in part])
            )
            result += [
                pair for pair, yes in zip(part, alike, strict=True) if yes and self._may_be(*pair)
            ]
        return result

    def _may_be(self, a: int, b: int) -> bool:
        """Tell whether two contents that look alike may be one picture, by all else that is
        known."""
        first, second = self.files[a], self.files[b]
        return not (
            (first[0].format == RAW) != (second[0].format == RAW)  # the two files of one shot
            or is_other_frame(first[0], second[0])
            or all(are_of_other_days(one.path, other.path) for one in first for other in second)
            or self._differ(a, b)
        )

    def best(self, contents: Iterable[int]) -> list[int]:
        """Sort contents, the one with the best photo first."""
        return sorted(contents, key=lambda c: min(map(self._ranking.of, self.files[c])))

    def group(self, contents: Sequence[int]) -> Group | None:
        """Group the files that are there, each counted once however many names it has."""
        once: dict[tuple[int, int], PhotoFile] = {}
        files = [pair for content in contents for pair in self.there(content)]
        for file, number in sorted(files, key=lambda pair: self._ranking.of(pair[0])):
            # A hard link, or a folder reached by two ways: deleting it would free nothing, or
            # delete the only copy.
            once.setdefault(number, file)
        members = list(once.values())
        if len(members) < 2:
            return None
        why = self._ranking.why(members[0], members[1])
        return Group(members[0], why, tuple(members[1:]))


def _copies(
    search: _Search, pictures: dict[int, Bytes], close: Sequence[tuple[int, int]]
) -> Iterator[list[int]]:
    """Yield sets of contents that show one picture, the best first."""
    together = _UnionFind()
    for a, b in search.same(pictures, close):
        together.join(a, b)
    for members in together.sets():
        remaining = search.best(members)
        while len(remaining) > 1:
            first, *others = remaining
            near = {other for _, other in search.same(pictures, [(first, o) for o in others])}
            if near:
                yield [first, *(other for other in others if other in near)]
            remaining = [other for other in others if other not in near]


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
