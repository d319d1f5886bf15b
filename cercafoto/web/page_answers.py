"""Give the page's modules the archive, and the pictures that are dropped on the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cercafoto.base.arrays import Floats
from cercafoto.base.recent import RecentCache
from cercafoto.browse.answers import PAGE, BrowsedArchive
from cercafoto.browse.asked import Picture
from cercafoto.browse.shown_photos import NotThereError
from cercafoto.labels.label_file import Label
from cercafoto.labels.tagging import label_confidences
from cercafoto.photos.thumbnails import LARGE
from cercafoto.results.labels import LabelConfidence
from cercafoto.settings import Settings
from cercafoto.web.uploads import Uploads


class PageArchive(BrowsedArchive):
    """The archive of the page, for use by several threads; call `close` at the end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, page=PAGE)
        self.uploads = Uploads(self.thumbnails.shrinker(LARGE))
        self._pictures: RecentCache[tuple[str, Path], Floats] = RecentCache(64)

    def close(self) -> None:
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
