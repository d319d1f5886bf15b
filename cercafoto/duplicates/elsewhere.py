"""Find which photos and videos of a folder the archive also has elsewhere, to know before emptying
a card.

Copies with the same bytes are found by size and digest, whether or not the folder is indexed. Near
copies are found only for photos that are indexed, by their stored vectors: the other photos would
have to be embedded first, which is what `index` does. A copy counts only if its file is there, did
not change since it was indexed, and is not the same file under another name.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.json_keys import PROBLEMS, json_keys
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import absolute, is_inside, printable
from cercafoto.base.reporter import PHOTOS, SILENT, Reporter
from cercafoto.duplicates.groups import AWAY, same_pictures
from cercafoto.errors import FolderNotFoundError
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.moves import digest_of
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.scan import every_file, is_picture
from cercafoto.question.values import VIDEO_FORMATS
from cercafoto.results.photos import PhotoFile
from cercafoto.search.other_text import differ_in_text
from cercafoto.search.reachable import count_away

NEAREST = 16  # nearest photos with which each photo is compared, as in `close_pairs`


@json_keys("path exact copies")
@dataclass(frozen=True)
class Elsewhere:
    """A photo of the folder and the paths of its copies elsewhere.

    exact: whether the copies have the same bytes.
    """

    path: bytes
    copies: tuple[bytes, ...]
    exact: bool


@json_keys("folder photos found missing only_exact other_files", PROBLEMS, AWAY)
@dataclass(frozen=True)
class FolderComparison:
    """Which photos and videos of a folder the archive has elsewhere; each is called a photo.

    missing: photos without a copy elsewhere.
    only_exact: how many missing photos are not indexed, so that no near copies were looked for.
    other_files: extension in lower case ("" for none) -> number of files that are neither photos
        nor videos, and were not compared.
    problems: (path, why) of files that could not be read; a copy may or may not exist.
    away: indexed folder on a disconnected disk -> number of its photos, which count as no copies.
    """

    folder: bytes
    found: tuple[Elsewhere, ...]
    missing: tuple[bytes, ...]
    only_exact: int
    other_files: dict[str, int]
    problems: tuple[tuple[bytes, str], ...]
    away: Mapping[bytes, int]

    @property
    def photos(self) -> int:
        return len(self.found) + len(self.missing)


def compare_folder(
    archive: LocalArchive,
    folder: Path,
    folders: Sequence[Path],
    outside: Sequence[Path],
    exact: bool,
    reporter: Reporter = SILENT,
) -> FolderComparison:
    """Return which photos of a folder the archive has elsewhere; see `DuplicateAlbum.compare` for
    parameters and errors."""
    start = absolute(folder)
    if not os.path.lexists(start):
        raise FolderNotFoundError(
            f"{printable(start)} non esiste.", "Controlla il nome; se è una scheda, inseriscila."
        )
    problems: list[tuple[bytes, str]] = []
    others: Counter[str] = Counter()
    paths = []
    for path in every_file(start, problems):
        name = Path(os.fsdecode(path.lower()))
        if is_picture(os.fsencode(name.name)) or is_video(path):
            paths.append(path)
        else:
            others[printable(name.suffix)] += 1
    with archive.catalog() as catalog:
        files = catalog.photos.files(archive.known_folders(folders), archive.known_folders(outside))
        elsewhere = [file for file in files if not is_inside(file.path, start)]
        away = count_away((file.path for file in elsewhere), archive.indexed_folders())
        compared = _Compared(archive, catalog.photos.files([start]), elsewhere)
        for done, path in enumerate(paths, start=1):
            try:
                compared.add(path)
            except OSError as error:
                problems.append((path, os_error_in_italian(error)))
            reporter.progress(PHOTOS, done, len(paths), os.fsdecode(path))
        unknown = len(compared.missing.keys() - compared.indexed.keys())
        if not exact and compared.indexed:
            compared.add_near(reporter)
    return FolderComparison(
        start,
        tuple(sorted(compared.found, key=lambda each: each.path)),
        tuple(sorted(compared.missing)),
        0 if exact else unknown,
        dict(others.most_common()),
        tuple(problems),
        away,
    )


class _Compared:
    """The photos of the folder compared so far.

    missing: path of each photo without a copy -> its content id, None if the archive has none.
    indexed: path of each missing photo that is indexed -> its row.
    """

    def __init__(
        self, archive: LocalArchive, here: Sequence[PhotoFile], elsewhere: Sequence[PhotoFile]
    ) -> None:
        self._archive = archive
        self._here = {file.path: file for file in here}
        self._elsewhere: dict[int, list[PhotoFile]] = {}
        for file in elsewhere:
            self._elsewhere.setdefault(file.content_id, []).append(file)
        # A file whose size no other file has cannot have a copy, and is not read.
        self._sizes = {file.size for file in elsewhere}
        self.found: list[Elsewhere] = []
        self.missing: dict[bytes, int | None] = {}
        self.indexed: dict[bytes, PhotoFile] = {}

    def add(self, path: bytes) -> None:
        """Compare a photo by its bytes and add it to `found` or `missing`. Raises OSError."""
        status = Path(os.fsdecode(path)).stat()
        known = self._here.get(path)
        if known and (known.size, known.mtime_ns) != stamp_of(status):
            known = None
        content = None
        if known:
            content = known.content_id
        elif status.st_size in self._sizes:
            content = self._archive.photos.content_of(bytes.fromhex(digest_of(path)))
        copies = self._copies(content, status)
        if copies:
            self.found.append(Elsewhere(path, copies, True))
            return
        self.missing[path] = content
        if known:
            self.indexed[path] = known

    def add_near(self, reporter: Reporter) -> None:
        """Move the missing photos that have near copies elsewhere to `found`."""
        here = [file for file in self.indexed.values() if file.format not in VIDEO_FORMATS]
        contents = np.unique([file.content_id for file in here])
        photos = (c for c, files in self._elsewhere.items() if files[0].format not in VIDEO_FORMATS)
        elsewhere = np.array(sorted(photos), np.int64)
        close = self._archive.embeddings.close_across(contents, elsewhere, NEAREST)
        both = [*here, *(f for same in self._elsewhere.values() for f in same)]
        copies: dict[int, list[int]] = {}
        folders = PhotoFolders.fixed(self._archive.indexed_folders())
        differ = differ_in_text(self._archive)
        for one, other in same_pictures(both, close, folders, differ, reporter):
            copies.setdefault(one, []).append(other)
        for path, file in self.indexed.items():
            near: list[bytes] = []
            with suppress(OSError):  # the photo is gone by now: it stays missing
                status = Path(os.fsdecode(path)).stat()
                for content in copies.get(file.content_id, ()):
                    near += self._copies(content, status)
            if near:
                self.found.append(Elsewhere(path, tuple(near), False))
                del self.missing[path]

    def _copies(self, content: int | None, photo: os.stat_result) -> tuple[bytes, ...]:
        """Return the paths of the files elsewhere with a content, without files that changed since
        they were indexed or are the photo itself under another name; () if `content` is None.

        photo: status of the photo's file.
        """
        paths = []
        for file in self._elsewhere.get(content, ()) if content is not None else ():
            try:
                status = Path(os.fsdecode(file.path)).stat()
            except OSError:
                continue
            same = stamp_of(status) == (file.size, file.mtime_ns)
            if same and not os.path.samestat(status, photo):
                paths.append(file.path)
        return tuple(paths)
