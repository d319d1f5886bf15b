"""Group the photos that an archive holds more than once, and choose the best file of each group.

Files with the same bytes share a content. Copies that were compressed again, made smaller, trimmed
or brightened are found in two steps: photos with close vectors are candidates, then their pixels
are read from the files and compared, first as small thumbnails, then in more detail. Two documents
with different words, two names with different days, and a RAW and its JPEG are not copies, however
alike they look. Pairs are joined into groups, but a photo stays in a group only if it is a copy of
the photo that the group would keep: a series that drifts from shot to shot is not a group.

Nothing is deleted. A photo that is gone, or that changed after it was indexed, is in no group.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.arrays import Ints
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.json_keys import Key, as_data, json_keys
from cercafoto.base.own_process import usable_cores
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.duplicates.enlarged import LEAST_SCALE, MIDDLE, is_enlarged, middle_of, times_larger
from cercafoto.duplicates.ranking import RAW, Ranking, is_from_camera
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.file_names import are_of_other_days
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.perceptual import FINE_SIDE, SIDE, Bytes, same_picture, thumbnail_of
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.query import Query
from cercafoto.question.values import VIDEO_FORMATS
from cercafoto.results.photos import PhotoFile
from cercafoto.search.collection_photos import contents_answering
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.reachable import count_away, reachable_in
from cercafoto.search.resolving import filters_of
from cercafoto.search.same_shot import is_other_frame

# Whether two contents are two documents, by the words that were read in them.
Differ = Callable[[int, int], bool]

GONE = "non c'è più"
CHANGED = "è cambiata dopo l'ultimo «cercafoto index»"
# A decoding process takes a tenth of a second to start, as long as it takes to decode a few photos.
PHOTOS_PER_PROCESS = 8

# Indexed folder on a disconnected disk -> number of its photos.
AWAY = Key("away", columns="path photos")


@json_keys(
    Key("keep", "best"),
    "why",
    Key("others", lambda g: [as_data(f) | {"exact": f.path in g.exact} for f in g.others]),
)
@dataclass(frozen=True)
class Group:
    """Files that show the same picture, or photos of one burst.

    best: the file to keep.
    why: Italian reason to keep `best` rather than the next best file.
    others: the other files, best first.
    """

    best: PhotoFile
    why: str
    others: tuple[PhotoFile, ...]

    @property
    def exact(self) -> frozenset[bytes]:
        """Paths of the files with the same bytes as `best`."""
        return frozenset(f.path for f in self.others if f.content_id == self.best.content_id)


@json_keys("photos compared groups", Key("skipped", columns="path reason"), AWAY)
@dataclass(frozen=True)
class Duplicates:
    """The photos that an archive holds more than once, or its bursts.

    groups: sorted by the path of each group's best file.
    skipped: (path, why) of photos that could not be compared; of a series that is too long for a
        burst, its first photo.
    photos: how many files were considered.
    compared: how many contents were decoded again; none for bursts.
    away: indexed folder on a disconnected disk -> number of its photos, which were not considered.
    """

    groups: tuple[Group, ...]
    skipped: tuple[tuple[bytes, str], ...]
    photos: int
    compared: int
    away: Mapping[bytes, int]


def find_duplicates(
    archive: LocalArchive,
    folders: Sequence[Path],
    outside: Sequence[Path],
    exact: bool,
    prefer: Sequence[Path] = (),
    reporter: Reporter = SILENT,
    query: Query | None = None,
) -> Duplicates:
    """Return the photos that the archive holds more than once; see `DuplicateAlbum.find` for
    parameters and errors."""
    asked = None if query is None else _paths_answering(archive, query)
    indexed = archive.indexed_folders()
    parts = files_here(archive, folders, outside)
    files, far = ([file for file in part if asked is None or file.path in asked] for part in parts)
    away = count_away((file.path for file in far), indexed)
    with archive.catalog() as catalog:
        contents = np.unique(np.array([file.content_id for file in files], np.int64))
        none = np.empty((0, 2), np.int64)
        # Two videos may begin alike: only those of the same bytes are copies.
        photos = {file.content_id for file in files if file.format not in VIDEO_FORMATS}
        still = contents[np.isin(contents, list(photos))]
        close = none if exact or not photos else archive.embeddings.close_pairs(still)
        search = _Search(
            files,
            PhotoFolders.fixed(indexed),
            differ_in_text(catalog),
            Ranking(tuple(archive.known_folders(prefer))),
        )
        compared, details, alike = search.look_alike(close, reporter)
        same = search.same(details, alike)
        search.find_enlarged(same)
        sets = list(_copies(search, details, same))
        grouped = {content for s in sets for content in s}
        sets += [[c] for c, files in search.files.items() if len(files) > 1 and c not in grouped]
        groups = [group for s in sets if (group := search.group(s)) is not None]
        groups.sort(key=lambda group: group.best.path)
        return Duplicates(
            tuple(groups), tuple(sorted(search.skipped.items())), len(files), compared, away
        )


def files_here(
    archive: LocalArchive, folders: Sequence[Path], outside: Sequence[Path]
) -> tuple[list[PhotoFile], list[PhotoFile]]:
    """Return the photos in `folders` but not `outside`: those whose disk is connected, and those
    whose disk is not. Raises UsageError for a folder that the archive does not know."""
    with archive.catalog() as catalog:
        known = catalog.photos.files(archive.known_folders(folders), archive.known_folders(outside))
    is_here = reachable_in(archive.indexed_folders())
    here = [file for file in known if is_here(file.path)]
    return here, [file for file in known if not is_here(file.path)]


def status_of(file: PhotoFile, skipped: dict[bytes, str]) -> os.stat_result | None:
    """Return the status of a file that did not change since it was indexed. Of another file return
    None, and add why to `skipped`."""
    try:
        status = Path(os.fsdecode(file.path)).stat()
    except OSError:
        skipped[file.path] = GONE
        return None
    if stamp_of(status) == (file.size, file.mtime_ns):
        return status
    skipped[file.path] = CHANGED
    return None


def _paths_answering(archive: LocalArchive, query: Query) -> set[bytes]:
    """Return the paths of the files that answer a query, of copies only those that its filters
    allow."""
    contents = contents_answering(archive, query)
    with archive.reading():
        filters = filters_of(archive, query) or NO_FILTERS  # None: then there are no contents
        rows = archive.photos.by_content(contents, filters, tagged=False)
    return {row.path for files in rows.values() for row in files}


def same_pictures(
    files: Sequence[PhotoFile],
    close: Ints,
    folders: PhotoFolders,
    differ: Differ,
    reporter: Reporter = SILENT,
) -> list[tuple[int, int]]:
    """Return the pairs of contents that show the same picture.

    files: all files of the contents in `close`.
    close: the pairs of content ids to compare, [P, 2].
    folders: the indexed folders, through which the files are opened.
    differ: see `Differ`.
    """
    search = _Search(files, folders, differ, Ranking())
    _, details, alike = search.look_alike(close, reporter)
    return search.same(details, alike)


class _Search:
    """Compares the pictures of an archive's contents and groups their files.

    skipped: path -> why the file could not be compared.
    """

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

    def unchanged_files(self, content: int) -> Iterator[tuple[PhotoFile, tuple[int, int]]]:
        """Yield the files of a content that did not change since they were indexed, each with its
        device and inode number. Add the other files to `skipped`."""
        for file in self.files[content]:
            status = status_of(file, self.skipped)
            if status is not None:
                yield file, (status.st_dev, status.st_ino)

    def look_alike(
        self, close: Ints, reporter: Reporter
    ) -> tuple[int, dict[int, Bytes], list[tuple[int, int]]]:
        """Compare pairs of content ids, [P, 2], as small thumbnails. Return how many contents were
        decoded, larger thumbnails of the contents that look alike, and the pairs alike."""
        small = self.thumbnails(np.unique(close).tolist(), SIDE, reporter)
        alike = self.same(small, close.tolist())
        return len(small), self.thumbnails(np.unique(alike).tolist(), FINE_SIDE, reporter), alike

    def thumbnails(
        self, contents: Sequence[int], side: int, reporter: Reporter
    ) -> dict[int, Bytes]:
        """Return content id -> thumbnail, side x side, of the contents that can be decoded."""
        thumbnails: dict[int, Bytes] = {}
        number = min(usable_cores(), -(-len(contents) // PHOTOS_PER_PROCESS))
        if not number:
            return thumbnails
        pool = ThreadPoolExecutor(number)
        # As `perceptual.thumbnail` does it: each cell is the mean of the pixels that it covers.
        cells = Preprocessing(side, "exact", side, "box", (0.0,) * 3, (1.0,) * 3)
        decoders = Decoders(cells, number, folders=self._folders)
        try:
            decoded = pool.map(partial(self._thumbnail, decoders, side), contents)
            for done, (content, thumbnail) in enumerate(
                zip(contents, decoded, strict=True), start=1
            ):
                if thumbnail is not None:
                    thumbnails[content] = thumbnail
                last = os.fsdecode(self.files[content][0].path)
                reporter.progress(PHOTOS, done, len(contents), last)
        finally:
            decoders.__exit__()  # first, so that Ctrl-C need not wait for photos being decoded
            pool.shutdown(cancel_futures=True)
        return thumbnails

    def _thumbnail(self, decoders: Decoders, side: int, content: int) -> Bytes | None:
        """Return a thumbnail of the first file of a content that can be decoded, or None."""
        for file, _ in self.unchanged_files(content):
            try:
                return thumbnail_of(decoders.look_at(file.path).image or b"", side)
            except ImageError:
                self.skipped[file.path] = "ora è illeggibile"
        return None

    def same(
        self, thumbnails: dict[int, Bytes], pairs: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Return the pairs of contents that show the same picture: their thumbnails are alike, and
        they are not two shots of a series nor two documents."""
        known = [(a, b) for a, b in pairs if a in thumbnails and b in thumbnails]
        result = []
        for at in range(0, len(known), 4096):  # few thumbnails are stacked at a time
            part = known[at : at + 4096]
            alike = same_picture(
                np.stack([thumbnails[a] for a, _ in part]),
                np.stack([thumbnails[b] for _, b in part]),
            )
            result += [
                pair for pair, yes in zip(part, alike, strict=True) if yes and self._may_be(*pair)
            ]
        return result

    def _may_be(self, a: int, b: int) -> bool:
        """Whether two contents that look alike may be copies, by formats, clocks, names and the
        words read in them."""
        first, second = self.files[a], self.files[b]
        return not (
            (first[0].format == RAW) != (second[0].format == RAW)  # the two files of one shot
            or is_other_frame(first[0], second[0])
            or all(are_of_other_days(one.path, other.path) for one in first for other in second)
            or self._differ(a, b)
        )

    def find_enlarged(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Let the ranking know which contents were enlarged from their copies.

        pairs: content ids that show the same picture.
        """
        enlarged = set()
        for pair in pairs:
            smaller, larger = sorted(pair, key=lambda c: self.files[c][0].width)
            small, large = self.files[smaller][0], self.files[larger][0]
            times = times_larger(large, small)
            # Of a photo with the camera's data the ranking knows without measuring.
            known = larger in enlarged or is_from_camera(large) or is_from_camera(small)
            if known or times < LEAST_SCALE or min(large.width, large.height) < MIDDLE:
                continue
            with Decoders(middle_of(large), 1, folders=self._folders) as decoders:
                for file, _ in self.unchanged_files(larger):
                    try:
                        middle = decoders.look_at(file.path).image or b""
                    except ImageError:  # `thumbnails` has just read it, and told if it could not
                        continue
                    if is_enlarged(middle, times):
                        enlarged.add(larger)
                    break
        self._ranking = replace(self._ranking, enlarged=frozenset(enlarged))

    def best(self, contents: Iterable[int]) -> list[int]:
        """Return content ids sorted by the best file of each content, the best first."""
        return sorted(contents, key=lambda c: min(map(self._ranking.of, self.files[c])))

    def group(self, contents: Sequence[int]) -> Group | None:
        """Return the group of unchanged files of some contents; None for fewer than two files."""
        once: dict[tuple[int, int], PhotoFile] = {}
        files = [pair for content in contents for pair in self.unchanged_files(content)]
        for file, number in sorted(files, key=lambda pair: self._ranking.of(pair[0])):
            # Two paths of one file on the disk (a hard link, a folder reached by two ways) count
            # once: deleting the second path would free nothing, or delete the only copy.
            once.setdefault(number, file)
        members = list(once.values())
        if len(members) < 2:
            return None
        why = self._ranking.why(members[0], members[1])
        return Group(members[0], why, tuple(members[1:]))


def _copies(
    search: _Search, thumbnails: dict[int, Bytes], pairs: Sequence[tuple[int, int]]
) -> Iterator[list[int]]:
    """Yield lists of content ids: the contents of a list show the same picture, the best first.

    thumbnails: content id -> thumbnail.
    pairs: the pairs of content ids that show the same picture.
    """
    together = _UnionFind()
    for a, b in pairs:
        together.join(a, b)
    for members in together.sets():
        remaining = search.best(members)
        while len(remaining) > 1:
            first, *others = remaining
            near = {other for _, other in search.same(thumbnails, [(first, o) for o in others])}
            if near:
                yield [first, *(other for other in others if other in near)]
            remaining = [other for other in others if other not in near]


class _UnionFind:
    """Disjoint sets of numbers; joining two numbers merges their sets."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def _top(self, item: int) -> int:
        """Return the member that stands for the set of a number."""
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
