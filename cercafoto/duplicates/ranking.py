"""Rank the files of one picture, or of one burst: which file to keep, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cercafoto.base.paths import is_inside, printable
from cercafoto.base.photo_quality import BLURRED, MOVED
from cercafoto.duplicates.original_names import (
    is_camera_name,
    is_in_copies,
    is_in_named_folder,
    is_passed_on_name,
)
from cercafoto.photos.file_names import is_copy_name
from cercafoto.photos.sources import DIGITIZED, EXIF
from cercafoto.results.photos import Frame, PhotoFile

RAW, HEIF = "RAW", "HEIF"  # formats, as Pillow names them


def is_from_camera(file: PhotoFile) -> bool:
    """Whether a file has the camera's data. Sending, enlarging or editing a photo may drop them,
    but never adds them."""
    return file.camera or file.date_source in (EXIF, DIGITIZED)


@dataclass(frozen=True)
class Ranking:
    """Ranks the files of one picture, the file to keep first.

    prefer: folders whose files are kept rather than any others.
    enlarged: ids of contents that were enlarged from another content.
    """

    prefer: tuple[bytes, ...] = ()
    enlarged: frozenset[int] = frozenset()

    def of(self, file: PhotoFile) -> tuple[Any, ...]:
        """Return a key to sort files by, the best to keep first."""
        return tuple(rank for rank, _ in self._ranks(file))

    def why(self, best: PhotoFile, next_: PhotoFile) -> str:
        """Return, in Italian, why the best file is kept rather than the next best."""
        pairs = zip(self._ranks(best), self._ranks(next_), strict=True)
        return next(reason for (ours, reason), (theirs, _) in pairs if ours != theirs)

    def _preferred(self, file: PhotoFile) -> tuple[Any, str]:
        folder = next((folder for folder in self.prefer if is_inside(file.path, folder)), None)
        return folder is None, f"sta in {printable(folder or b'')}, che preferisci"

    def _ranks(self, file: PhotoFile) -> tuple[tuple[Any, str], ...]:
        """Return (value, reason in Italian) for each criterion, the most important first. A smaller
        value is better."""
        from_camera = is_from_camera(file)
        # A date without its day sorts after all days of its month, and no date after all dates.
        date = (file.taken_at or "").ljust(10, "9")
        # A copy of a file that was passed on is farther from the original than that file.
        copied = is_copy_name(file.path) + is_passed_on_name(file.path)
        return (
            self._preferred(file),
            (not from_camera, "ha i dati di scatto"),
            (not (from_camera and file.format == HEIF), "è l'originale HEIC"),
            (file.content_id in self.enlarged, "non è stata ingrandita"),
            (-file.width * file.height, "ha più pixel"),
            (copied, "il nome non è quello di una copia"),
            (is_in_copies(file.path), "non sta in una cartella di copie"),
            (not is_in_named_folder(file.path), "la cartella ha un nome suo"),
            (not is_camera_name(file.path), "il nome è quello della fotocamera"),
            (-file.size, "è il file più grande"),
            (date, "ha la data più antica"),
            (file.mtime_ns, "è il file più vecchio"),
            (file.path, "viene prima in ordine di nome"),
        )


def flaws(frame: Frame) -> tuple[bool, bool]:
    """Return whether a photo is blurred or moved, and whether it is too dark or too bright."""
    return frame.clarity in (BLURRED, MOVED), frame.exposure is not None


@dataclass(frozen=True)
class FrameRanking(Ranking):
    """Ranks the photos of one burst, the photo to keep first. frames: by path."""

    frames: Mapping[bytes, Frame] = field(default_factory=dict)

    def _ranks(self, file: PhotoFile) -> tuple[tuple[Any, str], ...]:
        frame = self.frames[file.path]
        is_blurred, is_badly_exposed = flaws(frame)
        return (
            (frame.is_rejected, "non l'hai scartata"),
            self._preferred(file),
            (not frame.is_marked, "l'hai segnata tu, con stelle, etichette o raccolte"),
            (is_blurred, "non è né sfocata né mossa"),
            (is_badly_exposed, "non è né troppo scura né troppo chiara"),
            (-(frame.sharpness or 0.0), "è la più nitida"),
            (file.taken_at or "", "è la prima"),
            (file.path, "viene prima in ordine di nome"),
        )
