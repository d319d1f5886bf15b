"""Give the page's modules the archive, and the pictures that are dropped on the page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cercafoto.base.arrays import Floats
from cercafoto.base.recent import RecentCache
from cercafoto.browse.answers import PAGE, BrowsedArchive
from cercafoto.browse.asked import Picture
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.errors import CercafotoError
from cercafoto.labels.label_file import Label
from cercafoto.labels.tagging import label_confidences
from cercafoto.photos.thumbnails import LARGE
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.query import Query
from cercafoto.results.collections import Collection
from cercafoto.results.labels import LabelConfidence
from cercafoto.results.photos import TilePage
from cercafoto.settings import Settings
from cercafoto.web.duplicate_search import DuplicateSearch
from cercafoto.web.uploads import Uploads

KEPT_GLANCES = 1000  # collections whose cover and number of photos are remembered


@dataclass(frozen=True)
class Glance:
    """What the list of collections shows of one.

    first: its latest photo and how many it has; None if its question was not answered.
    problem: in Italian, why it could not be answered; "" if it could, or has not been asked yet.
    """

    collection: Collection
    first: TilePage | None
    problem: str = ""


class PageArchive(BrowsedArchive):
    """The archive of the page, for use by several threads; call `close` at the end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, page=PAGE)
        self.uploads = Uploads(self.thumbnails.shrinker(LARGE))
        self.duplicates = DuplicateSearch()
        self._pictures: RecentCache[tuple[str, Path], Floats] = RecentCache(64)
        self._glances: RecentCache[tuple[object, ...], Glance] = RecentCache(KEPT_GLANCES)

    def close(self) -> None:
        self.duplicates.close()
        self.uploads.close()
        super().close()

    def picture_path(self, picture: Picture) -> Path:
        """Return the path of a reduced copy of a picture, made by a decoder process.

        Raises NotThereError if an uploaded picture was deleted meanwhile, or if the archive has no
        such photo; ImageError if the photo cannot be read.
        """
        if picture.upload is None:
            return super().picture_path(picture)
        path = self.uploads.path(picture.upload)
        if path is None:
            raise NotThereError(
                "La foto che avevi scelto non è più a disposizione.", "Sceglila di nuovo."
            )
        return path

    def glances(self, patience: float) -> list[Glance]:
        """Return all collections, sorted by name. Their questions are asked, at least one of them,
        until `patience` seconds are over; answers are remembered."""
        stamp = self.library.archive.stamp()  # changes when photos or labels do
        ends = time.monotonic() + patience
        glances, is_late = [], False
        for each in self.library.collections.all():
            key = (each, stamp, date.today())
            glance = self._glances.get(key)
            if glance is None and not is_late:
                glance = self._glances.put(key, self._glance(each))
                is_late = time.monotonic() > ends
            glances.append(glance or Glance(each, None))
        return glances

    def _glance(self, collection: Collection) -> Glance:
        query = Query(filters=Filters({COLLECTIONS.name: (collection.name,)}))
        try:
            return Glance(collection, self.library.photos.page(query, 1))
        except CercafotoError as error:
            return Glance(collection, None, f"{error.message} {error.hint}".strip())

    def labelled(self, picture: Picture, labels: Sequence[Label]) -> list[LabelConfidence]:
        """Return how likely each label holds for a picture, or for a video, the likeliest first.

        Raises as `picture_path` does.
        """
        archive, cache = self.library.archive, self.uploads.folder / "etichette"
        if picture.at is None and (video := self._video(picture)) is not None:
            with archive.reading():
                moments = archive.frames_of(video)
                contents, vectors = archive.embeddings.of(list(moments))
            looks = [moments[content].looks for content in contents.tolist()]
            return label_confidences(archive, vectors, labels, cache, looks)
        path = self.picture_path(picture)
        # The copy's name changes with its content, so it can be the key.
        vector = self._pictures.get_or_make(
            (archive.encoder.fingerprint, path),
            lambda: archive.encoder.embed_images([self._pixels(path)]),
        )
        return label_confidences(archive, vector, labels, cache)
