"""Carry out what options ask to do with an answer: thumbnails, an HTML page, copies, links, opening
a photo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.base.italian_counts import thousands
from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.common import tell
from cercafoto.cli.console import notice
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.results.answer import SearchResult


def tell_verdict(result: SearchResult) -> None:
    """Tell the person, before the table, if nothing matches or the results are uncertain."""
    from cercafoto.base.paths import printable
    from cercafoto.results.answer import NONE, WEAK, sentence

    why = [printable(sentence(reason)) for reason in result.reasons]
    if not result.hits:
        tell(" ".join(["Nessuna foto corrisponde.", *why]))
    elif result.verdict == NONE:
        likest = "La più somigliante:" if len(result.hits) == 1 else "Le più somiglianti:"
        tell(" ".join(["Probabilmente non c'è.", *why, likest]))
    elif result.verdict == WEAK:
        tell("Risultati incerti: controlla tu.")


def tell_number(result: SearchResult) -> None:
    """Tell the person, after the table, how many photos match."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render.search import how_many
    from cercafoto.results.answer import NONE, sources_in_words

    if result.hits and result.verdict != NONE:
        if result.sources:
            tell(f"{printable(sources_in_words(result.sources))}.")
        tell(how_many(result))


class AnswerActions(NamedTuple):
    """What the options of a command ask to do with an answer, in addition to writing it.

    preview: show thumbnails in the terminal.
    gallery: write an HTML page to this file.
    overwrite: the page may replace an existing file.
    copy_to, link_to: copy the photos into this folder, or links to them.
    rehearsal: only say what would be copied or linked.
    open: open the page if one is written, otherwise the first photo, a video at its moment.
    frame: of a video, copy the frame that was found.
    """

    preview: bool = False
    gallery: Path | None = None
    overwrite: bool = False
    copy_to: Path | None = None
    link_to: Path | None = None
    rehearsal: bool = False
    open: bool = False
    frame: bool = False

    @property
    def any(self) -> bool:
        """Whether any action is asked for."""
        return self != AnswerActions()

    def check(self, for_programs: bool, is_kept: bool = False) -> None:
        """Raise UsageError if options do not go together, or the page's file exists and may not be
        replaced.

        for_programs: whether stdout gets only JSON, paths or rows.
        is_kept: whether the question is kept; `overwrite` may then be about the collection.
        """
        if self.preview and for_programs:
            raise UsageError("--anteprima non va insieme a un'uscita per altri programmi.")
        if self.copy_to and self.link_to:
            raise UsageError(
                "--copia-in e --collega-in si escludono a vicenda.", "Scegline uno solo."
            )
        if self.rehearsal and not (self.copy_to or self.link_to):
            raise UsageError("--prova va insieme a --copia-in o a --collega-in.")
        if self.frame and not self.copy_to:
            raise UsageError("--fotogramma va insieme a --copia-in.")
        if self.overwrite and not (self.gallery or is_kept):
            raise UsageError("--sovrascrivi va insieme a --html o a --salva.")
        if self.gallery:
            from cercafoto.base.atomic_file import refuse_existing

            refuse_existing(self.gallery, self.overwrite)

    def show(self, settings: Settings, result: SearchResult) -> None:
        """Show the thumbnails in the terminal if they are asked for. Call before the table is
        written."""
        if not self.preview or not result.hits:
            return
        if not sys.stdout.isatty():
            tell("L'anteprima si vede solo in un terminale.")
            return
        from cercafoto.cli.render.thumbnail_rows import show

        show(settings, result.hits, sys.stdout.write, notice)

    def carry_out(self, settings: Settings, result: SearchResult, *, even_unlikely: bool) -> int:
        """Write the page, copy or link the photos, and open the page or a photo, as far as options
        ask for it. Return the exit code.

        even_unlikely: copy, link or open photos even if the verdict is that nothing matches;
            otherwise the person is told that no photo was copied, linked or opened.
        """
        code = DONE
        if self.gallery:
            self._write_gallery(self.gallery, settings, result)
        photos = result.hits
        if photos and result.verdict == "none" and not even_unlikely:
            done = "copiata" if self.copy_to else "collegata" if self.link_to else "aperta"
            if self.copy_to or self.link_to or (self.open and not self.gallery):
                notice(f"Nessuna è stata {done}; se le vuoi lo stesso, aggiungi --tutte.")
            photos = ()
        if self.frame and any(hit.moments for hit in photos):
            from cercafoto.cli.frame_files import frames_beside

            with frames_beside(settings, photos) as paths:
                code = self.deliver(settings, paths)
        elif photos:
            code = self.deliver(settings, [hit.path for hit in photos])
        if self.open and (self.gallery or photos):
            from cercafoto.photos.delivery import open_in_viewer, open_photo

            if self.gallery:
                open_in_viewer(self.gallery)
            else:
                open_photo(photos[0].path, photos[0].frame)
        return code

    def _write_gallery(self, path: Path, settings: Settings, result: SearchResult) -> None:
        from cercafoto.base.atomic_file import write_atomically
        from cercafoto.base.paths import printable
        from cercafoto.cli.render.gallery import MAX_PHOTOS, gallery

        with TerminalReporter() as reporter:
            page = gallery(settings, result, reporter)
        write_atomically(path, page.encode("utf-8"), self.overwrite)
        tell(f"La galleria è in {printable(path)}.")
        if len(result.hits) > MAX_PHOTOS:
            tell(
                f"Contiene le prime {thousands(MAX_PHOTOS)} foto di {thousands(len(result.hits))}."
            )

    def deliver(self, settings: Settings, photos: Sequence[bytes]) -> int:
        """Copy or link photos if that is asked for. Return the exit code, SKIPPED if a photo had a
        problem."""
        folder = self.copy_to or self.link_to
        if folder is None:
            return DONE
        from cercafoto.base.paths import printable
        from cercafoto.cli.render.formatting import count
        from cercafoto.library import Library
        from cercafoto.photos.delivery import deliver

        links = folder == self.link_to
        opened = Library(settings).photo_folders().open
        delivered, there, troubles = 0, 0, 0
        for step in deliver(photos, folder, opened, links=links, rehearsal=self.rehearsal):
            if step.problem:
                troubles += 1
                notice(f"{printable(step.photo)}: {step.problem}, saltata.")
            elif step.already_there:
                there += 1
            else:
                delivered += 1
                if self.rehearsal:
                    notice(f"{printable(step.photo)} → {printable(step.target)}")
        action = "collegat" if links else "copiat"
        number = count(
            delivered,
            f"foto {'verrebbe ' if self.rehearsal else ''}{action}a",
            f"foto {'verrebbero ' if self.rehearsal else ''}{action}e",
        )
        also = count(there, "c'era già", "c'erano già")
        line = f"{number or f'nessuna foto {action}a'} in {printable(folder)}"
        tell(f"{line[0].upper()}{line[1:]}{f'; {also}' if also else ''}.")
        return SKIPPED if troubles else DONE
