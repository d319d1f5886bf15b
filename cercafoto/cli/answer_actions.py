"""What else becomes of an answer: shown as pictures, kept as a page, taken elsewhere, opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cercafoto.cli.app import DONE, SKIPPED
from cercafoto.cli.console import notice, write
from cercafoto.cli.options import PATH, overwrite
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.results import SearchResult

_OPTIONS = (
    click.option("preview", "--anteprima", is_flag=True, help="Mostra le miniature nel terminale."),
    click.option(
        "gallery", "--html", type=PATH, metavar="FILE", help="Scrive una pagina con le miniature."
    ),
    overwrite,
    click.option(
        "copy_to",
        "--copia-in",
        type=PATH,
        metavar="CARTELLA",
        help="Copia lì le foto trovate.",
    ),
    click.option(
        "link_to",
        "--collega-in",
        type=PATH,
        metavar="CARTELLA",
        help="Fa lì un collegamento a ogni foto trovata.",
    ),
    click.option(
        "rehearsal",
        "--prova",
        is_flag=True,
        help="Con --copia-in o --collega-in: dice che cosa farebbe e basta.",
    ),
    click.option(
        "open", "--apri", is_flag=True, help="Apre la prima foto trovata; con --html, la pagina."
    ),
)


@dataclass(frozen=True)
class Outcome:
    """As the options of the same names say."""

    preview: bool = False
    gallery: Path | None = None
    overwrite: bool = False
    copy_to: Path | None = None
    link_to: Path | None = None
    rehearsal: bool = False
    open: bool = False

    @staticmethod
    def options(command: Callable[..., int]) -> Callable[..., int]:
        """Decorate a command with the options, whose values are what the class is made of."""
        for option in reversed(_OPTIONS):
            command = option(command)
        return command

    def check(self, for_programs: bool) -> None:
        """Before anything is searched. for_programs: stdout is to hold JSON or paths alone.
        Raises UsageError."""
        if self.preview and for_programs:
            raise UsageError("--anteprima non va insieme a --json, --percorsi o --null.")
        if self.copy_to and self.link_to:
            raise UsageError(
                "--copia-in e --collega-in si escludono a vicenda.", "Scegline uno solo."
            )
        if self.rehearsal and not (self.copy_to or self.link_to):
            raise UsageError("--prova va insieme a --copia-in o a --collega-in.")
        if self.overwrite and not self.gallery:
            raise UsageError("--sovrascrivi va insieme a --html.")
        if self.gallery:
            from cercafoto.base.atomic_file import refuse_existing

            refuse_existing(self.gallery, self.overwrite)

    def show(self, settings: Settings, result: SearchResult, quiet: bool) -> None:
        """The thumbnails, before the table."""
        if not self.preview or not result.hits:
            return
        if not sys.stdout.isatty():
            if not quiet:
                notice("L'anteprima si vede solo in un terminale.")
            return
        from cercafoto.cli.render.thumbnail_rows import show

        show(settings, result.hits, write, notice)

    def carry_out(
        self, settings: Settings, result: SearchResult, quiet: bool, *, wanted: bool
    ) -> int:
        """The rest. wanted: the person asked for these photos, whether they correspond or not;
        otherwise those of an answer that says that none does are not taken anywhere."""
        outcome = DONE
        if self.gallery:
            self._write_gallery(self.gallery, settings, result, quiet)
        found = [hit.path for hit in result.hits]
        if found and result.verdict == "none" and not wanted:
            if self.copy_to or self.link_to or (self.open and not self.gallery):
                notice("Non ne ho presa nessuna; per averle lo stesso, aggiungi --tutte.")
            found = []
        if folder := self.copy_to or self.link_to:
            outcome = self._deliver(found, folder, quiet)
        if self.open and (self.gallery or found):
            import os

            from cercafoto.photos.delivery import open_in_viewer

            open_in_viewer(self.gallery or Path(os.fsdecode(found[0])))
        return outcome

    def _write_gallery(
        self, path: Path, settings: Settings, result: SearchResult, quiet: bool
    ) -> None:
        from cercafoto.base.atomic_file import write_atomically
        from cercafoto.cli.render.gallery import MOST, gallery

        with TerminalReporter(quiet) as reporter:
            page = gallery(settings, result, reporter)
        write_atomically(path, page.encode("utf-8"), self.overwrite)
        if not quiet:
            notice(f"La galleria è in {path}.")
            if len(result.hits) > MOST:
                notice(f"Ci sono entrate le prime {MOST} foto di {len(result.hits)}.")

    def _deliver(self, found: list[bytes], folder: Path, quiet: bool) -> int:
        from cercafoto.base.paths import printable
        from cercafoto.cli.render.formatting import count
        from cercafoto.photos.delivery import deliver

        links = folder == self.link_to
        gone, there, troubles = 0, 0, 0
        for step in deliver(found, folder, links=links, rehearsal=self.rehearsal):
            if step.trouble:
                troubles += 1
                notice(f"{printable(step.photo)}: {step.trouble}, saltata.")
            elif step.there:
                there += 1
            else:
                gone += 1
                if self.rehearsal:
                    notice(f"{printable(step.photo)} → {printable(step.target)}")
        if not quiet:
            done = "collegat" if links else "copiat"
            verb = f"Sarebbero {done}e" if self.rehearsal else f"{done.capitalize()}e"
            said = count(gone, "foto", "foto") or "nessuna foto"
            also = f"; {there} c'erano già" if there else ""
            notice(f"{verb} in {printable(folder)}: {said}{also}.")
        return SKIPPED if troubles else DONE
