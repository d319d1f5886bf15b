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
    """Update the archive at every change until Ctrl-C, which is the usual end.

    named: the folders to watch; none: all known ones.
    first: the report of the run before.
    thumbnails: prepare those of new photos too.
    """
    import os

    from cercafoto.cli.render import archive as render

    say, bars = TerminalReporter(quiet).say, ProgressBars(quiet)
    last_troubles = (first.problems, first.unreadable)
    to_prepare = False

    def refresh(folders: Sequence[bytes]) -> None:
        nonlocal last_troubles, to_prepare
        with bars:
            report = library.index(
                [Path(os.fsdecode(folder)) for folder in folders], wait=True, reporter=bars
            )
        troubles = (report.problems, report.unreadable)
        if not quiet and (report.is_news or troubles != last_troubles):
            notice(f"{datetime.now():%H:%M}  " + "\n".join(render.index_summary(report)))
        last_troubles = troubles
        # Asked for again where it failed, though then there is nothing new any more.
        to_prepare = to_prepare or (thumbnails and report.is_news)
        if to_prepare:
            prepare_thumbnails()
            to_prepare = False

    def prepare_thumbnails() -> None:
        # Not of the folders that changed alone: they may hold old photos, and to make room for
        # those the copies of later ones elsewhere would go.
        with bars:
            prepared = library.prepare_thumbnails(named, reporter=bars)
        if prepared.made and not quiet:
            notice(f"{datetime.now():%H:%M}  {render.thumbnails_summary(prepared)}")

    say("Resto in ascolto delle modifiche. Per finire: Ctrl-C.")
    try:
        library.watch(named, refresh, say)
    except KeyboardInterrupt:
        say("Ascolto finito; l'archivio è a posto.")
