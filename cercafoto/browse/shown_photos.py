"""Look at single photos of an archive: their picture, what is known of them, where words show."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from cercafoto.archive.open_archive import open_archive
from cercafoto.base.italian_counts import clock
from cercafoto.base.paths import folder_of, is_inside, printable
from cercafoto.base.recent import RecentCache
from cercafoto.browse.answer_page import FoundTile
from cercafoto.browse.asked import Picture
from cercafoto.browse.text_rows import WrittenRow, written_rows
from cercafoto.errors import UsageError
from cercafoto.library import Library
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.thumbnails import LARGE, Thumbnails
from cercafoto.question.question import Question
from cercafoto.results.photos import PhotoDetail, Tile
from cercafoto.search.heat_map import Heat, heat_of
from cercafoto.search.moment_asked import moment_asked
from cercafoto.search.phrases_in_texts import places_in
from cercafoto.search.thing_boxes import with_boxes
from cercafoto.settings import Settings


class NotThereError(UsageError):
    """A photo is not in the archive, or is no longer there."""


class ShownPhotos:
    """The photos of an archive, one by one. It can be used by several threads, and must be closed.

    graph: see `open_archive`.
    folders: the indexed folders, through which photos are opened.
    """

    def __init__(self, settings: Settings, *, graph: bool = True) -> None:
        self.settings = settings
        self._archive = open_archive(settings, resident=True, graph=graph)
        self._library = Library(settings, self._archive)  # for methods that need no model
        self.folders = PhotoFolders(lambda: self._archive.indexed_folders())
        self.thumbnails = Thumbnails(
            settings.thumbnails, elsewhere=self._archive.small_copy, folders=self.folders
        )
        self._renewing = threading.Lock()
        self._heats: RecentCache[tuple[str, Path, str], Heat] = RecentCache(16)

    def close(self) -> None:
        self.thumbnails.close()
        self._archive.__exit__()

    @property
    def library(self) -> Library:
        """The library with the archive's current model, which may change while the server runs."""
        with self._renewing:
            archive = self._archive.renew()
            if archive is not self._archive:
                self._archive, self._library = archive, Library(self.settings, archive)
            return self._library

    def folder_name(self, folder: bytes) -> str:
        """Return a folder's path from the indexed folder inwards, to be shown; in a shared archive,
        the whole path with its source."""
        if self.settings.shared is not None:
            return printable(folder)
        roots = [root for root in self._library.roots() if is_inside(folder, root)]
        above = folder_of(max(roots, key=len)) if roots else folder
        return printable(os.path.relpath(folder, above) if folder != above else folder)

    def tile(self, photo_id: int) -> Tile:
        """Return a photo. Raises NotThereError."""
        tile = self._library.photos.tiles([photo_id]).get(photo_id)
        if tile is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return tile

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return id -> photo, without photos that are gone."""
        return self._library.photos.tiles(photo_ids)

    def lengths(self, found: Iterable[FoundTile]) -> dict[int, float | None]:
        """Return id -> length in seconds of the videos among some photos; None if not known."""
        videos = [one.tile.photo_id for one in found if is_video(one.tile.path)]
        return self._library.photos.lengths(videos) if videos else {}

    def detail(self, photo_id: int) -> PhotoDetail:
        """Return all that is known about a photo. Raises NotThereError."""
        detail = self._library.photos.detail(photo_id)
        if detail is None:
            raise NotThereError("Questa foto non è più nell'archivio.")
        return detail

    def written(
        self, detail: PhotoDetail, words: str = "", frame: float | None = None
    ) -> tuple[WrittenRow, ...] | None:
        """Return the words read in a photo, row by row, with marks where words of a question stand;
        None if the photo was not read.

        words: the question as typed.
        frame: see `TextAlbum.of_content`.
        """
        text = self._library.texts.of_content(detail.content_id, frame)
        if text is None:
            return None
        try:
            query = self._library.parse(Question((words,))) if words else None
        except UsageError:  # the person was told when the question was asked
            query = None
        found = places_in(text.text, query.all_words, query.written) if query is not None else ()
        return written_rows(text, [place[:2] for place in found])

    def picture_path(self, picture: Picture) -> Path:
        """Return the path of a reduced copy of a picture. A decoding process makes the copy: this
        process never opens the photo itself. Raises NotThereError, ImageError."""
        tile = self.tile(picture.photo_id or 0)
        _, shown = self.thumbnails.of(tile.path, tile.digest, LARGE, picture.at)
        return self.thumbnails.path(shown, LARGE, picture.at)

    def _video(self, picture: Picture) -> Path | None:
        """Return the path of a video, with the moment if the picture names one; None for a photo.
        The archive has the vectors of its frames, so that nothing is decoded."""
        if picture.photo_id is None or not is_video(path := self.tile(picture.photo_id).path):
            return None
        moment = "" if picture.at is None else f" {clock(picture.at)}"
        return Path(f"{os.fsdecode(path)}{moment}")

    def at_best_moment(self, picture: Picture, words: str) -> Picture:
        """Return the frame of a video that answers some words best; a photo, or a frame, unchanged.
        Raises NotThereError."""
        if picture.at is not None or (video := self._video(picture)) is None:
            return picture
        return replace(picture, at=moment_asked(self.library.archive, video, words))

    def picture(self, picture: Picture) -> Image.Image:
        """Return the pixels of a picture, at most `LARGE`. Raises NotThereError, ImageError."""
        return self._pixels(self.picture_path(picture))

    def _pixels(self, path: Path) -> Image.Image:
        """Return the pixels of a copy that `picture_path` returned. Raises ImageError."""
        return self.thumbnails.decoded(path.read_bytes(), LARGE)

    def heat(self, picture: Picture, words: str) -> Heat:
        """Return the heat map of a picture for some words. Raises NotThereError, ImageError,
        ModelError (the model gives no vectors of patches)."""
        encoder = self.library.archive.encoder
        path = self.picture_path(picture)
        key = (encoder.fingerprint, path, words)

        def made() -> Heat:
            image = self._pixels(path)
            return with_boxes(heat_of(encoder, image, words), image, words)

        return self._heats.get_or_make(key, made)
