"""`index --osserva`, after the first run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.cli.console import notice
from cercafoto.cli.progress import ProgressBars, TerminalReporter

if TYPE_CHECKING:
    from cercafoto.archive.index_report import IndexReport
    from cercafoto.library import Library


def keep_watching(
    library: Library,
    named: Sequence[Path],
    first: IndexReport,
    quiet: bool,
    *,
    thumbnails: bool = False,
) -> None:
    """Until Ctrl-C, which is how one ends it. named: the folders to watch; none: all known ones.
    first: what the run before said. thumbnails: whether those of what comes are made too."""
    import os

    from cercafoto.cli.render import archive as render

    say, bars = TerminalReporter(quiet).say, ProgressBars(quiet)
    told = (first.problems, first.unreadable)
    lacking = False

    def refresh(folders: Sequence[bytes]) -> None:
        nonlocal told, lacking
        with bars:
            report = library.index(
                [Path(os.fsdecode(folder)) for folder in folders], wait=True, reporter=bars
            )
        news = (report.problems, report.unreadable)
        if not quiet and (report.is_news or news != told):
            notice(f"{datetime.now():%H:%M}  " + "\n".join(render.index_summary(report)))
        told = news
        # Asked for again where it failed, though then there is nothing new any more.
        lacking = lacking or (thumbnails and report.is_news)
        if lacking:
            shrink()
            lacking = False

    def shrink() -> None:
        # Not of the folders that changed alone: they may hold old photos, and to make room for
        # those the copies of later ones elsewhere would go.
        with bars:
            made = library.prepare_thumbnails(named, reporter=bars)
        if made.made and not quiet:
            notice(f"{datetime.now():%H:%M}  {render.thumbnails_summary(made)}")

    say("Resto in ascolto delle modifiche. Per finire: Ctrl-C.")
    try:
        library.watch(named, refresh, say)
    except KeyboardInterrupt:
        say("Ascolto finito; l'archivio è a posto.")
