"""Keep the archive up to date until Ctrl-C: what `index --osserva` does after its first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.paths import is_inside
from cercafoto.cli.common import tell
from cercafoto.cli.progress import ProgressBars

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
    import os

    from cercafoto.cli.commands.collect import tell_folder
    from cercafoto.cli.commands.looking import look
    from cercafoto.cli.render import run_report as render

    bars = ProgressBars()
    reported = {*first.problems, *first.unreadable}
    to_prepare = False
    told: list[tuple[bytes, str]] = []  # problems of the folder of collections

    def refresh(folders: Sequence[bytes]) -> None:
        nonlocal reported, to_prepare
        with bars:
            report = library.index(
                [Path(os.fsdecode(folder)) for folder in folders],
                wait=True,
                thumbnails=thumbnails,
                by_person=False,
                reporter=bars,
            )
        elsewhere = {
            (path, why)
            for path, why in reported
            if not any(is_inside(path, folder) for folder in folders)
        }
        problems = elsewhere.union(report.problems, report.unreadable)
        if report.is_news or problems != reported:
            lines = render.index_summary(_only_news(report, reported))
            tell(f"{datetime.now():%H:%M}  " + "\n".join(lines))
        reported = problems
        # Stays True after a failure: the next refresh has no news but must try again.
        to_prepare = to_prepare or (thumbnails and report.is_news)
        if to_prepare:
            prepare_thumbnails(report.copies)
            to_prepare = False
        if report.is_news:
            look_at_new()
        # At the hourly run too: a question may ask for the last days.
        if kept := library.collections.refresh_folder(wait=True):
            now = [*kept.problems, (kept.folder, kept.waiting)]
            news = [each for each in now if each[1] and each not in told]
            tell_folder(replace(kept, waiting="", problems=news))
            told[:] = now

    def prepare_thumbnails(just_made: Set[bytes]) -> None:
        # For all named folders, not only the changed ones: old photos in a changed folder must not
        # take the place of newer photos elsewhere.
        with bars:
            prepared = library.prepare_thumbnails(named, just_made=just_made, reporter=bars)
        if prepared.made:
            tell(f"{datetime.now():%H:%M}  {render.thumbnails_summary(prepared)}")

    def look_at_new() -> None:
        for sense in senses:
            if not sense.is_active(library.settings):
                continue  # nobody is asked for consent now
            with bars:
                looked, told = look(library, sense, named, wait=True, reporter=bars)
            if looked.read:
                tell(f"{datetime.now():%H:%M}  {told}")

    tell("Resto in ascolto delle modifiche. Per finire: Ctrl-C.")
    try:
        library.watch(named, refresh, tell)
    except KeyboardInterrupt:
        tell("Ascolto finito; l'archivio è a posto.")


def _only_news(report: IndexReport, reported: Set[tuple[bytes, str]]) -> IndexReport:
    """Return the report without problems that were reported before, and without ignored files."""
    return replace(
        report,
        problems=tuple(problem for problem in report.problems if problem not in reported),
        old_problems=(),
        left_aside=Counter(),
        unreadable=tuple(problem for problem in report.unreadable if problem not in reported),
    )
