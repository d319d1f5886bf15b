"""Write the gallery of `cerca --html`: a folder, or a single file that contains the pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.atomic_file import (
    fill_atomically,
    new_folder,
    put_folder,
    refuse_existing,
    refuse_missing_folder,
    remove_leftovers,
    translated_errors,
)
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import file_address, printable
from cercafoto.base.reporter import PHOTOS, Reporter
from cercafoto.errors import ImageError, UsageError
from cercafoto.library import Library
from cercafoto.photos.thumbnails import Shrinker
from cercafoto.question.wording import say_query
from cercafoto.results.answer import NONE, WEAK, Hit, SearchResult, doubt_in_words
from cercafoto.settings import Settings
from cercafoto.web.gallery import (
    LARGE_COPIES,
    MARK,
    PAGE,
    SMALL_COPIES,
    USUAL_SIDE,
    Chosen,
    Original,
    Shown,
    copies_of,
    embedded,
    page_of,
)
from cercafoto.web.templating import with_curly_apostrophes

MOST_IN_FILE = 300  # photos of a single file, which a browser keeps in memory completely
_OURS = re.compile(
    rf"{re.escape(PAGE)}|({LARGE_COPIES}|{SMALL_COPIES})(/[0-9]+\.(jpg|webp))?"
    r"|(.*/)?(\.DS_Store|Thumbs\.db|desktop\.ini)"  # left by those who looked at it
)


@dataclass(frozen=True)
class GalleryWanted:
    """What options ask of a gallery.

    target: a folder; a file if the name ends in .html.
    overwrite: it may replace one that is there.
    title: "" for the usual one.
    side: longer side in pixels of the photos.
    captions: show the title or description of the photos.
    with_paths: show names and paths, with links to the photos, and how good the answer is.
    """

    target: Path
    overwrite: bool = False
    title: str = ""
    side: int = USUAL_SIDE
    captions: bool = False
    with_paths: bool = False

    @property
    def is_file(self) -> bool:
        return self.target.suffix.lower() in {".html", ".htm"}

    @property
    def page(self) -> Path:
        """The file to open in a browser."""
        return self.target if self.is_file else self.target / PAGE


@dataclass(frozen=True)
class WrittenGallery:
    """What is in a gallery. size: bytes. problems: in Italian, why photos were left out."""

    photos: tuple[Shown, ...]
    size: int
    problems: tuple[str, ...]


def refuse_gallery(wanted: GalleryWanted) -> None:
    """Raise UsageError if the gallery would replace a file or folder that may not be replaced: one
    that is there without `overwrite`, or a folder with anything but a gallery in it."""
    target = wanted.target
    if wanted.is_file:
        return refuse_existing(target, wanted.overwrite)
    with translated_errors(target):
        is_folder = target.is_dir() and not target.is_symlink()
    if not os.path.lexists(target):
        refuse_missing_folder(target)
    elif not wanted.overwrite:
        raise UsageError(
            f"{printable(target)} c'è già.", "Scegli un altro nome, o aggiungi --sovrascrivi."
        )
    elif not (is_folder and _is_gallery(target)):
        raise UsageError(
            f"{printable(target)} non è una galleria, o contiene anche altro: non la sostituisco.",
            "Scegli un altro nome.",
        )


def _is_gallery(folder: Path) -> bool:
    try:
        if not any(folder.iterdir()):
            return True
        for path in folder.rglob("*"):
            if path.is_symlink() or not _OURS.fullmatch(path.relative_to(folder).as_posix()):
                return False
        with (folder / PAGE).open(encoding="utf-8") as page:
            return MARK in page.read(1000)
    except (OSError, ValueError):
        return False


def write_gallery(
    settings: Settings, result: SearchResult, wanted: GalleryWanted, reporter: Reporter
) -> WrittenGallery:
    """Write the photos of an answer as a gallery: completely, or not at all.

    Raises UsageError as `refuse_gallery`; ImageError if no photo can be read; CercafotoError if
    the gallery cannot be written.
    """
    refuse_gallery(wanted)
    hits = result.hits[:MOST_IN_FILE] if wanted.is_file else result.hits
    library, target = Library(settings), wanted.target
    remove_leftovers(target.absolute().parent)
    with library, translated_errors(target), new_folder(target) as folder:
        chosen = [_chosen(library, hit, wanted) for hit in hits]
        photos, problems = _write_copies(library, chosen, wanted.side, folder, reporter)
        if not photos:
            raise ImageError(
                "Nessuna delle foto si può leggere: la galleria sarebbe vuota.", problems[0]
            )
        page = page_of(
            wanted.title or (_reading(result) if wanted.with_paths else ""),
            photos,
            embedded(folder) if wanted.is_file else str,
            _doubts(result) if wanted.with_paths else "",
        )
        if wanted.is_file:
            fill_atomically(
                target,
                lambda stream: stream.writelines(piece.encode() for piece in page),
                wanted.overwrite,
            )
            size = target.stat().st_size
        else:
            with (folder / PAGE).open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(page)
            size = sum(path.stat().st_size for path in folder.rglob("*.*"))
            refuse_gallery(wanted)  # the copies took minutes
            put_folder(folder, target)
    return WrittenGallery(tuple(photos), size, tuple(problems))


def _write_copies(
    library: Library, chosen: Sequence[Chosen], side: int, folder: Path, reporter: Reporter
) -> tuple[list[Shown], list[str]]:
    """Write the copies of photos into a folder. Return the photos, and why others were left out."""
    photos, problems, cores = list[Shown](), list[str](), usable_cores()
    for name in (LARGE_COPIES, SMALL_COPIES):
        (folder / name).mkdir()
    with (
        Shrinker(side, cores, library.photo_folders()) as shrinker,
        closing(copies_of(chosen, shrinker, library.archive.small_copy, cores)) as copies,
    ):
        for done, (photo, made) in enumerate(copies, start=1):
            reporter.progress(PHOTOS, done, len(chosen), os.fsdecode(photo.path))
            if isinstance(made, ImageError):
                problems.append(made.message)
                continue
            shown = Shown(photo, len(photos) + 1, made.width, made.height)
            (folder / shown.large).write_bytes(made.large)
            (folder / shown.small).write_bytes(made.small)
            photos.append(shown)
    return photos, problems


def _chosen(library: Library, hit: Hit, wanted: GalleryWanted) -> Chosen:
    caption = ""
    if wanted.captions and (detail := library.photos.detail(hit.photo_id)) is not None:
        said = detail.data["title"] or detail.data["description"] or ""
        caption = printable(" ".join(str(said).split()))
    original = _original(hit) if wanted.with_paths else None
    return Chosen(hit.path, hit.digest, hit.taken_at, hit.frame, caption, original)


def _original(hit: Hit) -> Original:
    path = Path(os.fsdecode(hit.path))
    said = (f"fiducia {hit.word}", doubt_in_words(hit.doubtful), ", ".join(hit.tags))
    lines = tuple(printable(line) for line in said if line)
    return Original(printable(path.name), printable(path), file_address(hit.path), lines)


def _reading(result: SearchResult) -> str:
    said = with_curly_apostrophes(printable(say_query(result.query)))
    return said[:1].upper() + said[1:]


def _doubts(result: SearchResult) -> str:
    if result.verdict == NONE:
        one = len(result.hits) == 1
        likest = "questa è la più somigliante" if one else "queste sono le più somiglianti"
        return f"Probabilmente non c’è: {likest}."
    return "Risultati incerti: controlla tu." if result.verdict == WEAK else ""
