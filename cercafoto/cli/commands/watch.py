"""Keep the archive up to date until Ctrl-C: what `index --osserva` does after its first run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.paths import is_inside
from cercafoto.cli.commands.collect import tell_folder
from cercafoto.cli.commands.looking import look
from cercafoto.cli.common import tell
from cercafoto.cli.progress import ProgressBars
from cercafoto.cli.render import run_report as render

if TYPE_CHECKING:
    from cercafoto.indexing.index_report import IndexReport
    from cercafoto.library import Library
    from cercafoto.looking.sense import Sense


def keep_watching(
    library: Library,
    named: Sequence[Path],
    first: IndexReport,
    *,
    thumbnails: bool = False,
    senses: Sequence[Sense[Any]] = (),
) -> None:
    """Update the archive at every change, and report what changed, until Ctrl-C.

    named: folders to watch; none: all known ones.
    first: report of the first run, whose problems are not reported again.
    thumbnails: also make thumbnails of new photos.
    senses: look with these at new photos.
    """
    tell("Resto in ascolto delle modifiche. Per finire: Ctrl-C.")
    watch = _Watch(library, named, {*first.problems, *first.unreadable}, thumbnails, senses)
    try:
        library.watch(named, watch.refresh, tell)
    except KeyboardInterrupt:
        tell("Ascolto finito; l'archivio è a posto.")


class _Watch:
    """Brings the archive up to date again and again, and reports only news.

    reported: problems of photos that were reported already.
    """

    def __init__(
        self,
        library: Library,
        named: Sequence[Path],
        reported: Set[tuple[bytes, str]],
        thumbnails: bool,
        senses: Sequence[Sense[Any]],
    ) -> None:
        self._library, self._named, self._reported = library, named, reported
        self._thumbnails, self._senses = thumbnails, senses
        self._bars = ProgressBars()
        self._to_prepare = False
        self._told: list[tuple[bytes, str]] = []  # problems of the folder of collections

    def refresh(self, folders: Sequence[bytes]) -> None:
        """Index the folders with these paths, and whatever follows from their changes."""
        with self._bars:
            report = self._library.index(
                [Path(os.fsdecode(folder)) for folder in folders],
                wait=True,
                thumbnails=self._thumbnails,
                by_person=False,
                reporter=self._bars,
            )
        self._tell(report, folders)
        # Stays True after a failure: the next refresh has no news but must try again.
        self._to_prepare = self._to_prepare or (self._thumbnails and report.is_news)
        if self._to_prepare:
            self._prepare_thumbnails(report.copies)
            self._to_prepare = False
        if report.is_news:
            self._look_at_new()
        # At the hourly run too: a question may ask for the last days.
        if kept := self._library.collections.refresh_folder(wait=True):
            now = [*kept.problems, (kept.folder, kept.waiting)]
            news = [each for each in now if each[1] and each not in self._told]
            tell_folder(replace(kept, waiting="", problems=news))
            self._told = now

    def _tell(self, report: IndexReport, folders: Sequence[bytes]) -> None:
        elsewhere = {
            (path, why)
            for path, why in self._reported
            if not any(is_inside(path, folder) for folder in folders)
        }
        problems = elsewhere.union(report.problems, report.unreadable)
        if report.is_news or problems != self._reported:
            lines = render.index_summary(_only_news(report, self._reported))
            tell(f"{datetime.now():%H:%M}  " + "\n".join(lines))
        self._reported = problems

    def _prepare_thumbnails(self, just_made: Set[bytes]) -> None:
        # For all named folders, not only the changed ones: old photos in a changed folder must not
        # take the place of newer photos elsewhere.
        with self._bars:
            prepared = self._library.prepare_thumbnails(
                self._named, just_made=just_made, reporter=self._bars
            )
        if prepared.made:
            tell(f"{datetime.now():%H:%M}  {render.thumbnails_summary(prepared)}")

    def _look_at_new(self) -> None:
        for sense in self._senses:
            if not sense.is_active(self._library.settings):
                continue  # nobody is asked for consent now
            with self._bars:
                looked, told = look(
                    self._library, sense, self._named, wait=True, reporter=self._bars
                )
            if looked.read:
                tell(f"{datetime.now():%H:%M}  {told}")


def _only_news(report: IndexReport, reported: Set[tuple[bytes, str]]) -> IndexReport:
    """Return the report without problems that were reported before, and without ignored files."""
    return replace(
        report,
        problems=tuple(problem for problem in report.problems if problem not in reported),
        old_problems=(),
        left_aside=Counter(),
        unreadable=tuple(problem for problem in report.unreadable if problem not in reported),
    )
