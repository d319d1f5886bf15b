"""Read the words inside an archive's photos, show them, and forget them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.archive import Archive
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.errors import ArchiveError
from cercafoto.ocr.word_sense import Words
from cercafoto.results.texts import ReadText

if TYPE_CHECKING:
    # Imported only for annotations: words that were read before are shown without decoders.
    from cercafoto.looking.look_report import LookReport


class TextAlbum:
    """The words read in an archive's photos."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def read(
        self,
        paths: Sequence[Path] = (),
        *,
        every: bool = False,
        again: bool = False,
        retry: bool = False,
        videos: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> LookReport:
        """Read the words inside photos that have not been read yet, store them, and return how the
        run went. The photos most likely to contain words come first.

        Photos unlikely to contain words are skipped, unless `paths` names the photo itself.

        paths: only photos at or under these; none: all photos.
        every: read the photos unlikely to contain words too.
        again: also read again what another version of the engine read, and what no version could
            read.
        retry: try again the photos that could not be read.
        videos: read the frames of videos too, not just the first of each.
        wait: wait while another run has the archive locked; otherwise raise ArchiveBusyError.

        Raises EngineError (no OCR engine is installed), UsageError (none of `paths` is in the
        archive), ArchiveError, ArchiveBusyError, DiskFullError, ModelError. After a
        KeyboardInterrupt the words read so far stay stored.
        """
        from cercafoto.looking.catch_up import catch_up

        return catch_up(
            self._archive.local(),
            Words(),
            paths,
            every=every,
            again=again,
            retry=retry,
            frames=videos,
            wait=wait,
            reporter=reporter,
        )

    def of_photo(self, photo: Path | PipedPicture) -> ReadText:
        """Return the words written in a photo, indexed or not. Words stored by an earlier reading
        are returned as they are; otherwise the photo is read now, and nothing is stored.

        Raises EngineError (no OCR engine is installed), ImageError, FolderNotFoundError (the photo
        does not exist, or is a folder).
        """
        from cercafoto.ocr.one_photo import text_in

        return text_in(self._archive, photo)

    def of_content(self, content_id: int, frame: float | None = None) -> ReadText | None:
        """Return the words read in the photos of a content, None if these photos have not been
        read.

        frame: time in seconds; of a video, the last frame until then counts. None for the first.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            if frame is not None:
                frames = archive.photos.frames_of([content_id]).items()
                before = [(row.start, each) for each, row in frames if row.start < frame + 0.001]
                _, content_id = max(before, default=(0.0, content_id))
            return archive.texts.of_content(content_id)

    def in_video(self, video: Path) -> list[tuple[float, ReadText]]:
        """Return (time in seconds, text) of the frames of an indexed video in which words were
        read, in order.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            frames = archive.frames_of(video).items()
            read = ((row.start, archive.texts.of_content(each)) for each, row in frames)
            return [(start, text) for start, text in read if text and text.lines]

    def forget(self, *, confirmed: bool = False) -> int:
        """Delete the words read inside photos, and the records of failed readings, from the
        archive. Return the number of contents with such words or records.

        confirmed: delete them; otherwise only count.

        Raises ArchiveBusyError, ArchiveError.
        """
        local = self._archive.local()
        with local.catalog() as catalog:
            unread = catalog.unread.contents(Words.name)
            number = len(catalog.texts.contents_read().keys() | unread)
        if confirmed and number:
            with local.writing() as catalog:
                with catalog.transaction():
                    catalog.texts.forget()
                    catalog.unread.forget(Words.name, unread)
                with suppress(ArchiveError):  # if the disk is full, later texts reuse the space
                    catalog.compact()
        return number
