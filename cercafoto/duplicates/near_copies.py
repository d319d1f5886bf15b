"""Find the near copies of one photo."""

from __future__ import annotations

import numpy as np

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.duplicates.elsewhere import NEAREST
from cercafoto.duplicates.groups import same_pictures
from cercafoto.photos.opening import PhotoFolders
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.values import VIDEO_FORMATS
from cercafoto.search.other_text import differ_in_text


def near_copies(archive: LocalArchive, content: int) -> tuple[bytes, ...]:
    """Return the paths of the files with other bytes that show the same picture as a content; see
    `DuplicateAlbum.near`."""
    with archive.catalog() as catalog, archive.reading():
        every = catalog.photos.contents_where(NO_FILTERS)
        close = archive.embeddings.close_across(np.array([content]), every, NEAREST)
        files = catalog.photos.files(contents=np.unique(close).tolist())
        photos = {file.content_id for file in files if file.format not in VIDEO_FORMATS}
        pairs = np.array([pair for pair in close.tolist() if photos.issuperset(pair)], np.int64)
        if not len(pairs):
            return ()
        folders = PhotoFolders.fixed(archive.indexed_folders())
        same = same_pictures(files, pairs, folders, differ_in_text(archive))
    alike = {other for _, other in same}
    return tuple(file.path for file in files if file.content_id in alike)
